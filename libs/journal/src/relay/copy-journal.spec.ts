import { beforeEach, describe, expect, it } from '@jest/globals';
import { newToyStore, toyDecider } from '../../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { JournalMismatchError } from '../errors.js';
import { type AppendFate, MemoryJournal, MemoryJournalServer } from '../memory-journal.js';
import type { Commit, Revision } from '../port.js';
import { copyJournal, digestOfJournal } from './copy-journal.js';

const domain = { newTables: newToyStore, decider: toyDecider };

const commitOf = (revision: number, amount = revision): Commit => {
  const [type, data] = revision === 1 ? ['AccountOpened', { name: 'a', owner: 'o' }] : ['MoneyMoved', { name: 'a', amount }];
  const events = [{ type, v: 1, data }] as Commit['transactions'][number]['events'];
  const commandId = `command-${revision}`;
  const at = new Date(Date.UTC(2026, 10, 23, 12, 0, revision)).toISOString();
  const transaction = {
    commandId,
    actor: 'state-store',
    principal: 'p',
    accountId: 'a',
    region: 'r',
    requestId: 'r',
    operation: 'o',
  };
  return {
    v: 1,
    journalId: 'j1',
    commitId: `c${revision}`,
    at,
    writer: 'w',
    transactions: [{ ...transaction, events } as never],
  };
};

describe('copying a journal', () => {
  let clock: VirtualClock;
  let from: MemoryJournalServer;
  let to: MemoryJournalServer;
  let fate: () => AppendFate;

  beforeEach(() => {
    clock = new VirtualClock();
    [from, to] = [new MemoryJournalServer('ecs', 'j1'), new MemoryJournalServer('ecs', 'j1')];
    fate = () => 'ok';
    fill(from, 100);
  });
  const fill = (server: MemoryJournalServer, until: number, commit = commitOf) => {
    for (let revision = server.head + 1; revision <= until; revision++)
      server.store(JSON.stringify(commit(revision)), (revision - 1) as Revision);
  };
  const copy = () => {
    const target = new MemoryJournal(to, { clock, faults: { appendFate: () => fate() } });
    return clock.resolve(copyJournal(new MemoryJournal(from, { clock }), target, { clock }), 600_000);
  };
  const digest = (server: MemoryJournalServer) => digestOfJournal(new MemoryJournal(server, { clock }), domain, clock);

  it('makes a journal with the same commits and the same state', async () => {
    expect(await copy()).toBe(100);
    expect(await digest(to)).toEqual(await digest(from));
    expect((await digest(to)).commits).toBe(100);
  });

  it('goes on where an earlier copy ended, and appends nothing twice', async () => {
    fill(to, 40);
    expect(await copy()).toBe(60);
    expect(await copy()).toBe(0);
    expect(to.head).toBe(100);
  });

  it.each<AppendFate>(['lost', 'landed-unanswered', 'lands-late'])(
    'loses and doubles nothing where appends are %s',
    async (what) => {
      let count = 0;
      fate = () => (++count % 9 === 0 ? what : 'ok');
      await copy();
      expect(await digest(to)).toEqual(await digest(from));
      expect(to.head).toBe(100);
    },
  );

  it.each<[string, RegExp, () => void]>([
    ['is another journal', /holds j2/, () => (to = new MemoryJournalServer('ecs', 'j2'))],
    ['has more', /the target has 101 commits/, () => fill(to, 101)],
    ['has another commit', /different commits at revision 3/, () => fill(to, 5, (n) => commitOf(n, n === 3 ? 7 : n))],
  ])('refuses a target that %s, and appends nothing to it', async (_what, why, change) => {
    change();
    const before = to.head;
    await expect(copy()).rejects.toThrow(JournalMismatchError);
    await expect(copy()).rejects.toThrow(why);
    expect(to.head).toBe(before);
  });

  it('tells journals with another state apart by their digest', async () => {
    fill(to, 100, (n) => commitOf(n, n === 3 ? 7 : n));
    expect((await digest(to)).digest).not.toBe((await digest(from)).digest);
  });
});
