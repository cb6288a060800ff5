import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, lockHolder, releaseLock } from './lock.js';
import { identify, isAlive } from '../host/process-identity.js';

describe('the lock of a checkout', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-lock-'));
    path = join(directory, 'lock');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('names its owner, refuses a second one, and is free after its release', () => {
    const own = identify(process.pid)!;
    expect(acquireLock(path)).toEqual({ outcome: 'acquired' });
    expect(lockHolder(path)).toEqual(own);
    expect(acquireLock(path)).toEqual({ outcome: 'held', by: own });
    releaseLock(path);
    expect(lockHolder(path)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is taken over from a process that has ended', () => {
    writeFileSync(path, JSON.stringify({ pid: 4_194_303, startTime: 'x:1' }));
    expect(lockHolder(path)).toBeUndefined();
    expect(acquireLock(path)).toEqual({ outcome: 'acquired' });
  });

  it('is taken over when its pid runs something else today', () => {
    const other = identify(process.ppid)!;
    writeFileSync(path, JSON.stringify({ ...other, startTime: 'another-boot:1' }));
    expect(isAlive(other)).toBe(true);
    expect(acquireLock(path)).toEqual({ outcome: 'acquired' });
  });

  it('is never released by another process', () => {
    writeFileSync(path, JSON.stringify(identify(process.ppid)));
    releaseLock(path);
    expect(existsSync(path)).toBe(true);
    expect(acquireLock(path)).toMatchObject({ outcome: 'held' });
  });
});
