import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessLogs } from './process-logs.js';

describe('ProcessLogs', () => {
  let directory: string;
  let logs: ProcessLogs;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-logs-'));
    logs = new ProcessLogs(directory, 100);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('bounds a log while its process writes on, and keeps one older file', () => {
    const { descriptor } = logs.open('a');
    writeSync(descriptor, `${'x'.repeat(150)}\n`);
    expect(logs.boundAll()).toEqual([]);
    writeSync(descriptor, 'goes on\n');
    closeSync(descriptor);
    expect(readFileSync(logs.pathOf('a'), 'utf8')).toBe('goes on\n');
    expect(readFileSync(`${logs.pathOf('a')}.1`, 'utf8')).toHaveLength(151);
  });

  it('leaves a small log alone', () => {
    const { descriptor } = logs.open('a');
    writeSync(descriptor, 'short\n');
    closeSync(descriptor);
    expect(logs.boundAll()).toEqual([]);
    expect(readFileSync(logs.pathOf('a'), 'utf8')).toBe('short\n');
  });

  it('is read by its owner only', () => {
    closeSync(logs.open('a').descriptor);
    expect(statSync(logs.pathOf('a')).mode & 0o777).toBe(0o600);
  });

  it('quotes the last words of this process, not of the one before', () => {
    const first = logs.open('a');
    writeSync(first.descriptor, 'Error: of the first\n');
    closeSync(first.descriptor);
    const second = logs.open('a');
    expect(logs.lastWords('a', second.position)).toBeUndefined();
    writeSync(second.descriptor, 'Error: of the second\n');
    closeSync(second.descriptor);
    expect(logs.lastWords('a', second.position)).toBe('Error: of the second');
  });
});
