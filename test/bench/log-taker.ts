import { register } from 'prom-client';
import { type ApiReply, type ApiRequest, connectNats, NatsBus } from '#lib/messaging';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { Insights } from '../../apps/log-aggregator/src/insights/insights.js';
import { IntakeMetrics } from '../../apps/log-aggregator/src/intake/intake-metrics.js';
import { LogIntake } from '../../apps/log-aggregator/src/intake/log-intake.js';
import { OpenStreams } from '../../apps/log-aggregator/src/intake/open-streams.js';
import { LineFeed } from '../../apps/log-aggregator/src/live/line-feed.js';
import { groupRef } from '../../apps/log-aggregator/src/events/log-events.js';
import { END_OF_TIME } from '../../apps/log-aggregator/src/store/log-store.js';
import { SqliteLogStore } from '../../apps/log-aggregator/src/store/sqlite/sqlite-log-store.js';
import { LoggingWorld } from '../support/logging-world.js';
import { serveParent } from './child-process.js';

/** The log aggregator's way from the bus to the disk, in a process of its own. */
export type TakerCall =
  | {
      readonly name: 'start';
      readonly url: string;
      readonly directory: string;
      readonly group: string;
      readonly streams: readonly string[];
    }
  /** From now on there are always two of Insights, which is what runs at a time, and one of each other kind. */
  | { readonly name: 'query' }
  | { readonly name: 'usage' }
  | { readonly name: 'close' };

export interface TakerUsage {
  readonly processorSeconds: number;
  readonly peakMiB: number;
  readonly lines: number;
  readonly queries: number;
}

const script = new URL('../../apps/log-aggregator/src/store/sqlite/store-thread.js', import.meta.url);
const fail = (what: unknown) => {
  throw what;
};
const metrics = new IntakeMetrics(register);
let store: SqliteLogStore | undefined;
let begin: (() => Promise<unknown>) | undefined;
let asking: Promise<unknown> | undefined;
let [isOver, queries] = [false, 0];

/** One after another, each begun when the one before has ended. */
async function keepAsking(ask: () => Promise<unknown>): Promise<void> {
  for (; !isOver; queries++) await ask();
}

const outputOf = <T>(reply: ApiReply): T => {
  if (!('output' in reply)) throw new Error(JSON.stringify(reply));
  return reply.output as T;
};

function queriesOf(world: LoggingWorld, store: SqliteLogStore, logGroupName: string): Promise<unknown> {
  const insights = new Insights({
    state: world.state,
    store,
    clock: systemClock,
    random: seededRandom(2),
    logger: silentLogger,
    process: '00000000',
  });
  const request = <I>(input: I) => ({ input, context: world.scope }) as unknown as ApiRequest<I>;
  const insight = async (queryString: string): Promise<void> => {
    const now = Math.ceil(Date.now() / 1_000);
    const started = await insights.start(request({ logGroupName, queryString, startTime: now - 7_200, endTime: now + 60 }));
    const asked = request(outputOf<{ queryId: string }>(started));
    for (;;) {
      const { status } = outputOf<{ status: string }>(await insights.results(asked));
      if (status === 'Complete') return;
      if (status !== 'Running' && status !== 'Scheduled') throw new Error(`a query is ${status}`);
      if (isOver) return void (await insights.stop(asked));
      await systemClock.sleep(50);
    }
  };
  const [group] = world.state.groups.values();
  const all = { group: groupRef(group!), from: 0, to: END_OF_TIME, budgetBytes: 128 * 1024 * 1024 };
  const page = { backward: true, limit: 10_000, maxBytes: 1_048_576 };
  return Promise.all([
    keepAsking(() => insight('filter @message like /timeout/ | stats count(*) by bin(1m)')),
    keepAsking(() => insight('parse @message "* * *" as a, b, c | stats count_distinct(a), max(strlen(@message)) by bin(10s)')),
    keepAsking(() => store.count({ ...all, query: 'timeout', binMs: 60_000 })),
    keepAsking(() => store.scan({ ...all, ...page, pattern: '"connection reset"' })),
  ]);
}

serveParent<TakerCall>(async (call) => {
  if (call.name === 'start') {
    const world = new LoggingWorld();
    world.group(call.group);
    for (const stream of call.streams) world.stream(call.group, stream);
    const bus = new NatsBus(await connectNats({ url: call.url, user: 'log-aggregator' }));
    store = new SqliteLogStore({
      directory: call.directory,
      script,
      nowMs: Date.now,
      onDamaged: fail,
      onTrouble: fail,
      onFatal: fail,
    });
    const streams = new OpenStreams(world.state, fail as never, systemClock, seededRandom(1), () => [1]);
    const feed = new LineFeed(systemClock, 'be');
    const deps = { bus, store: feed.of(store), streams, clock: systemClock, logger: silentLogger, metrics, hears: () => true };
    new LogIntake(deps).listen();
    const of = store;
    begin = () => queriesOf(world, of, call.group);
    return undefined;
  }
  if (call.name === 'query') {
    asking = begin!();
    // What goes wrong is said when it is closed, which waits for them.
    asking.catch(() => (isOver = true));
    return undefined;
  }
  if (call.name === 'close') {
    isOver = true;
    await asking;
    return store?.close();
  }
  const { user, system } = process.cpuUsage();
  const lines = (await register.getSingleMetric('longshore_log_lines_total')!.get()).values[0]?.value ?? 0;
  const peakMiB = process.resourceUsage().maxRSS / 1_024;
  const usage: TakerUsage = { processorSeconds: (user + system) / 1e6, peakMiB, lines, queries };
  return usage;
});
