import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InlineLogStore } from '../../../../test/support/inline-log-store.js';
import { fullStoreContract, logStoreContract, type OpenedStore } from '../../../../test/support/log-store-suite.js';
import { MemoryLogStore } from './memory-log-store.js';
import type { WriterLimits } from './sqlite/sqlite-writer.js';

async function memory(): Promise<OpenedStore> {
  const store = new MemoryLogStore();
  return {
    store,
    reopen: async () => store,
    fill: (isFull) => (store.room = isFull ? 0 : Infinity),
    close: async () => undefined,
  };
}

describe('the store in memory', () => {
  logStoreContract(memory);
  fullStoreContract(memory);
});

async function sqlite(limits?: WriterLimits): Promise<OpenedStore> {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'));
  let store = new InlineLogStore(directory, limits);
  return {
    store,
    async reopen() {
      await store.close();
      return (store = new InlineLogStore(directory, limits));
    },
    fill: (isFull) => store.fill(isFull),
    async close() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('the store in SQLite', () => {
  logStoreContract(() => sqlite());
  fullStoreContract(() => sqlite());
});

// Everything is sealed at once, in blocks of a few lines.
describe('the store in SQLite, of tiny blocks', () =>
  logStoreContract(() => sqlite({ runBytes: 512, blockBytes: 1_024, tailBytes: 0, openDays: 1 })));
