import { type Heartbeat, HEARTBEAT_INTERVAL_MS } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';
import { Pace } from './pace.js';

/** Signs of life until the signal aborts, as often as the control plane wants them, with what there is to `say` at that moment. */
export async function beat(
  controlPlane: Pick<ControlPlane, 'heartbeat' | 'askingHeartbeat'>,
  clock: Clock,
  signal: AbortSignal,
  say: () => Pick<Heartbeat, 'assigned' | 'engineAway'>,
): Promise<void> {
  const pace = new Pace();
  const ask = async (heartbeat: Heartbeat) => {
    const reply = await controlPlane.askingHeartbeat(heartbeat);
    if (reply) pace.told(reply.everyMs, clock.monotonicMs());
  };
  let said: Heartbeat | undefined;
  for (;;) {
    const asks = pace.next(clock.monotonicMs());
    said = next(said, { ...say(), everyMs: pace.promisedMs === HEARTBEAT_INTERVAL_MS ? undefined : pace.promisedMs }, clock);
    if (asks) void ask(said);
    else controlPlane.heartbeat(said);
    await clock.sleep(pace.said(), signal);
  }
}

/** The same heartbeat for as long as it says the same. */
function next(last: Heartbeat | undefined, says: Omit<Heartbeat, 'at' | 'sequence'>, clock: Clock): Heartbeat {
  const { assigned, engineAway, everyMs } = says;
  if (last && last.assigned === assigned && last.engineAway === engineAway && last.everyMs === everyMs) return last;
  return { at: new Date(clock.now()).toISOString(), sequence: (last?.sequence ?? 0) + 1, assigned, engineAway, everyMs };
}

/** Signs of life for as long as the engine is waited for. */
export async function heartbeatsWithoutEngine<T>(
  work: Promise<T>,
  controlPlane: Pick<ControlPlane, 'heartbeat' | 'askingHeartbeat'>,
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
