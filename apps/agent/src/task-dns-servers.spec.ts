import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvConf, taskDnsServers } from './task-dns-servers.js';

describe('the DNS servers of containers', () => {
  let directory: string;
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'resolv-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const given = (text: string) => {
    const path = join(directory, 'resolv.conf');
    writeFileSync(path, text);
    return taskDnsServers('198.18.0.0', path);
  };

  it('are the one that knows services, then those of the host that a container reaches', async () => {
    expect(await given('nameserver 127.0.0.53\nnameserver 10.0.0.2\n')).toEqual(['198.18.0.0', '10.0.0.2']);
    expect(await given('nameserver 198.18.0.0\n')).toEqual(['198.18.0.0']);
    expect(await given('nameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n')).toEqual([
      '198.18.0.0',
      '10.0.0.2',
      '10.0.0.3',
    ]);
  });

  it('is that one alone on a host without resolvers', async () => {
    expect(await taskDnsServers('198.18.0.0', join(directory, 'none'))).toEqual(['198.18.0.0']);
  });
});

describe('the resolv.conf of containers whose network is not the engine’s', () => {
  it('has the servers that are given, and the searches of the host', () => {
    const own = 'nameserver 10.0.0.2\nsearch corp.example\noptions timeout:1\n# a remark\n';
    expect(resolvConf(own, ['198.18.0.0'])).toBe('nameserver 198.18.0.0\nsearch corp.example\noptions timeout:1\n');
  });

  it('has the host’s servers where none are given, unless only the host reaches them', () => {
    expect(resolvConf('nameserver 127.0.0.53\nnameserver fd00::2\nnameserver 10.0.0.2\n', undefined)).toBe(
      'nameserver 10.0.0.2\n',
    );
    expect(resolvConf('nameserver 127.0.0.53\n', undefined)).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
  });
});
