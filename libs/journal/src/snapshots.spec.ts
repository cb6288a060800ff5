import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Clock, type Logger, seededRandom, silentLogger, systemClock } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { Committer } from './committer.js';
import { digestOf } from './digest.js';
import { Fold } from './fold.js';
import { MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import type { Revision } from './port.js';
import { ladder, type SnapshotId } from './snapshot-ladder.js';
import { withDeadlines } from './snapshot-deadlines.js';
import { MemorySnapshotStore, type SnapshotStore } from './snapshot-store.js';
import { type SnapshotManifest, Snapshots } from './snapshots.js';
import { foldUpTo, revisionAt } from './time-travel.js';

const MINUTE_MS = 60_000;

describe('Snapshots', () => {
  let clock: VirtualClock;
  let server: MemoryJournalServer;
  let journal: MemoryJournal;
  let store: MemorySnapshotStore;
  let snapshots: Snapshots;
  let warnings: string[];
  let fold: Fold<ToyState>;
  let committer: Committer<ToyState>;

  const emptyFold = (journalId = 'j1') =>
    new Fold<ToyState>({ name: 'ecs', journalId, store: newToyStore(), decider: toyDecider, clock });
  const snapshotsOf = (schemaVersion: number) => {
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    return new Snapshots({ store, schemaVersion, clock, logger });
  };
  const open = (name: string) => clock.resolve(committer.submit(toyCommand(name, { open: name, owner: `o${name.length}` })));
  const take = () => clock.resolve(snapshots.take(fold));
  const damage = (pattern: RegExp) => {
    const name = [...store.blobs.keys()].filter((blob) => pattern.test(blob)).at(-1)!;
    const isManifest = name.endsWith('/manifest');
    const bytes = store.blobs.get(name)!;
    const text = (isManifest ? Buffer.from(bytes) : zstdDecompressSync(bytes)).toString();
    // Still JSON, with another number in it: only the digest can tell.
    // (What these files hold is one chunk each.)
    const damaged = Buffer.from(text.replace(/("balance"|"atMs"):/, '$1:1'));
    store.blobs.set(name, isManifest ? damaged : zstdCompressSync(damaged));
  };
  /** What is kept, as versions wrote it that did not compress. */
  const keepPlain = () => {
    const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');
    for (const name of [...store.blobs.keys()].filter((blob) => blob.endsWith('/manifest'))) {
      const { digest: _, ...manifest } = JSON.parse(Buffer.from(store.blobs.get(name)!).toString()) as SnapshotManifest;
      const chunks = manifest.chunks.map(({ file, table, entries }) => {
        const blob = name.replace(/manifest$/, file);
        const plain = zstdDecompressSync(store.blobs.get(blob)!);
        store.blobs.set(blob, plain);
        return { file, table, entries, digest: sha256(plain) };
      });
      const { v, journal, journalId, schemaVersion, revision, atMs } = manifest;
      const digest = sha256(JSON.stringify([v, journal, journalId, schemaVersion, revision, atMs, chunks]));
      store.blobs.set(name, Buffer.from(JSON.stringify({ ...manifest, chunks, digest })));
    }
  };

  beforeEach(() => {
    clock = new VirtualClock();
    server = new MemoryJournalServer('ecs', 'j1');
    journal = new MemoryJournal(server, { clock });
    store = new MemorySnapshotStore();
    warnings = [];
    snapshots = snapshotsOf(1);
    fold = emptyFold();
    committer = new Committer({
      journal,
      fold,
      writer: 'w',
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      holdsCertainly: () => true,
      onStepDown: () => undefined,
      onFatal: (error) => {
        throw error;
      },
    });
    committer.open();
  });

  it('passes over a snapshot whose chunk never comes: the next older one is used, and the log says so', async () => {
    await open('a');
    const older = await take();
    await open('b');
    await take();
    const newest = [...store.blobs.keys()].filter((name) => /accounts/.test(name)).at(-1)!;
    const silent: SnapshotStore = {
      put: (name, bytes) => store.put(name, bytes),
      get: (name) => (name === newest ? new Promise(() => undefined) : store.get(name)),
      names: () => store.names(),
      delete: (name) => store.delete(name),
    };
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    const reading = new Snapshots({ store: withDeadlines(silent, clock), schemaVersion: 1, clock, logger });
    const restored = emptyFold();
    expect(await clock.resolve(reading.restore(restored))).toBe(older.revision);
    expect(warnings).toEqual([`snapshot ignored: reading ${newest} took longer than 5 s`]);
  });

  it('folds from the beginning when the store of snapshots does not answer', async () => {
    await open('a');
    await take();
    const deaf = { ...withDeadlines(store, clock), names: () => Promise.reject<string[]>(new Error('nobody answers')) };
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    const reading = new Snapshots({ store: deaf, schemaVersion: 1, clock, logger });
    expect(await clock.resolve(reading.restore(emptyFold()))).toBeUndefined();
    expect(warnings).toEqual(['no snapshot is used: nobody answers']);
  });

  it('bring a fold to the same state, position and recent commands', async () => {
    for (const name of ['a', 'bb', 'ccc']) await open(name);
    await take();
    const restored = emptyFold();
    expect(await snapshots.restore(restored)).toBe(3);
    expect(digestOf(restored.store)).toBe(digestOf(fold.store));
    expect([...restored.state.accounts.by('owner', 'o2')]).toMatchObject([{ balance: 0, owner: 'o2' }]);
    expect([restored.revision, restored.atMs]).toEqual([fold.revision, fold.atMs]);
    expect(restored.recent.get('bb')).toBe(2);
  });

  it('are read as far as they are wanted: the chunks of other tables stay where they are', async () => {
    await open('a');
    await take();
    const asked: string[] = [];
    const get = (name: string) => (asked.push(name), store.get(name));
    const watched = { put: store.put.bind(store), get, names: store.names.bind(store), delete: store.delete.bind(store) };
    const part = emptyFold();
    part.store.wants = (table) => table !== 'accounts';
    await new Snapshots({ store: watched, schemaVersion: 1, clock, logger: silentLogger }).restore(part);
    expect(part.revision).toBe(fold.revision);
    expect(asked.some((name) => /accounts/.test(name))).toBe(false);
    expect(asked.length).toBeGreaterThan(1);
  });

  it('of earlier versions, which did not compress them, are read', async () => {
    await open('a');
    await take();
    keepPlain();
    const restored = emptyFold();
    expect(await clock.resolve(snapshots.restore(restored))).toBe(fold.revision);
    expect([digestOf(restored.store), warnings]).toEqual([digestOf(fold.store), []]);
  });

  it('hold one moment, although the state changes while they are written', async () => {
    for (let i = 0; i < 50; i++) await open(`a${i}`);
    const before = digestOf(fold.store);
    const put = store.put.bind(store);
    store.put = async (name, bytes) => {
      await clock.sleep(100);
      await put(name, bytes);
    };
    const taking = snapshots.take(fold);
    await clock.resolve(committer.submit(toyCommand('m', { move: 'a49', amount: 5 })));
    await open('later');
    await clock.resolve(taking);
    const restored = emptyFold();
    expect(await snapshots.restore(restored)).toBe(50);
    expect(digestOf(restored.store)).toBe(before);
    await foldUpTo(restored, journal, server.head);
    expect(digestOf(restored.store)).toBe(digestOf(fold.store));
  });

  it.each([
    ['chunk', /accounts/],
    ['manifest', /manifest/],
  ])('are ignored with a warning when a %s is damaged; an older one serves', async (_part, pattern) => {
    await open('a');
    await take();
    await open('b');
    await take();
    damage(pattern);
    const restored = emptyFold();
    expect(await snapshots.restore(restored)).toBe(1);
    expect([...restored.state.accounts.entries()].map(([name]) => name)).toEqual(['a']);
    expect(warnings).toHaveLength(1);
  });

  it('are ignored when they are incomplete, of another journal or of another schema', async () => {
    await open('a');
    await take();
    const other = emptyFold('j2');
    expect(await snapshots.restore(other)).toBeUndefined();
    expect(await snapshotsOf(2).restore(emptyFold())).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('journal j1'), expect.stringContaining('schema version 1')]);
    for (const name of store.blobs.keys()) if (name.endsWith('accounts.0')) store.blobs.delete(name);
    const restored = emptyFold();
    expect(await snapshots.restore(restored)).toBeUndefined();
    expect([restored.revision, restored.state.accounts.size]).toEqual([0, 0]);
  });

  it('serve time travel: the newest that is not past the moment, then the journal up to it', async () => {
    const moments: number[] = [];
    for (let i = 1; i <= 10; i++) {
      await open(`a${i}`);
      moments.push(clock.now());
      if (i % 4 === 0) await take();
      await clock.advance(MINUTE_MS);
    }
    const revision = await revisionAt(journal, moments[6]! + 30_000);
    expect(revision).toBe(7);
    expect(await revisionAt(journal, moments[0]! - 1)).toBe(0);
    const past = emptyFold();
    expect(await snapshots.restore(past, revision)).toBe(4);
    await foldUpTo(past, journal, revision);
    expect([past.state.accounts.has('a7'), past.state.accounts.has('a8')]).toEqual([true, false]);
  });

  it('are pruned to the ladder, with the leftovers of unfinished ones', async () => {
    await store.put('ecs/000000000001-1/accounts.0', new Uint8Array(1));
    await store.put('ecs/000000009999-9/accounts.0', new Uint8Array(1));
    await store.put('scaling/000000000001-1/manifest', new Uint8Array(1));
    for (let i = 1; i <= 6; i++) {
      await open(`a${i}`);
      await take();
    }
    await snapshots.prune('ecs');
    expect((await snapshots.list('ecs')).map(({ revision }) => Number(revision))).toEqual([6, 5, 4]);
    expect([...store.blobs.keys()].filter((name) => /-(1|9)\//.test(name))).toEqual([
      'ecs/000000009999-9/accounts.0',
      'scaling/000000000001-1/manifest',
    ]);
    expect(await snapshots.restore(emptyFold())).toBe(6);
  });

  it('are written in slices, in chunks of bounded size', async () => {
    const big = new Fold<ToyState>({
      name: 'ecs',
      journalId: 'j1',
      store: newToyStore(),
      decider: toyDecider,
      clock: systemClock,
    });
    for (let i = 0; i < 40_000; i++) big.state.accounts.put(`account-${i}`, { balance: i, owner: `an owner ${'x'.repeat(60)}` });
    big.startFrom({ revision: 1 as Revision, atMs: 1, recent: [] });
    // Time passes by looking at it, so that a busy machine changes nothing: each look is a millisecond, a slice has eight.
    let [nowMs, pauses] = [0, 0];
    const clock: Clock = { ...systemClock, monotonicMs: () => nowMs++, sleep: () => Promise.resolve(void pauses++) };
    const manifest = await new Snapshots({ store, schemaVersion: 1, clock, logger: silentLogger }).take(big);
    expect(manifest.chunks.length).toBeGreaterThan(3);
    for (const bytes of store.blobs.values()) expect(bytes.length).toBeLessThan(4 * 1024 * 1024);
    const files = new Set(manifest.chunks.map(({ file }) => file));
    expect(files.size).toBeLessThan(manifest.chunks.length);
    expect(store.blobs.size).toBe(files.size + 1);
    const restored = emptyFold();
    expect(await new Snapshots({ store, schemaVersion: 1, clock: systemClock, logger: silentLogger }).restore(restored)).toBe(
      big.revision,
    );
    expect(digestOf(restored.store)).toBe(digestOf(big.store));
    // A look every 32 entries.
    expect(pauses).toBeGreaterThan(40_000 / 32 / 10);
  });
});

describe('the ladder', () => {
  const idAt = (atMs: number): SnapshotId => ({ journal: 'ecs', revision: atMs as Revision, atMs });

  it('keeps the latest three, one an hour for a day, one a day for a month', () => {
    const ids = Array.from({ length: 60 * 24 * 4 }, (_, i) => idAt((i + 1) * 15 * MINUTE_MS));
    const kept = [...ladder(ids)].map(({ atMs }) => atMs).sort((a, b) => b - a);
    expect(kept.length).toBeGreaterThanOrEqual(24 + 29);
    expect(kept.length).toBeLessThanOrEqual(3 + 24 + 30);
    expect(kept.slice(0, 3)).toEqual(
      ids
        .slice(-3)
        .map(({ atMs }) => atMs)
        .reverse(),
    );
    expect(ids.at(-1)!.atMs - kept.at(-1)!).toBeGreaterThan(28 * 24 * 60 * MINUTE_MS);
  });

  it('keeps what it kept: pruning again changes nothing', () => {
    const ids = Array.from({ length: 500 }, (_, i) => idAt((i + 1) * 37 * MINUTE_MS));
    const once = [...ladder(ids)];
    expect(new Set(ladder(once))).toEqual(new Set(once));
  });
});
