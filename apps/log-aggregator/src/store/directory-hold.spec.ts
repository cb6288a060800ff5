import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { DirectoryHold } from './directory-hold.js';

describe('a directory of lines', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'longshore-lines-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is one process’s: another one stands by, says so once, and has it when that one ends', async () => {
    const clock = new VirtualClock();
    const first = DirectoryHold.tryTake(join(directory, 'lines'))!;
    let waits = 0;
    let second: DirectoryHold | undefined;
    const taking = DirectoryHold.take(join(directory, 'lines'), clock, () => waits++).then((hold) => (second = hold));
    await clock.advance(10_000);
    expect([waits, second]).toEqual([1, undefined]);
    first.release();
    await clock.advance(250);
    await taking;
    expect(DirectoryHold.tryTake(join(directory, 'lines'))).toBeUndefined();
    second!.release();
  });
});
