import { serveParent } from './child-process.js';
import { perSecond } from './figures.js';
import { SignedClient, type Call, type Target } from './signed-client.js';
import { percentile } from './statistics.js';

/** Clients of the API in a process of their own. Calls are made in turn from `calls`, around and around. */
export interface ApiRound {
  readonly target: Target;
  readonly calls: readonly Call[];
  readonly load:
    /** Each client calls again when it has its answer. */
    | { readonly kind: 'closed'; readonly clients: number; readonly forMs: number }
    /** A call each so often, whatever becomes of the ones before: waiting in a queue counts. */
    | { readonly kind: 'open'; readonly perSecond: number; readonly forMs: number };
}

export interface ApiRoundResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

let client: SignedClient | undefined;

serveParent<ApiRound>(async ({ target, calls, load }) => {
  client ??= new SignedClient(target);
  const api = client;
  const latenciesMs: number[] = [];
  let made = 0;
  const call = async (dueMs: number) => {
    const [operation, input] = calls[made++ % calls.length]!;
    const answer = await api.ecs<{ failures?: unknown[] }>(operation, input);
    latenciesMs.push(performance.now() - dueMs);
    if (answer.failures?.length) throw new Error(`${operation}: ${JSON.stringify(answer.failures[0])}`);
  };
  const beganMs = performance.now();
  const endsMs = beganMs + load.forMs;
  if (load.kind === 'closed') {
    const oneClient = async () => {
      while (performance.now() < endsMs) await call(performance.now());
    };
    await Promise.all(Array.from({ length: load.clients }, oneClient));
  } else await openLoop(load.perSecond, beganMs, endsMs, call);
  const result: ApiRoundResult = {
    perSecond: perSecond(made, beganMs),
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
  return result;
});

/** A latency counts from the moment at which the call was due, not from when a late timer sent it. */
async function openLoop(rate: number, beganMs: number, endsMs: number, call: (dueMs: number) => Promise<void>): Promise<void> {
  const underWay: Promise<void>[] = [];
  for (let i = 0; ; i++) {
    const dueMs = beganMs + (i * 1_000) / rate;
    if (dueMs >= endsMs) break;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    underWay.push(call(dueMs));
  }
  await Promise.all(underWay);
}
