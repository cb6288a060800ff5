import type { TaskDefinitionPayload } from '#lib/ecs/model';
import { LEAST_CPU_SHARES } from '../../domain/container-spec.js';
import { CPU_PERIOD_US, cpuQuotaUs } from '../../domain/cpu-quota.js';

/** What the containers of a task may use together (its definition's `cpu` and `memory`). */
export interface TaskLimits {
  /** 1024 = one vCPU. */
  readonly cpuUnits?: number;
  readonly memoryBytes?: number;
  /** Its weight among the host's containers. */
  readonly cpuShares: number;
}

export type CgroupVersion = 1 | 2;

const MIB = 1024 * 1024;

/** Undefined: each container has limits of its own only. */
export function taskLimits({ cpu, memory, containerDefinitions }: TaskDefinitionPayload): TaskLimits | undefined {
  if (!cpu && !memory) return undefined;
  const ofContainers = containerDefinitions.reduce((sum, container) => sum + Math.max(LEAST_CPU_SHARES, container.cpu), 0);
  return {
    ...(cpu ? { cpuUnits: Number(cpu) } : {}),
    ...(memory ? { memoryBytes: Number(memory) * MIB } : {}),
    cpuShares: cpu ? Math.max(LEAST_CPU_SHARES, Number(cpu)) : ofContainers,
  };
}

/** A file of the group in the tree of a controller; version 2 has one tree. */
export interface GroupFile {
  readonly controller: 'cpu' | 'memory';
  readonly name: string;
  readonly value: string;
}

/** In the order in which they are written: a quota is one of the period before it. */
export function groupFiles({ cpuUnits, memoryBytes, cpuShares }: TaskLimits, version: CgroupVersion): readonly GroupFile[] {
  const cpu = (name: string, value: number | string): GroupFile => ({ controller: 'cpu', name, value: String(value) });
  const memory = (name: string, value: number): GroupFile => ({ controller: 'memory', name, value: String(value) });
  if (version === 2) {
    return [
      cpu('cpu.weight', weightOf(cpuShares)),
      ...(cpuUnits === undefined ? [] : [cpu('cpu.max', `${cpuQuotaUs(cpuUnits)} ${CPU_PERIOD_US}`)]),
      ...(memoryBytes === undefined ? [] : [memory('memory.max', memoryBytes)]),
    ];
  }
  return [
    cpu('cpu.shares', cpuShares),
    ...(cpuUnits === undefined ? [] : [cpu('cpu.cfs_period_us', CPU_PERIOD_US), cpu('cpu.cfs_quota_us', cpuQuotaUs(cpuUnits))]),
    ...(memoryBytes === undefined ? [] : [memory('memory.limit_in_bytes', memoryBytes)]),
  ];
}

/** Properties of a slice of systemd, all of D-Bus's type `t` [systemd.resource-control(5)]. */
export function sliceProperties(
  { cpuUnits, memoryBytes, cpuShares }: TaskLimits,
  version: CgroupVersion,
): readonly (readonly [name: string, value: number])[] {
  return [
    version === 2 ? ['CPUWeight', weightOf(cpuShares)] : ['CPUShares', cpuShares],
    ...(cpuUnits === undefined ? [] : [['CPUQuotaPerSecUSec', cpuQuotaUs(cpuUnits) * (1_000_000 / CPU_PERIOD_US)] as const]),
    ...(memoryBytes === undefined ? [] : [[version === 2 ? 'MemoryMax' : 'MemoryLimit', memoryBytes] as const]),
  ];
}

/** As runc translates shares (2 to 262,144) into a weight (1 to 10,000). */
const weightOf = (shares: number): number =>
  1 + Math.floor(((Math.min(262_144, Math.max(LEAST_CPU_SHARES, shares)) - 2) * 9_999) / 262_142);
