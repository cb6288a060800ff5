import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CgroupReader } from './cgroup-reader.js';

const ID = 'abc123';

describe('what a container uses', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'cgroup-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const reader = () => new CgroupReader({ proc: join(root, 'proc'), cgroup: join(root, 'cgroup') });
  const file = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  it('is read from one tree', async () => {
    const scope = `system.slice/docker-${ID}.scope`;
    file('proc/7/cgroup', `0::/${scope}\n`);
    file(`cgroup/${scope}/cpu.stat`, 'usage_usec 2500000\nuser_usec 1\n');
    file(`cgroup/${scope}/memory.current`, '5000\n');
    file(`cgroup/${scope}/memory.stat`, 'anon 1\ninactive_file 1500\n');
    expect(await reader().read(ID, 7)).toEqual({ cpuMicros: 2_500_000, memoryBytes: 3_500 });
    file(`cgroup/${scope}/io.stat`, '8:0 rbytes=100 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1\n');
    expect(await reader().read(ID, 7)).toMatchObject({ storage: { readBytes: 101, writeBytes: 22 } });
  });

  it('is read from a tree for each controller', async () => {
    file('proc/7/cgroup', `4:memory:/docker/${ID}\n2:cpu,cpuacct:/docker/${ID}\n0::/\n`);
    file(`cgroup/cpuacct/docker/${ID}/cpuacct.usage`, '2500000000\n');
    file(`cgroup/memory/docker/${ID}/memory.usage_in_bytes`, '5000\n');
    file(`cgroup/memory/docker/${ID}/memory.stat`, 'cache 1\ntotal_inactive_file 1500\n');
    expect(await reader().read(ID, 7)).toEqual({ cpuMicros: 2_500_000, memoryBytes: 3_500 });
    file('proc/7/cgroup', `4:memory:/docker/${ID}\n2:cpu,cpuacct:/docker/${ID}\n3:blkio:/docker/${ID}\n0::/\n`);
    const bytes = '8:0 Read 100\n8:0 Write 20\n8:0 Total 120\n8:16 Read 1\n8:16 Write 2\nTotal 123\n';
    file(`cgroup/blkio/docker/${ID}/blkio.throttle.io_service_bytes`, bytes);
    expect(await reader().read(ID, 7)).toMatchObject({ storage: { readBytes: 101, writeBytes: 22 } });
  });

  it('is not known of a process that is gone, or is another by now', async () => {
    file('proc/8/cgroup', '4:memory:/docker/other\n2:cpuacct:/docker/other\n0::/docker/other\n');
    expect([await reader().read(ID, 7), await reader().read(ID, 8)]).toEqual([undefined, undefined]);
  });
});
