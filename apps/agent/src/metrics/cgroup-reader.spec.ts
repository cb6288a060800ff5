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

  describe('all figures', () => {
    beforeEach(() => {
      file('proc/stat', 'cpu  10 20 30 40 50 60 70 999 0 0\ncpu0 1 1\ncpu1 1 1\nintr 1\n');
      file('proc/meminfo', 'MemTotal:       1000 kB\n');
    });
    const host = { system_cpu_usage: 2_800_000_000, online_cpus: 2 };

    it('are read from one tree; the least limit of all groups around it is its own', async () => {
      const scope = `longshore.slice/longshore-task.slice/docker-${ID}.scope`;
      file('proc/7/cgroup', `0::/${scope}\n`);
      file(
        `cgroup/${scope}/cpu.stat`,
        'usage_usec 25\nuser_usec 20\nsystem_usec 5\nnr_periods 4\nnr_throttled 3\nthrottled_usec 2\n',
      );
      file(`cgroup/${scope}/memory.current`, '5000\n');
      file(`cgroup/${scope}/memory.stat`, 'anon 1\ninactive_file 1500\n');
      file(`cgroup/${scope}/memory.max`, 'max\n');
      file('cgroup/longshore.slice/longshore-task.slice/memory.max', '9000\n');
      file('cgroup/longshore.slice/memory.max', '99000\n');
      file(`cgroup/${scope}/io.stat`, '8:16 rbytes=100 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n');
      file(`cgroup/${scope}/pids.current`, '3\n');
      file(`cgroup/${scope}/pids.max`, 'max\n');
      const entry = { major: 8, minor: 16 };
      expect(await reader().readFigures(ID, 7)).toEqual({
        cpu: {
          cpu_usage: { total_usage: 25_000, usage_in_usermode: 20_000, usage_in_kernelmode: 5_000 },
          ...host,
          throttling_data: { periods: 4, throttled_periods: 3, throttled_time: 2_000 },
        },
        memory: { usage: 5_000, stats: { anon: 1, inactive_file: 1_500 }, limit: 9_000 },
        storage: {
          bytes: [
            { ...entry, op: 'Read', value: 100 },
            { ...entry, op: 'Write', value: 20 },
          ],
          operations: [
            { ...entry, op: 'Read', value: 1 },
            { ...entry, op: 'Write', value: 2 },
          ],
        },
        processes: { current: 3 },
      });
    });

    it('are read from a tree for each controller; without a limit it is the host’s memory', async () => {
      const all = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids'].map((name, at) => `${at}:${name}:/docker/${ID}`);
      file('proc/7/cgroup', `${all.join('\n')}\n0::/\n`);
      const own = (name: string, text: string) => file(`cgroup/${name.split('.')[0]}/docker/${ID}/${name}`, text);
      own('cpuacct.usage', '2500\n');
      own('cpuacct.usage_percpu', '2000 500 \n');
      own('cpuacct.stat', 'user 2\nsystem 1\n');
      own('cpu.stat', 'nr_periods 4\nnr_throttled 3\nthrottled_time 2\n');
      own('memory.usage_in_bytes', '5000\n');
      own('memory.max_usage_in_bytes', '6000\n');
      own('memory.failcnt', '1\n');
      own('memory.stat', 'cache 1\nhierarchical_memory_limit 9223372036854771712\ntotal_cache 2\n');
      own('blkio.throttle.io_service_bytes', '8:0 Read 100\n8:0 Total 100\nTotal 100\n');
      own('pids.current', '3\n');
      own('pids.max', '10\n');
      const entry = { major: 8, minor: 0, value: 100 };
      expect(await reader().readFigures(ID, 7)).toEqual({
        cpu: {
          cpu_usage: {
            total_usage: 2_500,
            percpu_usage: [2_000, 500],
            usage_in_usermode: 20_000_000,
            usage_in_kernelmode: 10_000_000,
          },
          ...host,
          throttling_data: { periods: 4, throttled_periods: 3, throttled_time: 2 },
        },
        memory: {
          usage: 5_000,
          max_usage: 6_000,
          failcnt: 1,
          stats: { cache: 1, hierarchical_memory_limit: 9223372036854771712, total_cache: 2 },
          limit: 1_024_000,
        },
        storage: {
          bytes: [
            { ...entry, op: 'Read' },
            { ...entry, op: 'Total' },
          ],
          operations: [],
        },
        processes: { current: 3, limit: 10 },
      });
    });
  });
});
