import type { HostAccess } from '../model/accounts.js';
import type { EcsState } from '../model/state.js';
import type { CommandContext } from '#lib/kernel';
import { refusals } from '../model/refusals.js';
import { type Reaching, reachesOf } from '../placement/host-reach.js';

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
  const reach = reachesOf(definition)[0];
  if (!reach) return;
  const denied = `User: ${principal} is not authorized to perform: ecs:${operation} with a task definition that reaches into its host (${reach.words})`;
  if (hostAccessOf(state, accountId) === 'denied') {
    throw refusals.accessDenied(
      `${denied} because account ${accountId} has no host access. The first account can allow it: ./longshore credentials host-access allowed --account ${accountId}`,
    );
  }
  const key = accessKeyId === undefined ? undefined : state.accessKeys.get(accessKeyId);
  if (accessKeyId !== undefined && !key) {
    throw refusals.accessDenied(`${denied} because keys of task roles have no host access. Use a key of the role admin.`);
  }
  const role = key?.role;
  if (role !== undefined && role !== 'admin') {
    throw refusals.accessDenied(`${denied} because keys of the role ${role} have no host access. Use a key of the role admin.`);
  }
}
