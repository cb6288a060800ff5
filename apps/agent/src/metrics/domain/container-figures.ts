import type { NetworkUse } from './network-use.js';

/** What a container has used by one moment, in the words of the engine's API (`GET /containers/{id}/stats`): consumers read these. */
export interface ContainerFigures {
  readonly cpu: CpuFigures;
  readonly memory: MemoryFigures;
  readonly storage: StorageFigures;
  readonly processes: ProcessFigures;
  /** Absent of one on its host's network. */
  readonly network?: NetworkUse;
}

/** `cpu_stats`. Nanoseconds. */
export interface CpuFigures {
  readonly cpu_usage: {
    readonly total_usage: number;
    /** Version 1 only: version 2 does not count it. */
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  /** Of the whole host, since it started. */
  readonly system_cpu_usage: number;
  readonly online_cpus: number;
  readonly throttling_data: { readonly periods: number; readonly throttled_periods: number; readonly throttled_time: number };
}

/** `memory_stats`. Bytes, pages of files included. */
export interface MemoryFigures {
  readonly usage: number;
  readonly max_usage?: number;
  /** The kernel's own, which differ by the version of control groups. */
  readonly stats: Readonly<Record<string, number>>;
  readonly failcnt?: number;
  readonly limit: number;
}

/** `blkio_stats`. */
export interface StorageFigures {
  readonly bytes: readonly StorageEntry[];
  readonly operations: readonly StorageEntry[];
}
export interface StorageEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

/** `pids_stats`. */
export interface ProcessFigures {
  readonly current?: number;
  readonly limit?: number;
}

/** The texts of files of a control group, by name, where they are there. */
export type Texts = Readonly<Record<string, string | undefined>>;

export interface HostTexts {
  /** `/proc/stat` and `/proc/meminfo`. */
  readonly stat: string;
  readonly meminfo: string;
}

const NANOS_A_MICRO = 1_000;
/** Linux tells times of processors in hundredths of a second, whatever its own clock does. */
const NANOS_A_TICK = 10_000_000;

export const FILES_OF_VERSION_1 = [
  'cpuacct.usage',
  'cpuacct.usage_percpu',
  'cpuacct.stat',
  'cpu.stat',
  'memory.usage_in_bytes',
  'memory.max_usage_in_bytes',
  'memory.failcnt',
  'memory.stat',
  'blkio.throttle.io_service_bytes',
  'blkio.throttle.io_serviced',
  'pids.current',
  'pids.max',
] as const;
export const FILES_OF_VERSION_2 = [
  'cpu.stat',
  'memory.current',
  'memory.peak',
  'memory.stat',
  'io.stat',
  'pids.current',
  'pids.max',
] as const;

export function figuresOfVersion1(files: Texts, host: HostTexts): Omit<ContainerFigures, 'network'> {
  const stats = fieldsOf(files['memory.stat']);
  const ticks = fieldsOf(files['cpuacct.stat']);
  const throttling = fieldsOf(files['cpu.stat']);
  const failures = numberOf(files['memory.failcnt']);
  return {
    cpu: {
      cpu_usage: {
        total_usage: numberOf(files['cpuacct.usage']) ?? 0,
        percpu_usage: (files['cpuacct.usage_percpu'] ?? '').trim().split(/\s+/).filter(Boolean).map(Number),
        usage_in_kernelmode: (ticks['system'] ?? 0) * NANOS_A_TICK,
        usage_in_usermode: (ticks['user'] ?? 0) * NANOS_A_TICK,
      },
      ...processorsOf(host),
      throttling_data: throttlingOf(throttling, throttling['throttled_time'] ?? 0),
    },
    memory: {
      usage: numberOf(files['memory.usage_in_bytes']) ?? 0,
      max_usage: numberOf(files['memory.max_usage_in_bytes']),
      stats,
      ...(failures ? { failcnt: failures } : {}),
      limit: Math.min(stats['hierarchical_memory_limit'] ?? Infinity, memoryOf(host)),
    },
    storage: {
      bytes: entriesOfVersion1(files['blkio.throttle.io_service_bytes']),
      operations: entriesOfVersion1(files['blkio.throttle.io_serviced']),
    },
    processes: processesOf(files),
  };
}

/** `limits`: of its own group and of those that it is in, a task's among them. */
export function figuresOfVersion2(files: Texts, limits: readonly string[], host: HostTexts): Omit<ContainerFigures, 'network'> {
  const cpu = fieldsOf(files['cpu.stat']);
  return {
    cpu: {
      cpu_usage: {
        total_usage: (cpu['usage_usec'] ?? 0) * NANOS_A_MICRO,
        usage_in_kernelmode: (cpu['system_usec'] ?? 0) * NANOS_A_MICRO,
        usage_in_usermode: (cpu['user_usec'] ?? 0) * NANOS_A_MICRO,
      },
      ...processorsOf(host),
      throttling_data: throttlingOf(cpu, (cpu['throttled_usec'] ?? 0) * NANOS_A_MICRO),
    },
    memory: {
      usage: numberOf(files['memory.current']) ?? 0,
      max_usage: numberOf(files['memory.peak']),
      stats: fieldsOf(files['memory.stat']),
      limit: Math.min(memoryOf(host), ...limits.flatMap((text) => numberOf(text) ?? [])),
    },
    storage: {
      bytes: entriesOfVersion2(files['io.stat'], { rbytes: 'Read', wbytes: 'Write' }),
      operations: entriesOfVersion2(files['io.stat'], { rios: 'Read', wios: 'Write' }),
    },
    processes: processesOf(files),
  };
}

const throttlingOf = (cpu: Readonly<Record<string, number>>, nanos: number): CpuFigures['throttling_data'] => ({
  periods: cpu['nr_periods'] ?? 0,
  throttled_periods: cpu['nr_throttled'] ?? 0,
  throttled_time: nanos,
});

const processesOf = (files: Texts): ProcessFigures => ({
  current: numberOf(files['pids.current']),
  limit: numberOf(files['pids.max']),
});

/** Everything but what other machines took (the fields from the eighth on), as the engine counts. */
function processorsOf({ stat }: HostTexts): Pick<CpuFigures, 'system_cpu_usage' | 'online_cpus'> {
  const lines = stat.split('\n').filter((line) => line.startsWith('cpu'));
  const all = lines[0]!.trim().split(/\s+/).slice(1, 8);
  return {
    system_cpu_usage: all.reduce((sum, ticks) => sum + Number(ticks), 0) * NANOS_A_TICK,
    online_cpus: lines.length - 1,
  };
}

const memoryOf = ({ meminfo }: HostTexts): number => Number(/^MemTotal:\s+(\d+) kB/m.exec(meminfo)![1]) * 1_024;

/** `name number` in each line. */
const fieldsOf = (text = ''): Record<string, number> =>
  Object.fromEntries([...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]));

/** Undefined: the file is not there, or says `max`. */
const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;

/** `8:0 Read 100`. */
const entriesOfVersion1 = (text = ''): StorageEntry[] =>
  [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op, value]) => ({
    major: Number(major),
    minor: Number(minor),
    op: op!,
    value: Number(value),
  }));

/** `8:0 rbytes=100 wbytes=20 rios=1 …`. Consumers of ECS's endpoint look for `Read` and `Write` as version 1 has them, where the engine has small letters here. */
const entriesOfVersion2 = (text = '', ops: Readonly<Record<string, string>>): StorageEntry[] =>
  [...text.matchAll(/^(\d+):(\d+) (.*)$/gm)].flatMap(([, major, minor, fields]) =>
    Object.entries(ops).map(([field, op]) => ({
      major: Number(major),
      minor: Number(minor),
      op,
      value: Number(new RegExp(`\\b${field}=(\\d+)`).exec(fields!)?.[1] ?? 0),
    })),
  );
