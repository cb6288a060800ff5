import type { AccessKey, RoleSession } from '../model/accounts.js';
import type { Instant } from '../model/common.js';
import type { TaskArn } from '../model/ids.js';
import { refusals } from '../model/refusals.js';
import type { QueryRule, QueryRules } from '../model/rules.js';
import type { EcsState } from '../model/state.js';
import { policyOfRole } from './iam/rights.js';
import { roleNamed } from './iam/roles.js';

/**
 * Roles of tasks. A definition may name any, of whatever account, and it counts by its name in the task's own account. What its tasks may do
 * is what a key that the operator made for the role may do; without one, what the policies of the role of that name say; else nothing.
 */

/** How long a task's keys live. Its endpoint gives out new ones before. */
const LIFETIME_MS = 3_600_000;

/** `role/service/app` → `app`: IAM's names are unique in an account whatever their path. */
const roleNameOf = (roleArn: string): string => roleArn.split('/').at(-1) ?? '';

const taskRoleSession: QueryRule<{ taskArn: TaskArn }> = (state, { taskArn }, { accountId, at }): RoleSession => {
  const task = state.tasks.get(taskArn);
  if (!task || task.accountId !== accountId || task.lastStatus === 'STOPPED') {
    throw refusals.resourceNotFound('There is no such task, or it has stopped.');
  }
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const roleArn = task.overrides.taskRoleArn ?? definition?.taskRoleArn;
  if (!roleArn) throw refusals.client('The task has no role: its task definition names no taskRoleArn.');
  return {
    roleArn,
    roleName: roleNameOf(roleArn),
    sessionName: taskArn.split('/').at(-1)!,
    expiresAt: new Date(Date.parse(at) + LIFETIME_MS).toISOString(),
  };
};

/** For the gateway: what sessions of a role may do now. No rights are named where nobody has given any. */
const resolveTaskRole: QueryRule<{ accountId: string; roleName: string }> = (state, { accountId, roleName }, { at }) => {
  const key = newestKeyOf(state, accountId, roleName, at);
  if (key) return { rights: { role: key.role, policy: key.policy } };
  const role = roleNamed(state, accountId, roleName);
  const policy = role && policyOfRole(state, role);
  return { rights: policy && { policy } };
};

function newestKeyOf(state: EcsState, accountId: string, roleName: string, at: Instant): AccessKey | undefined {
  const principalArn = `arn:aws:iam::${accountId}:role/${roleName}`;
  const counts = (key: AccessKey) =>
    key.principalArn === principalArn && key.status === 'Active' && (key.expiresAt === undefined || at < key.expiresAt);
  return [...state.accessKeys.by('account', accountId)].filter(counts).sort(newestFirst)[0];
}

const newestFirst = (a: AccessKey, b: AccessKey): number =>
  Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.accessKeyId < b.accessKeyId ? -1 : 1);

export const taskRolesQueries: QueryRules = { TaskRoleSession: taskRoleSession, ResolveTaskRole: resolveTaskRole };
