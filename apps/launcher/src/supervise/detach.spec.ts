import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Layout, layoutOf, makeDirectories } from '../host/layout.js';
import { detach } from './detach.js';

let layout: Layout;
let said: string;

beforeEach(() => {
  layout = layoutOf('/', mkdtempSync(join(tmpdir(), 'longshore-detach-')));
  makeDirectories(layout);
  said = '';
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(layout.data, { recursive: true, force: true });
});

/** In place of the launcher: a program with these lines. */
const supervisor = (...lines: string[]) => {
  const path = join(layout.data, 'supervisor.mjs');
  writeFileSync(path, lines.join('\n'));
  return path;
};

describe('a supervisor in the background', () => {
  it('that is ended before it says anything is not passed over in silence', async () => {
    expect(await detach(layout, supervisor(''), [])).toBe(1);
    expect(said).toContain('ended before it was ready');
  });

  it('that says why it ends is left to say so', async () => {
    expect(await detach(layout, supervisor("console.error('Port 4566 is in use.'); process.exitCode = 1;"), [])).toBe(1);
    expect(said).toBe('Port 4566 is in use.\n');
  });
});
