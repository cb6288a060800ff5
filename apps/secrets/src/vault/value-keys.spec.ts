import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileValueKeys } from './file-value-keys.js';
import { MemoryValueKeys } from './memory-value-keys.js';
import type { ValueKeys } from './value-keys.js';
import { Vault } from './vault.js';

const MASTER_KEY = new Uint8Array(32).fill(7);
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'longshore-keys-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe.each<[string, () => Promise<ValueKeys>]>([
  ['in memory', () => Promise.resolve(new MemoryValueKeys())],
  ['in files', () => FileValueKeys.open(join(directory, 'values'), MASTER_KEY)],
])('keys %s', (_place, open) => {
  it('are found until they are destroyed, and each opens its own value only', async () => {
    const keys = await open();
    const vault = new Vault(keys);
    const [one, two] = [await vault.seal('one'), await vault.seal('two')];
    expect([await vault.open(one), await vault.open(two)]).toEqual(['one', 'two']);
    expect(await vault.open({ keyId: one.keyId, text: two.text })).toBeUndefined();
    expect(new Set(await keys.list())).toEqual(new Set([one.keyId, two.keyId]));
    await vault.discard(one);
    await vault.discard(one);
    expect([await vault.open(one), await vault.open(two)]).toEqual([undefined, 'two']);
    expect(await keys.list()).toEqual([two.keyId]);
  });
});

describe('files of keys', () => {
  const open = (masterKey = MASTER_KEY) => FileValueKeys.open(join(directory, 'values'), masterKey);

  it('are for their owner, survive the process, and are of no use without the master key', async () => {
    const sealed = await new Vault(await open()).seal('hidden');
    const path = join(directory, 'values', sealed.keyId);
    expect([statSync(join(directory, 'values')).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(await new Vault(await open()).open(sealed)).toBe('hidden');
    expect(await new Vault(await open(new Uint8Array(32))).open(sealed)).toBeUndefined();
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 20));
    expect(await new Vault(await open()).open(sealed)).toBeUndefined();
  });

  it('never lead out of their directory, and others there are none of theirs', async () => {
    const keys = await open();
    writeFileSync(join(directory, 'values', 'README'), '');
    expect(await keys.list()).toEqual([]);
    await expect(keys.find('../master.key')).rejects.toThrow('no key id');
    expect(readdirSync(join(directory, 'values'))).toEqual(['README']);
  });
});
