import { describe, expect, it } from '@jest/globals';
import { container, definitionOf } from '../../../../../test/support/simulated-host.js';
import { groupFiles, sliceProperties, taskLimits } from './task-limits.js';

const limitsOf = (fields: object, ...cpus: number[]) =>
  taskLimits(
    definitionOf(
      cpus.map((cpu, n) => container({ name: `c${n}`, cpu })),
      fields,
    ),
  );
const written = (limits: NonNullable<ReturnType<typeof taskLimits>>, version: 1 | 2) =>
  groupFiles(limits, version).map(({ controller, name, value }) => `${controller}/${name}=${value}`);

describe('the limits of a task', () => {
  it('are none where its definition has none', () => {
    expect(limitsOf({}, 256)).toBeUndefined();
  });

  it('are files of its control group, in both versions', () => {
    const limits = limitsOf({ cpu: '512', memory: '1024' }, 0, 0)!;
    expect(written(limits, 1)).toEqual([
      'cpu/cpu.shares=512',
      'cpu/cpu.cfs_period_us=100000',
      'cpu/cpu.cfs_quota_us=50000',
      'memory/memory.limit_in_bytes=1073741824',
    ]);
    expect(written(limits, 2)).toEqual(['cpu/cpu.weight=20', 'cpu/cpu.max=50000 100000', 'memory/memory.max=1073741824']);
  });

  it('are properties of a slice where systemd makes groups', () => {
    const limits = limitsOf({ cpu: '512', memory: '1024' })!;
    expect(sliceProperties(limits, 2)).toEqual([
      ['CPUWeight', 20],
      ['CPUQuotaPerSecUSec', 500_000],
      ['MemoryMax', 1_073_741_824],
    ]);
    expect(sliceProperties(limits, 1).map(([name]) => name)).toEqual(['CPUShares', 'CPUQuotaPerSecUSec', 'MemoryLimit']);
  });

  it('weigh what the containers weigh together where only memory is limited', () => {
    expect(written(limitsOf({ memory: '64' }, 100, 0)!, 1)).toEqual([
      'cpu/cpu.shares=102',
      'memory/memory.limit_in_bytes=67108864',
    ]);
  });
});
