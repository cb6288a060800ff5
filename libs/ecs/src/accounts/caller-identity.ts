import { hashId } from '#lib/kernel';
import type { QueryRule, QueryRules } from '../model/rules.js';
import type { EcsState } from '../model/state.js';
import { roleNamed } from './iam/roles.js';

/** IAM's unique ids: the account's own for root, AIDA… for a user, AROA… for a role; the same for the same principal always. */
function userIdOf(state: EcsState, accountId: string, principal: string): string {
  const resource = principal.split(':').at(-1) ?? '';
  if (resource === 'root') return accountId;
  const unique = hashId('principal', principal).slice(0, 17).toUpperCase();
  const [kind, roleName = '', sessionName = ''] = resource.split('/');
  if (kind === 'assumed-role') {
    const roleId = roleNamed(state, accountId, roleName)?.roleId;
    return `${roleId ?? userIdOf(state, accountId, `arn:aws:iam::${accountId}:role/${roleName}`)}:${sessionName}`;
  }
  return `${resource.startsWith('role/') ? 'AROA' : 'AIDA'}${unique}`;
}

const getCallerIdentity: QueryRule<object> = (state, _input, { accountId, principal }) => ({
  UserId: userIdOf(state, accountId, principal),
  Account: accountId,
  Arn: principal,
});

export const callerIdentityQueries: QueryRules = { GetCallerIdentity: getCallerIdentity };
