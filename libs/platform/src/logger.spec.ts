import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from './logger.js';

describe('the logger', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-logger-'));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('writes a line of JSON', () => {
    const path = join(directory, 'a.log');
    const descriptor = openSync(path, 'a');
    createLogger('scheduler', 'info', descriptor).info({ tasks: 3 }, 'placed');
    closeSync(descriptor);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ app: 'scheduler', tasks: 3, msg: 'placed' });
  });

  it('survives a disk that is full, however much is said', () => {
    // The kernel's own full disk: each write answers ENOSPC.
    const descriptor = openSync('/dev/full', 'w');
    const logger = createLogger('scheduler', 'info', descriptor);
    expect(() => {
      for (let line = 0; line < 5_000; line++) logger.info({ line }, 'x'.repeat(200));
    }).not.toThrow();
    closeSync(descriptor);
  });
});
