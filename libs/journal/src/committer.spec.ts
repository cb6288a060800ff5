import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, seededRandom, silentLogger } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyInput, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Admission } from './admission.js';
import { type Answer, Committer } from './committer.js';
import { digestOf } from './digest.js';
import { JournalMismatchError } from './errors.js';
import { Fold } from './fold.js';
import { type AppendFate, MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import { type Commit, MAX_COMMIT_BYTES, type Revision } from './port.js';

const NAME = 'ecs';
const foreignCommit = (commitId: string): Commit => ({
  v: 1,
  journalId: 'j1',
  commitId,
  at: '2026-11-23T12:00:00.000Z',
  writer: 'other',
  transactions: [],
});

describe('Committer', () => {
  let clock: VirtualClock;
  let server: MemoryJournalServer;
  let fates: AppendFate[];
  let latencyMs: number;
  let isLeaseCertain: boolean;
  let stepDowns: string[];
  let fatal: unknown[];
  let errors: string[];
  let fold: Fold<ToyState>;
  let committer: Committer<ToyState>;
  let lastId: number;
  let refusal: ReturnType<Admission['refusal']>;
  let costs: number[];

  beforeEach(() => {
    clock = new VirtualClock();
    server = new MemoryJournalServer(NAME, 'j1');
    fates = [];
    latencyMs = 1;
    isLeaseCertain = true;
    stepDowns = [];
    fatal = [];
    errors = [];
    lastId = 0;
    refusal = undefined;
    costs = [];
    const journal = new MemoryJournal(server, {
      clock,
      faults: { appendFate: () => fates.shift() ?? 'ok', delayMs: (way) => (way === 'request' ? latencyMs : 0) },
    });
    fold = new Fold({ name: NAME, journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
    const logger: Logger = { ...silentLogger, error: (_fields, message) => void errors.push(message) };
    committer = new Committer({
      journal,
      fold,
      writer: 'w1',
      clock,
      random: seededRandom(1),
      logger,
      holdsCertainly: () => isLeaseCertain,
      onStepDown: (reason) => void stepDowns.push(reason),
      onFatal: (error) => void fatal.push(error),
      admission: { refusal: () => refusal, committed: (_transaction, bytes) => void costs.push(bytes) },
    });
    committer.open();
  });

  const submit = (input: ToyInput, id = `c${++lastId}`, options?: { timeoutMs: number }) =>
    committer.submit(toyCommand(id, input), options);
  const answer = (promise: Promise<Answer>) => clock.resolve(promise);
  const answers = (promises: Promise<Answer>[]) => clock.resolve(Promise.all(promises));
  const stored = () => Array.from({ length: server.head }, (_, i) => server.at((i + 1) as Revision)!);
  /** Every command id in the journal, as often as it is there. */
  const storedIds = () => stored().flatMap((commit) => commit.transactions.map((transaction) => transaction.commandId));

  it('answers after the commit, with the revision that made it true', async () => {
    expect(await answer(submit({ open: 'a', owner: 'ann' }))).toEqual({ output: { balance: 0 }, revision: 1 });
    expect(fold.revision).toBe(1);
    expect(server.at(1 as Revision)).toMatchObject({
      journalId: 'j1',
      writer: 'w1',
      at: expect.stringMatching(/\.\d{3}Z$/),
    });
  });

  it('shows nothing of a commit before it is acknowledged', async () => {
    latencyMs = 100;
    const opened = submit({ open: 'a', owner: 'ann' });
    await clock.advance(50);
    expect(fold.state.accounts.has('a')).toBe(false);
    await answer(opened);
    expect(fold.state.accounts.has('a')).toBe(true);
  });

  it('decides each command on the state that includes the ones before it, and commits them together', async () => {
    const all = await answers([
      submit({ open: 'a', owner: 'ann' }),
      submit({ move: 'a', amount: 10 }),
      submit({ move: 'a', amount: -11 }),
      submit({ move: 'a', amount: -4 }),
    ]);
    expect(all).toEqual([
      { output: { balance: 0 }, revision: 1 },
      { output: { balance: 10 }, revision: 1 },
      { rejection: { code: 'ClientException', status: 400, message: 'only 10 left' }, revision: 1 },
      { output: { balance: 6 }, revision: 1 },
    ]);
    expect(stored()).toHaveLength(1);
  });

  it('comes to the state that a fold of the journal comes to', async () => {
    await answers(['a', 'b', 'c'].map((name) => submit({ open: name, owner: 'ann' })));
    await answers([submit({ move: 'a', amount: 3 }), submit({ throwIn: 'check' }), submit({ open: 'd', owner: 'bob' })]);
    const other = new Fold<ToyState>({ name: NAME, journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
    stored().forEach((commit, i) => other.apply(commit, (i + 1) as Revision));
    expect(digestOf(other.store)).toBe(digestOf(fold.store));
    expect(fold.state.accounts.get('d')?.openedBy).toBe('2.1');
  });

  it('gathers what arrives during an append into the next commit', async () => {
    latencyMs = 100;
    const first = submit({ open: 'a', owner: 'ann' });
    await clock.advance(10);
    const later = [1, 2, 3].map((amount) => submit({ move: 'a', amount }));
    await answers([first, ...later]);
    expect(stored().map((commit) => commit.transactions.length)).toEqual([1, 3]);
  });

  it('stores exactly what it evolved: members that JSON drops are not in the state either', async () => {
    await answer(submit({ open: 'a', owner: 'ann' }));
    const [event] = server.at(1 as Revision)!.transactions[0]!.events;
    expect(Object.keys(event!.data as object)).toEqual(['name', 'owner']);
    expect(Object.keys(fold.state.accounts.get('a')!)).not.toContain('note');
  });

  it('closes a batch before the largest commit and goes on with the next', async () => {
    const grow = Math.floor(MAX_COMMIT_BYTES / 3);
    const all = await answers([1, 2, 3, 4, 5].map(() => submit({ grow })));
    expect(all.map((one) => 'revision' in one && one.revision)).toEqual([1, 1, 2, 2, 3]);
    for (const commit of stored()) expect(Buffer.byteLength(JSON.stringify(commit))).toBeLessThanOrEqual(MAX_COMMIT_BYTES);
  });

  it('refuses a single transaction that is too large and says what to do', async () => {
    const [refused, next] = await answers([submit({ grow: MAX_COMMIT_BYTES }), submit({ open: 'a', owner: 'ann' })]);
    expect(refused).toMatchObject({
      rejection: { code: 'ClientException', message: expect.stringContaining('smaller requests') },
    });
    expect(next).toMatchObject({ output: { balance: 0 } });
  });

  it.each(['decide', 'evolve', 'check'] as const)('drops only the command whose %s throws', async (throwIn) => {
    const all = await answers([submit({ open: 'a', owner: 'ann' }), submit({ throwIn }), submit({ move: 'a', amount: 5 })]);
    expect(all[1]).toMatchObject({ rejection: { code: 'ServerException', status: 500 } });
    expect([all[0], all[2]]).toEqual([
      { output: { balance: 0 }, revision: 1 },
      { output: { balance: 5 }, revision: 1 },
    ]);
    expect(fold.state.totals.has('half-done')).toBe(false);
    expect(storedIds()).toEqual(['c1', 'c3']);
    expect(errors).toHaveLength(1);
  });

  it('never lets `at` fall, whatever the wall clock does', async () => {
    await answer(submit({ open: 'a', owner: 'ann' }));
    const before = stored()[0]!.at;
    clock.now = () => Date.parse('2020-01-01T00:00:00.000Z');
    await answer(submit({ move: 'a', amount: 1 }));
    expect(stored()[1]!.at).toBe(before);
  });

  describe('answers without a commit', () => {
    it('are about the head while the lease is certain', async () => {
      await answer(submit({ open: 'a', owner: 'ann' }));
      expect(await answer(submit({ look: 'a' }))).toEqual({ output: { balance: 0 }, revision: 1 });
      expect(await answer(submit({ open: 'a', owner: 'bob' }))).toMatchObject({
        rejection: { message: 'a exists' },
        revision: 1,
      });
      expect(stored()).toHaveLength(1);
    });

    it('are not given while the lease is in doubt', async () => {
      isLeaseCertain = false;
      expect(await answer(submit({ move: 'nobody', amount: 1 }))).toEqual({ unavailable: 'the lease is in doubt' });
    });

    it('wait for the batch that they were decided in', async () => {
      latencyMs = 100;
      let isRefused = false;
      const opened = submit({ open: 'a', owner: 'ann' });
      const refused = submit({ open: 'a', owner: 'bob' }).then((value) => {
        isRefused = true;
        return value;
      });
      await clock.advance(50);
      expect(isRefused).toBe(false);
      await answers([opened, refused]);
      expect(isRefused).toBe(true);
    });
  });

  describe('command ids', () => {
    it('answers a committed one from the journal', async () => {
      await answer(submit({ open: 'a', owner: 'ann' }, 'same'));
      await answer(submit({ move: 'a', amount: 7 }));
      expect(await answer(submit({ open: 'a', owner: 'ann' }, 'same'))).toEqual({ output: { balance: 7 }, revision: 1 });
      expect(storedIds()).toEqual(['same', 'c1']);
    });

    it('gives one in flight, or twice in one batch, the same answer', async () => {
      latencyMs = 100;
      const [first, second] = [submit({ open: 'a', owner: 'ann' }, 'same'), submit({ open: 'a', owner: 'ann' }, 'same')];
      await clock.advance(50);
      const third = submit({ open: 'a', owner: 'ann' }, 'same');
      expect(await answers([first, second, third])).toEqual(Array(3).fill({ output: { balance: 0 }, revision: 1 }));
      expect(storedIds()).toEqual(['same']);
    });

    it("does not give another caller's answer away", async () => {
      await answer(submit({ open: 'a', owner: 'ann' }, 'same'));
      const other = committer.submit(toyCommand('same', { look: 'a' }, { accountId: '000000000002' }));
      expect(await answer(other)).toMatchObject({ rejection: { code: 'InvalidParameterException' } });
    });

    it('is forgotten a minute of commit time and a thousand commits later', async () => {
      await answer(submit({ open: 'a', owner: 'ann' }, 'old'));
      expect(fold.recent.get('old')).toBe(1);
      await clock.advance(61_000);
      await answer(submit({ move: 'a', amount: 1 }));
      expect(fold.recent.get('old')).toBe(1);
      for (let i = 0; i < 1_000; i++) await answer(submit({ move: 'a', amount: 1 }));
      expect(fold.recent.get('old')).toBeUndefined();
    });
  });

  describe('who may write', () => {
    const rejection = { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };

    it('is told what each committed transaction has cost, and its refusal is the answer', async () => {
      await answer(submit({ open: 'a', owner: 'ann' }));
      expect(costs).toEqual([JSON.stringify(stored()[0]!.transactions[0]).length]);
      refusal = { rejection };
      expect(await answer(submit({ open: 'b', owner: 'ben' }))).toEqual({ rejection, revision: 1 });
      refusal = { unavailable: 'no room' };
      expect(await answer(submit({ open: 'b', owner: 'ben' }))).toEqual({ unavailable: 'no room' });
      expect(stored()).toHaveLength(1);
    });

    it('is not asked about what was taken before: that is answered', async () => {
      latencyMs = 100;
      const [first] = [submit({ open: 'a', owner: 'ann' }, 'once')];
      refusal = { rejection };
      const again = submit({ open: 'a', owner: 'ann' }, 'once');
      const done = { output: { balance: 0 }, revision: 1 };
      expect(await answers([first, again])).toEqual([done, done]);
      expect(await answer(submit({ open: 'a', owner: 'ann' }, 'once'))).toEqual(done);
    });
  });

  describe('deadlines', () => {
    it('drops a command that nobody waits for any more', async () => {
      latencyMs = 1_000;
      const first = submit({ open: 'a', owner: 'ann' });
      await clock.advance(10);
      const late = submit({ open: 'b', owner: 'bob' }, 'late', { timeoutMs: 300 });
      expect(await answer(late)).toHaveProperty('unavailable');
      await answer(first);
      await clock.advance(5_000);
      expect(storedIds()).toEqual(['c1']);
    });
  });

  describe('an append without an answer', () => {
    it('that was lost: the barrier proves it, the command is decided again, once', async () => {
      fates = ['lost'];
      expect(await answer(submit({ open: 'a', owner: 'ann' }))).toEqual({ output: { balance: 0 }, revision: 2 });
      expect(stored().map((commit) => commit.transactions.length)).toEqual([0, 1]);
      expect(fold.revision).toBe(2);
    });

    it('that landed: the conflict of the barrier leads to our own commit, and the caller hears that it is done', async () => {
      fates = ['landed-unanswered'];
      expect(await answer(submit({ open: 'a', owner: 'ann' }))).toEqual({ output: { balance: 0 }, revision: 1 });
      expect(storedIds()).toEqual(['c1']);
    });

    it('that would land later: the barrier has taken its place', async () => {
      fates = ['lands-late'];
      await answer(submit({ open: 'a', owner: 'ann' }));
      await clock.advance(10_000);
      expect(storedIds()).toEqual(['c1']);
    });

    it('whose barriers get lost, too: every one of them is recognised', async () => {
      fates = ['lost', 'lost', 'landed-unanswered', 'lost'];
      expect(await answer(submit({ open: 'a', owner: 'ann' }))).toEqual({ output: { balance: 0 }, revision: 2 });
      await clock.advance(10_000);
      expect(storedIds()).toEqual(['c1']);
      expect(fold.state.accounts.get('a')).toMatchObject({ balance: 0, owner: 'ann' });
    });

    it('tells callers in time, and a retry with the same id gets the outcome', async () => {
      fates = ['lost', 'lost', 'lost'];
      const command: ToyInput = { open: 'a', owner: 'ann' };
      expect(await answer(submit(command, 'same', { timeoutMs: 1_000 }))).toMatchObject({
        unavailable: expect.stringContaining('not known'),
      });
      expect(await answer(submit(command, 'same'))).toEqual({ output: { balance: 0 }, revision: 2 });
      expect(storedIds()).toEqual(['same']);
    });

    it('after which another writer took the place: steps down', async () => {
      fates = ['lost'];
      const first = submit({ open: 'a', owner: 'ann' });
      await clock.advance(10);
      server.store(JSON.stringify(foreignCommit('x')), 0 as Revision);
      expect(await answer(first)).toMatchObject({ unavailable: expect.stringContaining('other') });
      expect(stepDowns).toHaveLength(1);
      expect(fold.revision).toBe(0);
    });
  });

  it('steps down on a conflict: callers retry elsewhere, nothing of the draft is kept', async () => {
    server.store(JSON.stringify(foreignCommit('x')), 0 as Revision);
    const [first, second] = await answers([submit({ open: 'a', owner: 'ann' }), submit({ open: 'b', owner: 'bob' })]);
    expect(first).toHaveProperty('unavailable');
    expect(second).toHaveProperty('unavailable');
    expect(stepDowns).toHaveLength(1);
    expect(fold.state.accounts.size).toBe(0);
    expect(await answer(submit({ look: 'a' }))).toEqual({ unavailable: 'this replica is not the writer' });
    expect(fatal).toEqual([]);
  });

  it('ends when acknowledged commits have gone from the journal: deciding on would fork history', async () => {
    fold.startFrom({ revision: 5 as Revision, atMs: 0, recent: [] });
    const lost = submit({ open: 'a', owner: 'ann' });
    expect(await answer(lost)).toMatchObject({ unavailable: expect.stringContaining('missing') });
    expect(fatal).toEqual([expect.any(JournalMismatchError)]);
    expect(stored()).toEqual([]);
  });

  it('leaves an append alone that comes back after it was closed: the fold reads it from the journal', async () => {
    latencyMs = 100;
    const first = submit({ open: 'a', owner: 'ann' });
    await clock.advance(50);
    committer.close('lease lost');
    expect(await answer(first)).toEqual({ unavailable: 'lease lost' });
    await clock.advance(1_000);
    expect(storedIds()).toEqual(['c1']);
    expect(fold.revision).toBe(0);
  });

  it('drains: what is in hand is answered, what comes then is not taken', async () => {
    latencyMs = 100;
    const first = submit({ open: 'a', owner: 'ann' });
    const drained = committer.drain(5_000);
    expect(await answer(submit({ open: 'b', owner: 'bob' }))).toHaveProperty('unavailable');
    await clock.resolve(drained);
    expect(await first).toMatchObject({ output: { balance: 0 } });
  });
});
