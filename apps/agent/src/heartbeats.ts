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
  let said: Heartbeat | undefined;
  for (;;) {
    const { assigned, engineAway } = say();
    if (!said || said.assigned !== assigned || said.engineAway !== engineAway)
      said = { at: new Date(clock.now()).toISOString(), sequence: (said?.sequence ?? 0) + 1, assigned, engineAway };
    controlPlane.heartbeat(said);
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
