import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from './files.js';
import { checkData, compiledOf, type Layout, layoutOf, makeDirectories } from './layout.js';
import { ensureSecrets } from './secrets.js';

let directory: string;
let layout: Layout;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-data-'));
  layout = layoutOf(directory, join(directory, 'data'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the data directory', () => {
  it('is refused in one sentence where a file is, or below one; one that is not there yet is not', () => {
    writeFileSync(join(directory, 'file'), '');
    for (const path of ['file', 'file/below', 'file/far/below'])
      expect(() => checkData(layoutOf(directory, join(directory, path)))).toThrow(/there is a file in its place/);
    checkData(layout);
    makeDirectories(layout);
    checkData(layout);
  });

  it('with a damaged file in it names that file and what to do', () => {
    const path = join(directory, 'desired.json');
    writeFileSync(path, '{"scale":');
    expect(() => readJson(path)).toThrow(`${path} is damaged`);
    writeFileSync(path, '');
    expect(() => readJson(path)).toThrow('restore it from a backup, or remove it');
    expect(readJson(join(directory, 'none.json'))).toBeUndefined();
  });
});

describe('what V8 made of the programs', () => {
  it('is kept beside them for every installation of the checkout, and with the data where it cannot be', () => {
    expect(compiledOf(layout)).toBe(join(layout.data, 'compiled'));
    mkdirSync(join(directory, 'dist'));
    expect(compiledOf(layout)).toBe(join(directory, 'dist/compiled'));
  });
});

describe('keys', () => {
  const account = 'ADEQYZH5DOFE2L3S5BM5AAQ2A72MNB4AX23M6THYMFYA73BN47DFPVKN';
  const journalThere = () =>
    mkdirSync(join(layout.jetstream, 'jetstream', account, 'streams', 'JOURNAL_ECS'), { recursive: true });

  it('are made once where there is no journal', () => {
    makeDirectories(layout);
    const made = ensureSecrets(layout);
    expect(ensureSecrets(layout)).toEqual(made);
  });

  it.each(['accountKey', 'masterKey'] as const)(
    'are not made anew beside a journal that needs the lost one (%s): it would look empty',
    (lost) => {
      makeDirectories(layout);
      ensureSecrets(layout);
      writeFileSync(layout.accountKey, 'seed');
      journalThere();
      ensureSecrets(layout);
      rmSync(layout[lost]);
      expect(() => ensureSecrets(layout)).toThrow(/restore .*secrets from the same backup, or begin anew/);
      expect(existsSync(layout[lost])).toBe(false);
    },
  );
});
