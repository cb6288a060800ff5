import { type Heartbeat, HEARTBEAT_INTERVAL_MS } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';

/** A sign of life a second until the signal aborts, with what there is to `say` at that moment. */
export async function beat(
  controlPlane: Pick<ControlPlane, 'heartbeat'>,
  clock: Clock,
  signal: AbortSignal,
  say: () => Pick<Heartbeat, 'assigned' | 'engineAway'>,
): Promise<void> {
  for (let sequence = 1; ; sequence++) {
    controlPlane.heartbeat({ at: new Date(clock.now()).toISOString(), sequence, ...say() });
    await clock.sleep(HEARTBEAT_INTERVAL_MS, signal);
  }
}

/** Signs of life for as long as the engine is waited for. */
export async function heartbeatsWithoutEngine<T>(
  work: Promise<T>,
  controlPlane: Pick<ControlPlane, 'heartbeat'>,
  clock: Clock,
): Promise<T> {
  const over = new AbortController();
  const beats = beat(controlPlane, clock, over.signal, () => ({ engineAway: true })).catch(
    () => over.signal.aborted || Promise.reject(new Error('beats ended')),
  );
  try {
    return await work;
  } finally {
    over.abort(new Error('the work is done'));
    await beats;
  }
}
