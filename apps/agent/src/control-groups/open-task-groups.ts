import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { controlGroupPrefix } from '#lib/names';
import { CONTROL_GROUPS, type Logger } from '#lib/platform';
import type { EngineInfo } from '../ports.js';
import { CgroupfsGroups } from './cgroupfs-groups.js';
import type { CgroupVersion } from './domain/task-limits.js';
import { type RunProgram, SystemdGroups } from './systemd-groups.js';
import type { TaskGroups } from './task-groups.js';

const LIMIT_MS = 10_000;
/** Of no task. */
const PROBE = 'probe';

/**
 * Undefined where the agent cannot make groups that the engine would find: it says why, and each container of a task is held to the task's
 * limits by itself.
 */
export async function openTaskGroups(
  { cgroupDriver, cgroupVersion }: Pick<EngineInfo, 'cgroupDriver' | 'cgroupVersion'>,
  instanceId: string,
  logger: Logger,
): Promise<TaskGroups | undefined> {
  const prefix = controlGroupPrefix(instanceId);
  try {
    const version = cgroupVersion === 1 || cgroupVersion === 2 ? cgroupVersion : undefined;
    if (version === undefined) throw new Error('the engine does not say which control groups it has');
    await assertIsHost(version);
    const groups = groupsOf(cgroupDriver, prefix, version);
    // A task that needs one would not start where none can be made.
    await groups.provide(PROBE, { cpuUnits: 1024, memoryBytes: 64 * 1024 * 1024, cpuShares: 1024 });
    // Also what is left of before; what runs keeps its own.
    await groups.keepOnly(() => new Set());
    return groups;
  } catch (error) {
    const problem = (error as Error).message;
    logger.warn({ problem }, "limits of whole tasks are those of each of their containers: tasks' control groups cannot be made");
    return undefined;
  }
}

function groupsOf(driver: string | undefined, prefix: string, version: CgroupVersion): TaskGroups {
  if (driver === 'cgroupfs') return new CgroupfsGroups(prefix, version);
  if (driver === 'systemd') return new SystemdGroups(prefix, version, runProgram);
  throw new Error(`the engine's control groups are made by ${driver ?? 'nobody'}`);
}

/** Not in a container, whose groups are others; and as somebody who may make some. */
async function assertIsHost(version: CgroupVersion): Promise<void> {
  const tree = version === 2 ? CONTROL_GROUPS : join(CONTROL_GROUPS, 'memory');
  await access(tree, constants.W_OK);
  // Files that only the root of a tree has, or has not.
  const isRoot = version === 2 ? !(await isThere(join(tree, 'cgroup.type'))) : await isThere(join(tree, 'release_agent'));
  if (!isRoot) throw new Error(`${tree} is not the host's`);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const runProgram: RunProgram = async (program, args) => {
  const { stdout } = await promisify(execFile)(program, [...args], { timeout: LIMIT_MS });
  return stdout;
};
