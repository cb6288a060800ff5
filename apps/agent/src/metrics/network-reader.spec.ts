import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkReader } from './network-reader.js';

const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

describe('what went through a container’s network', () => {
  let proc: string;
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'proc-'));
    process('self', 'net:[1]', '');
  });
  afterEach(() => rmSync(proc, { recursive: true, force: true }));
  const process = (pid: string, namespace: string, interfaces: string) => {
    mkdirSync(join(proc, pid, 'ns'), { recursive: true });
    mkdirSync(join(proc, pid, 'net'));
    symlinkSync(namespace, join(proc, pid, 'ns/net'));
    writeFileSync(join(proc, pid, 'net/dev'), HEAD + interfaces);
  };

  it('is the sum of its interfaces without loopback', async () => {
    process(
      '7',
      'net:[2]',
      `    lo:  999 9 0 0 0 0 0 0  999 9 0 0 0 0 0 0\n  eth0: 1200 9 0 0 0 0 0 0   30 2 0 0 0 0 0 0\n  eth1:10 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n`,
    );
    const counters = { rxPackets: 9, rxErrors: 0, rxDropped: 0, txPackets: 2, txErrors: 0, txDropped: 0 };
    expect(await new NetworkReader(proc).read(7)).toEqual({
      namespace: 'net:[2]',
      rxBytes: 1_210,
      txBytes: 35,
      interfaces: {
        eth0: { ...counters, rxBytes: 1_200, txBytes: 30 },
        eth1: { ...counters, rxBytes: 10, rxPackets: 1, txBytes: 5, txPackets: 1 },
      },
    });
  });

  it('is not known of one on its host’s network, nor of a process that is gone', async () => {
    process('8', 'net:[1]', '  eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n');
    const reader = new NetworkReader(proc);
    expect([await reader.read(8), await reader.read(9)]).toEqual([undefined, undefined]);
  });
});
