import type { HostAccess } from '../model/accounts.js';
import type { EcsState } from '../model/state.js';
import type { ContainerDefinition, TaskDefinition, Volume } from '../model/task-definition.js';
import type { CommandContext } from '#lib/kernel';
import { refusals } from '../model/refusals.js';

/** What of a task definition decides how far its containers reach. A registration has it before defaults are filled in. */
type Reaching = Pick<TaskDefinition, 'networkMode' | 'pidMode' | 'ipcMode'> & {
  readonly containerDefinitions: readonly Partial<ContainerDefinition>[];
  readonly volumes?: readonly Volume[];
};

/**
 * Through which member a container could become its host: undefined when through none. A host path may be Docker's socket, and a
 * volume driver's options may name a path as well (`type=none,o=bind,device=/`).
 */
export function hostReach(definition: Reaching): string | undefined {
  const { networkMode, pidMode, ipcMode, volumes = [] } = definition;
  if (networkMode === 'host') return 'networkMode host';
  if (pidMode === 'host') return 'pidMode host';
  if (ipcMode === 'host') return 'ipcMode host';
  for (const { name, host, dockerVolumeConfiguration: docker } of volumes) {
    if (host?.sourcePath) return `the host path of the volume '${name}'`;
    if (Object.keys(docker?.driverOpts ?? {}).length > 0) return `the driverOpts of the volume '${name}'`;
  }
  return definition.containerDefinitions.map(reachOfContainer).find((reach) => reach !== undefined);
}

/** Options that take rights away. */
const HARMLESS = /^no-new-privileges([:=]true)?$/;

function reachOfContainer({ name, privileged, linuxParameters, dockerSecurityOptions }: Partial<ContainerDefinition>) {
  const of = (what: string) => `${what} of the container '${name}'`;
  if (privileged) return of('privileged');
  if (linuxParameters?.capabilities?.add?.length) return of('the added capabilities');
  if (linuxParameters?.devices?.length) return of('the devices');
  return dockerSecurityOptions?.some((option) => !HARMLESS.test(option)) ? of('the dockerSecurityOptions') : undefined;
}

/** Allowed for the installation's first account, and for others when its administrator says so. */
export function hostAccessOf(state: EcsState, accountId: string): HostAccess {
  const account = state.accounts.get(accountId);
  return account?.hostAccess ?? (account?.administrator || state.accounts.size === 0 ? 'allowed' : 'denied');
}

/** Refuses what the caller's account, or its key, may not have run on hosts. What an app does by itself was decided before. */
export function checkHostAccess(
  state: EcsState,
  { accountId, principal, accessKeyId, operation }: CommandContext,
  definition: Reaching,
): void {
  const reach = hostReach(definition);
  if (reach === undefined) return;
  const denied = `User: ${principal} is not authorized to perform: ecs:${operation} with a task definition that reaches into its host (${reach})`;
  if (hostAccessOf(state, accountId) === 'denied') {
    throw refusals.accessDenied(
      `${denied} because account ${accountId} has no host access. The first account can allow it: ./longshore credentials host-access allowed --account ${accountId}`,
    );
  }
  const role = accessKeyId === undefined ? undefined : state.accessKeys.get(accessKeyId)?.role;
  if (role !== undefined && role !== 'admin') {
    throw refusals.accessDenied(`${denied} because keys of the role ${role} have no host access. Use a key of the role admin.`);
  }
}
