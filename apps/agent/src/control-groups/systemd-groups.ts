import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTROL_GROUPS } from '#lib/platform';
import { type CgroupVersion, sliceProperties, type TaskLimits } from './domain/task-limits.js';
import type { TaskGroups } from './task-groups.js';

/** Runs a program of the host; rejects with what it says when it fails. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

/** Of the slice in which the engine puts containers that name none: what is in it competes with them as one of them. */
const SYSTEM = 'system.slice';
const START = 'org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartTransientUnit';
const LIST = 'list-units --type=slice --all --plain --no-legend --no-pager';

/** Of an engine that has systemd make its containers' groups: a task's is a transient slice, which is gone with a reboot. */
export class SystemdGroups implements TaskGroups {
  constructor(
    private readonly prefix: string,
    private readonly version: CgroupVersion,
    private readonly run: RunProgram,
    private readonly root: string = CONTROL_GROUPS,
  ) {}

  parentOf(id: string): string {
    return `system-${this.prefix}${id}.slice`;
  }

  async provide(id: string, limits: TaskLimits): Promise<void> {
    const properties = sliceProperties(limits, this.version);
    const words = properties.flatMap(([name, value]) => [name, 't', String(value)]);
    const unit = [this.parentOf(id), 'fail', String(properties.length), ...words, '0'];
    try {
      await this.run('busctl', ['call', ...START.split(' '), 'ssa(sv)a(sa(sv))', ...unit]);
    } catch (error) {
      // It is there, with the limits that it was made with: a task's never change.
      if (!/was already loaded|already exists/.test((error as Error).message)) throw error;
    }
  }

  async keepOnly(needed: () => ReadonlySet<string>): Promise<void> {
    const listed = await this.run('systemctl', [...LIST.split(' '), this.parentOf('*')]);
    const present = listed.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
    const kept = needed();
    const over = present.filter((name) => !kept.has(this.idOf(name)));
    const empty: string[] = [];
    // To stop a slice ends what runs in it.
    for (const name of over) if (await this.isEmpty(name)) empty.push(name);
    if (empty.length > 0) await this.run('systemctl', ['stop', ...empty]);
  }

  private idOf(slice: string): string {
    return slice.slice(this.parentOf('').length - '.slice'.length, -'.slice'.length);
  }

  private async isEmpty(slice: string): Promise<boolean> {
    const tree = this.version === 2 ? this.root : join(this.root, 'systemd');
    try {
      const entries = await readdir(join(tree, SYSTEM, slice), { withFileTypes: true });
      return entries.every((entry) => !entry.isDirectory());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }
}
