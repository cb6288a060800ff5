import { type Generation, HEARTBEAT_INTERVAL_MS } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';

/** A sign of life a second until the signal aborts; `assigned`: the generation of the newest assignment. */
export async function beat(
  controlPlane: Pick<ControlPlane, 'heartbeat'>,
  clock: Clock,
  signal: AbortSignal,
  assigned: () => Generation | undefined = () => undefined,
): Promise<void> {
  for (let sequence = 1; ; sequence++) {
    controlPlane.heartbeat({ at: new Date(clock.now()).toISOString(), sequence, assigned: assigned() });
    await clock.sleep(HEARTBEAT_INTERVAL_MS, signal);
  }
}

/** Signs of life for as long as `work` takes. */
export async function heartbeatsDuring<T>(
  work: Promise<T>,
  controlPlane: Pick<ControlPlane, 'heartbeat'>,
  clock: Clock,
): Promise<T> {
  const over = new AbortController();
  const beats = beat(controlPlane, clock, over.signal).catch(
    () => over.signal.aborted || Promise.reject(new Error('beats ended')),
  );
  try {
    return await work;
  } finally {
    over.abort(new Error('the work is done'));
    await beats;
  }
}
