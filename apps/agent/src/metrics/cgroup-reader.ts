import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cgroup, KERNEL, type KernelFiles, openCgroup } from './cgroup.js';
import {
  type ContainerFigures,
  FILES_OF_VERSION_1,
  FILES_OF_VERSION_2,
  figuresOfVersion1,
  figuresOfVersion2,
  type Texts,
} from './domain/container-figures.js';
import { processIsOver } from './process-is-over.js';

export interface CgroupUse {
  /** Processor time since the group was made. */
  readonly cpuMicros: number;
  /** Without inactive pages of files, which the kernel gives back when asked. */
  readonly memoryBytes: number;
  /** From and to block devices since the group was made; absent where the kernel does not count it. */
  readonly storage?: StorageUse;
}

export interface StorageUse {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/**
 * What a container uses, read from its control group: four small files, no question to the engine; all figures are some more. Undefined when
 * its process has ended, or is another by now.
 */
export class CgroupReader {
  constructor(private readonly files: KernelFiles = KERNEL) {}

  read(runtimeId: string, pid: number): Promise<CgroupUse | undefined> {
    return this.of(runtimeId, pid, (group) => (group.version === 2 ? useOfVersion2(group) : useOfVersion1(group)));
  }

  /** Everything that the kernel counts of it, in the engine's words. */
  readFigures(runtimeId: string, pid: number): Promise<Omit<ContainerFigures, 'network'> | undefined> {
    return this.of(runtimeId, pid, async (group) => {
      const proc = (name: string) => readFile(join(this.files.proc, name), 'utf8');
      const [files, limits, stat, meminfo] = await Promise.all([
        textsOf(group, group.version === 2 ? FILES_OF_VERSION_2 : FILES_OF_VERSION_1),
        group.version === 2 ? group.readOutwards('memory.max') : [],
        proc('stat'),
        proc('meminfo'),
      ]);
      // It ended while it was read.
      if (files['memory.stat'] === undefined) return undefined;
      const host = { stat, meminfo };
      return group.version === 2 ? figuresOfVersion2(files, limits, host) : figuresOfVersion1(files, host);
    });
  }

  private async of<T>(runtimeId: string, pid: number, read: (group: Cgroup) => Promise<T | undefined>): Promise<T | undefined> {
    try {
      const group = await openCgroup(this.files, runtimeId, pid);
      return group && (await read(group));
    } catch (error) {
      if (processIsOver(error)) return undefined;
      throw error;
    }
  }
}

async function useOfVersion2({ read, readIfThere }: Cgroup): Promise<CgroupUse> {
  const all = [read('cpu.stat'), read('memory.current'), read('memory.stat'), readIfThere('io.stat')] as const;
  const [cpu, current, stat, io] = await Promise.all(all);
  return {
    cpuMicros: field(cpu, 'usage_usec'),
    memoryBytes: Math.max(0, Number(current) - field(stat, 'inactive_file')),
    ...(io === undefined
      ? {}
      : { storage: { readBytes: sumOf(io, /\brbytes=(\d+)/g), writeBytes: sumOf(io, /\bwbytes=(\d+)/g) } }),
  };
}

async function useOfVersion1({ read, readIfThere }: Cgroup): Promise<CgroupUse> {
  const [nanos, current, stat, io] = await Promise.all([
    read('cpuacct.usage'),
    read('memory.usage_in_bytes'),
    read('memory.stat'),
    readIfThere('blkio.throttle.io_service_bytes'),
  ]);
  return {
    cpuMicros: Number(nanos) / 1_000,
    memoryBytes: Math.max(0, Number(current) - field(stat, 'total_inactive_file')),
    ...(io === undefined ? {} : { storage: { readBytes: sumOf(io, /\bRead (\d+)/g), writeBytes: sumOf(io, /\bWrite (\d+)/g) } }),
  };
}

const textsOf = async ({ readIfThere }: Cgroup, names: readonly string[]): Promise<Texts> =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readIfThere(name)] as const)));

function field(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** Of all devices: a line each. */
const sumOf = (text: string, number: RegExp): number =>
  [...text.matchAll(number)].reduce((sum, [, value]) => sum + Number(value), 0);
