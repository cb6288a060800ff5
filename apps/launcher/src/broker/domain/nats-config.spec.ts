import { describe, expect, it } from '@jest/globals';
import { appPermissions, CONTROL_PLANE_APPS, operatorPermissions } from '#lib/names';
import { canSyncAlways, MAX_CONTROL_LINE_BYTES, natsConfigText } from './nats-config.js';

describe('the configuration of nats-server', () => {
  const text = natsConfigText({
    host: '127.0.0.1',
    port: 4222,
    storeDirectory: '/a "quoted" place',
    operatorJwt: 'OP.JWT',
    accounts: [{ publicKey: 'AACC', jwt: 'ACC.JWT' }],
    systemAccount: { publicKey: 'ASYS', jwt: 'SYS.JWT' },
  });

  it('acknowledges only what is on disk', () => {
    expect(text).toMatch(/jetstream \{[^}]*sync_interval: always[^}]*\}/);
  });

  it('has limits of its own, whatever was free on the disk and in memory when it started', () => {
    expect(text).toMatch(/jetstream \{[^}]*max_file_store: 1TB[^}]*\}/);
    expect(text).toMatch(/jetstream \{[^}]*max_memory_store: 8GB[^}]*\}/);
  });

  it('listens where it is told, and takes large snapshots', () => {
    expect(text).toContain('listen: "127.0.0.1:4222"');
    expect(text).toContain('max_payload: 8MB');
    expect(text).toContain('store_dir: "/a \\"quoted\\" place"');
  });

  it('knows no users but those that the account signs', () => {
    expect(text).toContain('operator: OP.JWT');
    expect(text).toContain('system_account: ASYS');
    expect(text).toContain('AACC: ACC.JWT');
    expect(text).not.toMatch(/authorization|no_auth_user|password/);
  });
});

it('hears what each user may do with room for as much again: a longer line ends its connection', () => {
  expect(MAX_CONTROL_LINE_BYTES).toBe(16_384);
  for (const permissions of [...CONTROL_PLANE_APPS.map((app) => appPermissions(app)), operatorPermissions()]) {
    // In a JWT, and that in JSON beside a signature.
    const line = (JSON.stringify(permissions).length * 4) / 3 + 1_024;
    expect(line).toBeLessThan(MAX_CONTROL_LINE_BYTES / 2);
  }
});

describe('the version of nats-server', () => {
  it.each([
    ['nats-server: v2.10.27', true],
    ['nats-server: v2.10.0-beta', true],
    ['nats-server: v2.15.1', true],
    ['nats-server: v3.0.0', true],
    ['2.10.27-1+b1', true],
    ['nats-server: v2.9.10', false],
    ['nats-server: v1.12.0', false],
    ['command not found', false],
    ['', false],
  ])('%j: can fsync before it acknowledges: %s', (output, expected) => {
    expect(canSyncAlways(output)).toBe(expected);
  });
});
