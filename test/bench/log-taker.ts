import { register } from 'prom-client';
import { connectNats, NatsBus } from '#lib/messaging';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { IntakeMetrics } from '../../apps/log-aggregator/src/intake/intake-metrics.js';
import { LogIntake } from '../../apps/log-aggregator/src/intake/log-intake.js';
import { OpenStreams } from '../../apps/log-aggregator/src/intake/open-streams.js';
import { LineFeed } from '../../apps/log-aggregator/src/live/line-feed.js';
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
  | { readonly name: 'usage' }
  | { readonly name: 'close' };

export interface TakerUsage {
  readonly processorSeconds: number;
  readonly peakMiB: number;
  readonly lines: number;
}

const script = new URL('../../apps/log-aggregator/src/store/sqlite/store-thread.js', import.meta.url);
const fail = (what: unknown) => {
  throw what;
};
const metrics = new IntakeMetrics(register);
let store: SqliteLogStore | undefined;

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
    return undefined;
  }
  if (call.name === 'close') return store?.close();
  const { user, system } = process.cpuUsage();
  const lines = (await register.getSingleMetric('longshore_log_lines_total')!.get()).values[0]?.value ?? 0;
  const usage: TakerUsage = { processorSeconds: (user + system) / 1e6, peakMiB: process.resourceUsage().maxRSS / 1_024, lines };
  return usage;
});
