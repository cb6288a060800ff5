import type { AppRuntime } from '#lib/app/nest';
import { freeSpace } from '#lib/platform';
import type { LogAggregatorConfig } from './config.js';
import { DirectoryHold } from './store/directory-hold.js';
import { aboveDiskFloor } from './store/disk-floor.js';
import type { LogStore } from './store/log-store.js';
import { SearchConnection } from './store/open-search/connection.js';
import { OpenSearchLogStore } from './store/open-search/open-search-log-store.js';
import { SqliteLogStore } from './store/sqlite/sqlite-log-store.js';

type Runtime = Pick<AppRuntime, 'clock' | 'random' | 'logger' | 'fail' | 'waitsFor'>;

export interface StorePlace {
  open(): Promise<LogStore>;
  /** Of lines that other processes have, too: resolves when they find whatever this one has taken. */
  readonly show?: () => Promise<void>;
  /** After the store was closed. */
  release(): void;
}

/** The right to write where the lines are: of files it is one process's, and another one waits for it here. */
export async function storePlace(runtime: Runtime, { directory, server }: LogAggregatorConfig): Promise<StorePlace> {
  if (server) {
    let store: OpenSearchLogStore | undefined;
    const open = async () => (store = await onServer(runtime, server));
    return { open, release: () => undefined, show: async () => store?.seen() };
  }
  // Two on the same files would each know half of what is in them. The second one knows nothing of it and answers nobody until the first has ended.
  const hold = await DirectoryHold.take(directory, runtime.clock, () => {
    runtime.waitsFor(`another log aggregator to end: it has the lines in ${directory}`);
    runtime.logger.warn({ directory }, 'another log aggregator has the lines; this one takes over when that one ends');
  });
  return { open: async () => inDirectory(runtime, directory), release: () => hold.release() };
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
