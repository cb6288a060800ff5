import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { MemoryJournal, MemoryJournalServer } from './memory-journal.js';
import type { AppendOutcome, Commit, Revision } from './port.js';
import { proveOutcome, type UnprovedAppend } from './prove-outcome.js';

let lastBarrier = 0;
const commitOf = (commitId: string, writer = 'w'): Commit => ({
  v: 1,
  journalId: 'j1',
  commitId,
  at: '2026-11-23T12:00:00.000Z',
  writer,
  transactions: [],
});

function world(parts: Partial<UnprovedAppend> & { appends?: AppendOutcome[] } = {}) {
  const clock = new VirtualClock();
  const server = new MemoryJournalServer('ecs', 'j1');
  const journal = new MemoryJournal(server, { clock });
  const append = journal.append.bind(journal);
  // Answers given in place of the server's, which is not asked then.
  journal.append = (commit, expected) => {
    const answer = parts.appends?.shift();
    return answer ? Promise.resolve(answer) : append(commit, expected);
  };
  const prove = () =>
    clock.resolve(
      proveOutcome({
        journal,
        clock,
        logger: silentLogger,
        commit: commitOf('ours'),
        expected: 0 as Revision,
        isConflict: false,
        barrier: () => commitOf(`barrier-${++lastBarrier}`),
        isCancelled: () => false,
        ...parts,
      }),
    );
  return { clock, server, journal, prove };
}

const unknown: AppendOutcome = { outcome: 'unknown', error: new Error('no answer') };

describe('proveOutcome', () => {
  it('finds a commit that conflicts with itself: it was sent twice and landed once', async () => {
    const { server, prove } = world({ isConflict: true });
    server.store(JSON.stringify(commitOf('ours')), 0 as Revision);
    expect(await prove()).toEqual({ outcome: 'landed' });
  });

  it('names another writer', async () => {
    const { server, prove } = world();
    server.store(JSON.stringify(commitOf('theirs', 'x')), 0 as Revision);
    expect(await prove()).toEqual({ outcome: 'other-writer', writer: 'x' });
  });

  it('tries the barrier when a conflict was answered but the place is free: the append in its way was dropped', async () => {
    const { server, prove } = world({ isConflict: true });
    expect(await prove()).toMatchObject({ outcome: 'never-lands' });
    expect(server.head).toBe(1);
  });

  it('uses a new barrier for each try, and goes on until one is answered', async () => {
    const { server, prove } = world({ appends: [unknown, unknown, unknown] });
    const first = lastBarrier + 1;
    expect(await prove()).toMatchObject({ outcome: 'never-lands', barrier: { commitId: `barrier-${first + 3}` } });
    expect(server.head).toBe(1);
  });

  it('gives up when it is cancelled', async () => {
    let left = 3;
    const { prove } = world({ appends: Array<AppendOutcome>(9).fill(unknown), isCancelled: () => left-- === 0 });
    expect(await prove()).toEqual({ outcome: 'cancelled' });
  });

  it('throws when the journal is shorter than what was acknowledged', async () => {
    const { prove } = world({ isConflict: true, expected: 3 as Revision });
    await expect(prove()).rejects.toThrow(/ends at revision 0, but 3/);
  });
});
