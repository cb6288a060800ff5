import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { layoutOf, makeDirectories } from '../host/layout.js';
import { FIRST_ACCOUNT } from '../host/secrets.js';
import { readHost, writeHost } from '../joining/host-records.js';
import { CommandHosts } from './command-hosts.js';

const HOST = {
  instanceId: 'a'.repeat(32),
  accountId: FIRST_ACCOUNT,
  region: 'us-east-1',
  group: 'web',
  cluster: 'default',
  launch: {},
};

describe('hosts that a command starts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-hosts-'));
  const layout = layoutOf(directory, directory);
  const program = join(directory, 'hosts.sh');
  const asked = join(directory, 'asked');
  beforeAll(() => {
    makeDirectories(layout);
    mkdirSync(dirname(layout.tls.caCertificate), { recursive: true });
    writeFileSync(layout.tls.caCertificate, 'a certificate');
  });
  beforeEach(() => writeFileSync(asked, ''));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  /** Notes each token, and ends with this code. */
  const hosts = (code = 0) => {
    writeFileSync(program, `#!/bin/sh\necho "$1 $LONGSHORE_HOST_TOKEN" >> ${asked}\nexit ${code}\n`, { mode: 0o755 });
    return new CommandHosts(layout, program, {
      listen: () => ({ host: '127.0.0.1', port: 4_567 }),
      refuseRevoked: () => Promise.resolve(),
    });
  };
  const tokens = () =>
    readFileSync(asked, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('start '))
      .map((line) => line.slice('start '.length));

  it('get the same token when they are asked for again: the machine may have it already', async () => {
    const keeper = hosts();
    expect(await keeper.start(HOST)).toEqual({ done: true });
    expect(await keeper.start(HOST)).toEqual({ done: true });
    const [first, second] = tokens();
    expect(first).not.toBe('');
    expect(second).toBe(first);
    // Another one is of another host.
    await keeper.start({ ...HOST, instanceId: 'b'.repeat(32) });
    expect(tokens()[2]).not.toBe(first);
  });

  it('get another one where the operator has made one meanwhile, and after their end', async () => {
    const keeper = hosts();
    await keeper.start(HOST);
    writeHost(layout, { ...readHost(layout, HOST.instanceId)!, tokenExpiresAt: '2099-01-01T00:00:00.000Z' });
    await keeper.start(HOST);
    await keeper.end(HOST.instanceId);
    await keeper.start(HOST);
    expect(new Set(tokens()).size).toBe(3);
  });

  it('are not asked of the command when they have joined', async () => {
    const keeper = hosts();
    await keeper.start(HOST);
    writeHost(layout, { ...readHost(layout, HOST.instanceId)!, joinedAt: '2026-11-29T00:00:00.000Z' });
    expect(await keeper.start(HOST)).toEqual({ done: true });
    expect(tokens()).toHaveLength(1);
  });

  it('are given up where the command says so, in its words', async () => {
    expect(await hosts(3).start({ ...HOST, instanceId: 'c'.repeat(32) })).toEqual({
      refusal: expect.stringContaining('start exited with 3'),
    });
  });
});
