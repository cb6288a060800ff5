import { beforeEach, describe, expect, it } from '@jest/globals';
import { newToyStore, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { FoldError, JournalMismatchError, UnknownEventError } from './errors.js';
import { Fold } from './fold.js';
import { MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import type { Commit, Journal, Revision } from './port.js';
import type { EventRecord } from '#lib/kernel';

let lastId = 0;
const commitOf = (events: EventRecord[], journalId = 'j1'): Commit => ({
  v: 1,
  journalId,
  commitId: `commit-${++lastId}`,
  at: '2026-11-23T12:00:00.000Z',
  writer: 'w',
  transactions: [
    {
      commandId: `command-${lastId}`,
      actor: 'gateway',
      principal: 'p',
      accountId: 'a',
      region: 'r',
      requestId: 'q',
      operation: 'o',
      events,
    },
  ],
});
const opened = (name: string): EventRecord => ({ type: 'AccountOpened', v: 1, data: { name, owner: 'ann' } });
const r = (revision: number) => revision as Revision;

describe('Fold', () => {
  let clock: VirtualClock;
  let fold: Fold<ToyState>;
  let server: MemoryJournalServer;

  beforeEach(() => {
    clock = new VirtualClock();
    server = new MemoryJournalServer('ecs', 'j1');
    fold = new Fold({ name: 'ecs', journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
  });

  const append = (commit: Commit) => server.store(JSON.stringify(commit), server.head);

  it('takes the very next revision and no other', () => {
    fold.apply(commitOf([opened('a')]), r(1));
    expect(() => fold.apply(commitOf([opened('b')]), r(1))).toThrow(FoldError);
    expect(() => fold.apply(commitOf([opened('b')]), r(3))).toThrow(/ecs:3/);
    expect(fold.revision).toBe(1);
  });

  it('refuses commits of another journal', () => {
    expect(() => fold.apply(commitOf([opened('a')], 'j2'), r(1))).toThrow(JournalMismatchError);
  });

  it.each([
    { type: 'AccountRenamed', v: 1, data: {} },
    { type: 'AccountOpened', v: 2, data: {} },
  ])('refuses the whole of a commit with an event that it does not know ($type v$v)', (event) => {
    expect(() => fold.apply(commitOf([opened('a'), event]), r(1))).toThrow(UnknownEventError);
    expect(fold.state.accounts.size).toBe(0);
    expect(fold.revision).toBe(0);
  });

  it('names revision and event when a committed one cannot be folded', () => {
    const broken: EventRecord = { type: 'MoneyMoved', v: 1, data: { name: 'nobody', amount: 1 } };
    expect(() => fold.apply(commitOf([opened('a'), broken]), r(1))).toThrow(/ecs:1\.1 \(MoneyMoved\)/);
  });

  it('follows the journal and tells listeners after each commit', async () => {
    const seen: [number, boolean][] = [];
    fold.subscribe((_commit, revision) => seen.push([revision, fold.state.accounts.has(`a${revision}`)]));
    append(commitOf([opened('a1')]));
    append(commitOf([opened('a2')]));
    const aborting = new AbortController();
    const following = fold.follow(new MemoryJournal(server, { clock }), aborting.signal);
    await clock.resolve(fold.waitFor(r(2), 1_000));
    append(commitOf([opened('a3')]));
    expect(await clock.resolve(fold.waitFor(r(3), 1_000))).toBe(true);
    expect(seen).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(fold.lag).toBe(0);
    aborting.abort();
    await following;
  });

  it('drops what arrives after the abort: the fold has another owner then', async () => {
    const aborting = new AbortController();
    const deaf: Pick<Journal, 'follow'> = {
      async *follow() {
        aborting.abort();
        yield await Promise.resolve({ revision: r(1), commit: commitOf([opened('a')]) });
      },
    };
    await fold.follow(deaf as Journal, aborting.signal);
    expect(fold.revision).toBe(0);
  });

  it('rejects following with what broke it', async () => {
    append(commitOf([{ type: 'Strange', v: 1, data: {} }]));
    const following = fold.follow(new MemoryJournal(server, { clock }), new AbortController().signal);
    await expect(following).rejects.toThrow(/Strange v1/);
  });

  it('waits for a revision as long as it was told to', async () => {
    const waiting = fold.waitFor(r(1), 500);
    await clock.advance(499);
    fold.apply(commitOf([opened('a')]), r(1));
    expect(await waiting).toBe(true);
    const inVain = fold.waitFor(r(2), 500);
    await clock.advance(501);
    expect(await inVain).toBe(false);
  });
});
