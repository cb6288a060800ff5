import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIsOver } from './process-is-over.js';

/** Where the kernel shows them; elsewhere in tests. */
export interface KernelFiles {
  readonly proc: string;
  readonly cgroup: string;
}

export const KERNEL: KernelFiles = { proc: '/proc', cgroup: '/sys/fs/cgroup' };

/** A container's control group. Its files are named as the kernel names them, which differ by version: `cpuacct.usage`, `cpu.stat`. */
export interface Cgroup {
  /** 1: a tree for each controller. 2: one tree. */
  readonly version: 1 | 2;
  readonly read: (file: string) => Promise<string>;
  /** Undefined: a controller that is not on, or a kernel without it; that a process is over the other files say. */
  readonly readIfThere: (file: string) => Promise<string | undefined>;
  /** The same file of the groups that it is in, from its own outwards. Version 2 only: in version 1 `memory.stat` has what is above. */
  readonly readOutwards: (file: string) => Promise<readonly string[]>;
}

/** Undefined when the process is another container's, or none's, by now. Rejects as `processIsOver` knows when it has ended. */
export async function openCgroup({ proc, cgroup }: KernelFiles, runtimeId: string, pid: number): Promise<Cgroup | undefined> {
  const groups = parseGroups(await readFile(join(proc, String(pid), 'cgroup'), 'utf8'));
  const unified = groups.get('');
  if (groups.get('memory')?.includes(runtimeId)) return split(cgroup, groups, runtimeId);
  return unified?.includes(runtimeId) ? oneTree(cgroup, unified) : undefined;
}

function oneTree(root: string, path: string): Cgroup {
  const read = (file: string) => readFile(join(root, path, file), 'utf8');
  return {
    version: 2,
    read,
    readIfThere: (file) => ifThere(read(file)),
    readOutwards: async (file) => {
      const parts = path.split('/').filter((part) => part !== '');
      const paths = parts.map((_, at) => join(root, ...parts.slice(0, parts.length - at), file));
      const texts = await Promise.all(paths.map((one) => ifThere(readFile(one, 'utf8'))));
      return texts.filter((text) => text !== undefined);
    },
  };
}

/** A file's controller is what its name begins with. */
function split(root: string, groups: Groups, runtimeId: string): Cgroup | undefined {
  const [cpu, memory] = [groups.get('cpuacct'), groups.get('memory')];
  if (!cpu?.includes(runtimeId) || !memory?.includes(runtimeId)) return undefined;
  const pathOf = (file: string): string | undefined => {
    const controller = file.split('.')[0]!;
    const path = groups.get(controller);
    return path?.includes(runtimeId) ? join(root, controller, path, file) : undefined;
  };
  return {
    version: 1,
    read: (file) => readFile(pathOf(file)!, 'utf8'),
    readIfThere: async (file) => {
      const path = pathOf(file);
      return path === undefined ? undefined : ifThere(readFile(path, 'utf8'));
    },
    readOutwards: () => Promise.resolve([]),
  };
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

const ifThere = (file: Promise<string>): Promise<string | undefined> =>
  file.catch((error: unknown) => {
    if (processIsOver(error)) return undefined;
    throw error;
  });
