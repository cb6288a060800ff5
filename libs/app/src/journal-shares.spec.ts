import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Command, Transaction } from '#lib/kernel';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { JournalShares } from './journal-shares.js';

const GIB = 1024 ** 3;
const THROTTLED = { rejection: { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 } };
const command = (fields: Partial<Command> = {}) =>
  ({ accountId: 'a', accessKeyId: 'AKID', operation: 'RegisterTaskDefinition', ...fields }) as Command;

let clock: VirtualClock;
let freeBytes: number;
let shares: JournalShares;
beforeEach(() => {
  clock = new VirtualClock();
  freeBytes = 100 * GIB;
  const limits = { bytes: { capacity: 1_000, refillPerSecond: 100 }, reserveBytes: GIB, reserveOfDisk: 0.05 };
  shares = new JournalShares(clock, () => ({ freeBytes, totalBytes: 200 * GIB }), limits);
});
const wrote = (bytes: number, fields: Partial<Transaction> = {}) => shares.committed(command(fields as object) as never, bytes);

describe('an account that writes without end', () => {
  it('is refused once it has its share, and again welcome when that is paid off', async () => {
    wrote(999);
    expect(shares.refusal(command())).toBeUndefined();
    wrote(501);
    expect(shares.refusal(command())).toEqual(THROTTLED);
    await clock.advance(5_000);
    expect(shares.refusal(command())).toEqual(THROTTLED);
    await clock.advance(20);
    expect(shares.refusal(command())).toBeUndefined();
  });

  it('holds up no other account, and nothing of what the system does for its own tasks', () => {
    wrote(5_000);
    expect(shares.refusal(command({ accountId: 'b' }))).toBeUndefined();
    expect(shares.refusal(command({ accessKeyId: undefined }))).toBeUndefined();
  });

  it('is not charged for what the system does', () => {
    wrote(5_000, { accessKeyId: undefined });
    expect(shares.refusal(command())).toBeUndefined();
  });
});

describe('the last of the disk', () => {
  const nearlyFull = { unavailable: expect.stringContaining('nearly full') };

  it('is for what runs: callers come again, until there is room', async () => {
    freeBytes = GIB - 1;
    expect(shares.refusal(command())).toEqual(nearlyFull);
    expect(shares.refusal(command({ accessKeyId: undefined }))).toBeUndefined();
    freeBytes = GIB;
    await clock.advance(1_000);
    expect(shares.refusal(command())).toBeUndefined();
  });

  it.each(['StopTask', 'DeleteService', 'DeregisterTaskDefinition', 'UpdateService'])(
    'does not keep anybody from %s',
    (operation) => {
      freeBytes = 0;
      expect(shares.refusal(command({ operation }))).toBeUndefined();
    },
  );

  it('is a part of a small disk, and nothing where nobody knows the disk', () => {
    const small = (free: number) => new JournalShares(clock, () => ({ freeBytes: free, totalBytes: 384 * 1024 ** 2 }));
    expect(small(20 * 1024 ** 2).refusal(command())).toBeUndefined();
    expect(small(19 * 1024 ** 2).refusal(command())).toEqual(nearlyFull);
    expect(new JournalShares(clock, undefined).refusal(command())).toBeUndefined();
  });
});
