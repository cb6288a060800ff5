import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLogger } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { type Answer, Committer } from './committer.js';
import { Fold } from './fold.js';
import { MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import type { Commit, Revision } from './port.js';

/** Time also passes by deciding. */
class BusyClock extends VirtualClock {
  busyMs = 0;
  override monotonicMs = () => super.monotonicMs() + this.busyMs;
}

describe('a writer with more to do than it can', () => {
  let clock: BusyClock;
  let server: MemoryJournalServer;
  let appended: (string | undefined)[];
  let committer: Committer<ToyState>;
  let decideMs: number;
  let limits: { commands: number; bytes: number };
  let lastId: number;

  beforeEach(() => {
    clock = new BusyClock();
    server = new MemoryJournalServer('ecs', 'j1');
    appended = [];
    decideMs = 0;
    limits = { commands: 10, bytes: 1_000 };
    lastId = 0;
    const memory = new MemoryJournal(server, { clock, faults: { delayMs: (way) => (way === 'request' ? 1 : 0) } });
    const journal: MemoryJournal = Object.create(memory) as MemoryJournal;
    journal.append = (commit, expected, json) => {
      appended.push(json);
      return memory.append(commit, expected, json);
    };
    const decider: typeof toyDecider = {
      ...toyDecider,
      decide: (...args) => {
        clock.busyMs += decideMs;
        return toyDecider.decide(...args);
      },
    };
    const fold = new Fold({ name: 'ecs', journalId: 'j1', store: newToyStore(), decider, clock });
    committer = new Committer({
      journal,
      fold,
      writer: 'w1',
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      holdsCertainly: () => true,
      onStepDown: () => undefined,
      onFatal: (error) => {
        throw error;
      },
      inboxLimits: limits,
    });
    committer.open();
  });
  const open = (accountId = 'a', options: { bytes?: number; timeoutMs?: number } = {}): Promise<Answer> => {
    const id = `c${++lastId}`;
    return committer.submit(toyCommand(id, { open: id, owner: 'ann' }, { accountId }), options);
  };
  const stored = () => Array.from({ length: server.head }, (_, i) => server.at((i + 1) as Revision)!);
  const outcomes = async (answers: Promise<Answer>[]) =>
    (await clock.resolve(Promise.all(answers))).map((answer) => ('unavailable' in answer ? answer.unavailable : 'done'));

  it('decides a few for 4 ms, commits that, and goes on', async () => {
    decideMs = 3;
    expect(await outcomes([open(), open(), open()])).toEqual(['done', 'done', 'done']);
    expect(stored().map(({ transactions }) => transactions.length)).toEqual([2, 1]);
  });

  it('decides many for 20 ms: they have a commit in common', async () => {
    limits.commands = 1_000;
    decideMs = 8;
    await outcomes(Array.from({ length: 103 }, () => open()));
    expect(stored().map(({ transactions }) => transactions.length)).toEqual([3, ...Array<number>(100).fill(1)]);
  });

  it('looks at each command’s deadline when it is its turn', async () => {
    decideMs = 8;
    expect(await outcomes([open(), open(), open('a', { timeoutMs: 10 })])).toEqual([
      'done',
      'done',
      'the deadline passed before the command was decided',
    ]);
  });

  it('takes no more than it can hold, and of one account no more than half of that', async () => {
    const answers = [...Array.from({ length: 6 }, () => open('a')), ...Array.from({ length: 5 }, () => open('b')), open('c')];
    const done = Array<string>(5).fill('done');
    const tooManyOfOne = 'the writer has too many commands of this account in hand';
    expect(await outcomes(answers)).toEqual([...done, tooManyOfOne, ...done, 'the writer has too many commands in hand']);
    expect(await outcomes([open('a')])).toEqual(['done']);
  });

  it('counts bytes, too', async () => {
    const answers = [open('a', { bytes: 400 }), open('b', { bytes: 400 }), open('c', { bytes: 400 }), open('c', { bytes: 100 })];
    expect(await outcomes(answers)).toEqual(['done', 'done', 'the writer has too many commands in hand', 'done']);
    expect(committer.size).toBe(0);
  });

  it('takes nothing more while it ends, also when its lease comes just then', async () => {
    const drained = committer.drain(100);
    committer.open();
    expect(await outcomes([open()])).toEqual(['this replica is not the writer']);
    await drained;
  });

  it('hands the journal each transaction as it was encoded once, and that is the commit', async () => {
    await outcomes([open(), open()]);
    expect(appended).toEqual([JSON.stringify(stored()[0])]);
    expect((JSON.parse(appended[0]!) as Commit).transactions).toHaveLength(2);
  });
});
