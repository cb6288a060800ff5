import { existsSync } from 'node:fs';
import type { AppRuntime } from '#lib/app/nest';
import { MOST_REPLICAS } from '#lib/names';
import { freeSpace } from '#lib/platform';
import type { LogAggregatorConfig } from './config.js';
import { DirectoryHold } from './store/directory-hold.js';
import { aboveDiskFloor } from './store/disk-floor.js';
import type { LogStore } from './store/log-store.js';
import { SearchConnection } from './store/open-search/connection.js';
import { OpenSearchLogStore } from './store/open-search/open-search-log-store.js';
import { SqliteLogStore } from './store/sqlite/sqlite-log-store.js';

type Runtime = Pick<AppRuntime, 'clock' | 'random' | 'logger' | 'fail' | 'waitsFor' | 'config'>;

export interface StorePlace {
  /** By their places, this process's own first. */
  open(): Promise<ReadonlyMap<number, LogStore>>;
  /** Of lines that other processes have, too: resolves when they find whatever this one has taken. */
  readonly show?: () => Promise<void>;
  /** After the stores were closed. */
  release(): void;
}

const directoryOf = (base: string, place: number): string => (place === 1 ? base : `${base}-${place}`);

/** The right to write where the lines are: of files it is one process's, and another one waits for it here. */
export async function storePlace(
  runtime: Runtime,
  { directory: base, replicas, server }: LogAggregatorConfig,
): Promise<StorePlace> {
  const own = runtime.config.replica;
  if (server) {
    let store: OpenSearchLogStore | undefined;
    const open = async () => new Map([[own, (store = await onServer(runtime, server))]]);
    return { open, release: () => undefined, show: async () => store?.seen() };
  }
  const directory = directoryOf(base, own);
  // Two on the same files would each know half of what is in them. The second one knows nothing of it and answers nobody until the first has ended.
  const hold = await DirectoryHold.take(directory, runtime.clock, () => {
    runtime.waitsFor(`another log aggregator to end: it has the lines in ${directory}`);
    runtime.logger.warn({ directory }, 'another log aggregator has the lines; this one takes over when that one ends');
  });
  const held = new Map([[own, hold]]);
  for (let place = (replicas ?? MOST_REPLICAS) + 1; place <= MOST_REPLICAS; place++) {
    const left = directoryOf(base, place);
    const taken = existsSync(left) ? DirectoryHold.tryTake(left) : undefined;
    if (!taken) continue;
    held.set(place, taken);
    runtime.logger.info({ directory: left }, `the lines of log aggregator ${place}, which there is no more, are served here`);
  }
  const open = async () => new Map([...held.keys()].map((place) => [place, inDirectory(runtime, directoryOf(base, place))]));
  return { open, release: () => held.forEach((one) => one.release()) };
}

function inDirectory({ clock, logger, fail }: Runtime, directory: string): LogStore {
  const files = new SqliteLogStore({
    directory,
    script: new URL('./store/sqlite/store-thread.js', import.meta.url),
    nowMs: () => clock.now(),
    onDamaged: ({ file, reason }) => logger.error({ file, reason }, `lines in ${file} cannot be read: ${reason}`),
    onTrouble: (message) => logger.error({}, `lines could not be sealed: ${message}`),
    onFatal: fail,
  });
  return aboveDiskFloor(files, { clock, freeBytes: () => freeSpace(directory).freeBytes });
}

async function onServer(
  { clock, random, logger }: Runtime,
  server: NonNullable<LogAggregatorConfig['server']>,
): Promise<OpenSearchLogStore> {
  const connection = await SearchConnection.open(server, (trouble) => {
    if (trouble === undefined) logger.info({}, 'the server that has the lines answers again');
    else logger.warn({}, trouble);
  });
  return new OpenSearchLogStore({
    connection,
    prefix: server.prefix,
    ...(server.keptDays === undefined ? {} : { keptDays: server.keptDays }),
    clock,
    random,
  });
}
