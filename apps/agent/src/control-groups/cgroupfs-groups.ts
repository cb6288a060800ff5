import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTROL_GROUPS, ENGINE_GROUP, removeControlGroups } from '#lib/platform';
import { type CgroupVersion, type GroupFile, groupFiles, type TaskLimits } from './domain/task-limits.js';
import type { TaskGroups } from './task-groups.js';

/** Of an engine that makes its containers' groups itself (its driver is `cgroupfs`): so does the agent, in the kernel's files. */
export class CgroupfsGroups implements TaskGroups {
  constructor(
    private readonly prefix: string,
    private readonly version: CgroupVersion,
    private readonly root: string = CONTROL_GROUPS,
  ) {}

  parentOf(id: string): string {
    return `/${ENGINE_GROUP}/${this.prefix}${id}`;
  }

  async provide(id: string, limits: TaskLimits): Promise<void> {
    const files = groupFiles(limits, this.version);
    if (this.version === 2) await this.delegate(files);
    for (const { controller, name, value } of files) {
      const directory = join(this.treeOf(controller), this.parentOf(id));
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, name), value);
    }
  }

  async keepOnly(needed: () => ReadonlySet<string>): Promise<void> {
    await removeControlGroups((present) => {
      const kept = needed();
      return present.filter((name) => name.startsWith(this.prefix) && !kept.has(name.slice(this.prefix.length)));
    }, this.root);
  }

  /** A controller is there in a group when all above it hand it down. */
  private async delegate(files: readonly GroupFile[]): Promise<void> {
    await mkdir(join(this.root, ENGINE_GROUP), { recursive: true });
    const controllers = [...new Set(files.map(({ controller }) => `+${controller}`))].join(' ');
    for (const directory of [this.root, join(this.root, ENGINE_GROUP)])
      await writeFile(join(directory, 'cgroup.subtree_control'), controllers);
  }

  private treeOf(controller: GroupFile['controller']): string {
    return this.version === 2 ? this.root : join(this.root, controller);
  }
}
