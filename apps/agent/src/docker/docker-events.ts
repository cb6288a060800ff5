import type Docker from 'dockerode';
import { createInterface } from 'node:readline';
import { Backoff, type Clock, type Logger } from '#lib/platform';

export interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string };
}

const RECONNECT_PAUSES = { firstMs: 100, longestMs: 3_000 };
/** What changes a container behind the agent's back: somebody else's `docker start`, too. */
const EVENTS = ['die', 'oom', 'destroy', 'health_status', 'start'];

/**
 * The engine's event stream, reconnected for ever. `onConnected` is called after every connection, the first included: what
 * happened before it has to be looked up.
 */
export async function followEvents(
  docker: Docker,
  labels: Readonly<Record<string, string>>,
  handlers: {
    readonly onConnected: () => void;
    readonly onEvent: (event: EngineEvent) => void;
    readonly onAway: (reason: string) => void;
  },
  { clock, logger, signal }: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const backoff = new Backoff(clock, RECONNECT_PAUSES);
  const filters = {
    type: ['container' as const],
    event: EVENTS,
    label: Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  };
  while (!signal.aborted) {
    try {
      const options: Docker.GetEventsOptions & { abortSignal: AbortSignal } = { filters, abortSignal: signal };
      const stream = await docker.getEvents(options);
      backoff.reset();
      handlers.onConnected();
      for await (const line of createInterface({ input: stream })) {
        if (line.trim()) handlers.onEvent(JSON.parse(line) as EngineEvent);
      }
      if (signal.aborted) return;
      logger.warn({}, 'the engine closed its event stream');
      handlers.onAway('it closed its event stream');
    } catch (error) {
      if (signal.aborted) return;
      handlers.onAway((error as Error).message);
      logger.warn({ error: (error as Error).message }, 'the engine is away; connecting again');
    }
    await backoff.pause({ signal });
  }
}
