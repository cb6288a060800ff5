import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EcsState } from '#lib/ecs/model';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { AccessKeyMint } from './api/access-key-mint.js';
import { ensureBootstrapKey } from './bootstrap-key.js';

describe("the installation's first key", () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-bootstrap-'));
  const file = join(directory, 'credentials.json');
  const accountId = '000000000000';
  writeFileSync(file, JSON.stringify({ accountId, accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'secret' }));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  let sent: string[];
  beforeEach(() => {
    sent = [];
  });
  const ensure = (accounts: readonly string[]) =>
    ensureBootstrapKey(file, {
      state: { accounts: new Map(accounts.map((id) => [id, {}])), accessKeys: new Map() } as unknown as EcsState,
      send: ({ name }) => {
        sent.push(name);
        return Promise.resolve({ output: {}, revision: { ecs: 1 } } as never);
      },
      mint: new AccessKeyMint(Buffer.alloc(32)),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });

  it('is made where there is no account', async () => {
    await ensure([]);
    expect(sent).toEqual(['CreateAccessKey']);
  });

  it('does not come back once it was deleted', async () => {
    await ensure([accountId]);
    expect(sent).toEqual([]);
  });
});
