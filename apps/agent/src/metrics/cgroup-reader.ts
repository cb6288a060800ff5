import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Where the kernel shows them; elsewhere in tests. */
export interface KernelFiles {
  readonly proc: string;
  readonly cgroup: string;
}

const KERNEL: KernelFiles = { proc: '/proc', cgroup: '/sys/fs/cgroup' };

/**
 * What a container uses, read from its control group: four small files, no question to the engine. Undefined when its process has ended,
 * or is another by now.
 */
export class CgroupReader {
  constructor(private readonly files: KernelFiles = KERNEL) {}

  async read(runtimeId: string, pid: number): Promise<CgroupUse | undefined> {
    try {
      const groups = parseGroups(await readFile(join(this.files.proc, String(pid), 'cgroup'), 'utf8'));
      return await (this.readUnified(groups, runtimeId) ?? this.readSplit(groups, runtimeId));
    } catch (error) {
      if (processIsOver(error)) return undefined;
      throw error;
    }
  }

  /** Version 2: one tree. */
  private readUnified(groups: Groups, runtimeId: string): Promise<CgroupUse> | undefined {
    const path = groups.get('');
    if (!path?.includes(runtimeId) || groups.get('memory')?.includes(runtimeId)) return undefined;
    const file = (name: string) => readFile(join(this.files.cgroup, path, name), 'utf8');
    const all = [file('cpu.stat'), file('memory.current'), file('memory.stat'), ifThere(file('io.stat'))] as const;
    return Promise.all(all).then(([cpu, current, stat, io]) => ({
      cpuMicros: field(cpu, 'usage_usec'),
      memoryBytes: Math.max(0, Number(current) - field(stat, 'inactive_file')),
      ...(io === undefined
        ? {}
        : { storage: { readBytes: sumOf(io, /\brbytes=(\d+)/g), writeBytes: sumOf(io, /\bwbytes=(\d+)/g) } }),
    }));
  }

  /** Version 1: a tree for each controller. */
  private async readSplit(groups: Groups, runtimeId: string): Promise<CgroupUse | undefined> {
    const [cpu, memory] = [groups.get('cpuacct'), groups.get('memory')];
    if (!cpu?.includes(runtimeId) || !memory?.includes(runtimeId)) return undefined;
    const file = (...path: string[]) => readFile(join(this.files.cgroup, ...path), 'utf8');
    const blkio = groups.get('blkio');
    const [nanos, current, stat, io] = await Promise.all([
      file('cpuacct', cpu, 'cpuacct.usage'),
      file('memory', memory, 'memory.usage_in_bytes'),
      file('memory', memory, 'memory.stat'),
      blkio?.includes(runtimeId) ? ifThere(file('blkio', blkio, 'blkio.throttle.io_service_bytes')) : undefined,
    ]);
    return {
      cpuMicros: Number(nanos) / 1_000,
      memoryBytes: Math.max(0, Number(current) - field(stat, 'total_inactive_file')),
      ...(io === undefined
        ? {}
        : { storage: { readBytes: sumOf(io, /\bRead (\d+)/g), writeBytes: sumOf(io, /\bWrite (\d+)/g) } }),
    };
  }
}

/** Controller → path; `''` is the unified tree. */
type Groups = ReadonlyMap<string, string>;

function parseGroups(text: string): Groups {
  const groups = new Map<string, string>();
  for (const line of text.trim().split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    for (const controller of controllers.split(',')) groups.set(controller, path.join(':'));
  }
  return groups;
}

function field(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** A controller that is not on, or a kernel without it; that a process is over the other files say. */
const ifThere = (file: Promise<string>): Promise<string | undefined> =>
  file.catch((error: unknown) => {
    if (processIsOver(error)) return undefined;
    throw error;
  });

/** Of all devices: a line each. */
const sumOf = (text: string, number: RegExp): number =>
  [...text.matchAll(number)].reduce((sum, [, value]) => sum + Number(value), 0);
