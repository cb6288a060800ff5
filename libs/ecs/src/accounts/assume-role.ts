import { Refusal } from '#lib/kernel';
import type { RoleSession } from '../model/accounts.js';
import type { QueryRule, QueryRules } from '../model/rules.js';
import { iamRefusals, required } from './iam/refusals.js';
import { roleNamed } from './iam/roles.js';
import { isTrusted, roleArnParts } from './iam/trust.js';

interface AssumeRoleInput {
  readonly RoleArn?: string;
  readonly RoleSessionName?: string;
  /** Seconds. */
  readonly DurationSeconds?: number;
  readonly ExternalId?: string;
  readonly Policy?: string;
  readonly PolicyArns?: readonly object[];
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
}

/** What the state store makes keys of. */
export interface AssumedRole {
  readonly accountId: string;
  readonly roleId: string;
  readonly session: RoleSession;
}

const SHORTEST_SECONDS = 900;
/** Also the longest of a session that a session asks for. */
const USUAL_SECONDS = 3_600;
const LONGEST_SECONDS = 43_200;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/**
 * STS's AssumeRole (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). The caller's own rights were looked at where every
 * call's are; here the role's trust policy decides. What the session may do is what the role may, as it is whenever it is used.
 */
const assumeRole: QueryRule<AssumeRoleInput> = (state, input, { accountId, principal, at }): AssumedRole => {
  const roleArn = required(input.RoleArn, 'roleArn');
  const sessionName = required(input.RoleSessionName, 'roleSessionName');
  if (!SESSION_NAME.test(sessionName)) {
    throw iamRefusals.invalid(
      `1 validation error detected: Value '${sessionName.slice(0, 100)}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* and have a length of 2 to 64`,
    );
  }
  if (input.Policy || input.PolicyArns?.length)
    throw iamRefusals.invalid('Longshore cannot give a session less than its role has: leave Policy and PolicyArns out.');
  if (input.SerialNumber || input.TokenCode)
    throw iamRefusals.invalid('Longshore has no second factor: leave SerialNumber and TokenCode out.');
  const isChained = principal.includes(':assumed-role/');
  const { DurationSeconds: seconds = USUAL_SECONDS } = input;
  if (!(seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS)) {
    throw iamRefusals.invalid(
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have a value of ${SHORTEST_SECONDS} to ${LONGEST_SECONDS}`,
    );
  }
  const named = roleArnParts(roleArn);
  const role = named && roleNamed(state, named.accountId, named.roleName);
  // Whoever may not be it does not learn whether it exists.
  if (
    role?.arn !== roleArn ||
    !isTrusted(role, { accountId, principalArn: principal, sessionName, externalId: input.ExternalId })
  ) {
    const message = `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new Refusal({ code: 'AccessDenied', message, status: 403 });
  }
  if (isChained && seconds > USUAL_SECONDS)
    throw iamRefusals.invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  if (seconds > role.maxSessionDuration)
    throw iamRefusals.invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  const expiresAt = new Date(Date.parse(at) + seconds * 1_000).toISOString();
  return {
    accountId: role.accountId,
    roleId: role.roleId,
    session: { roleArn, roleName: role.roleName, sessionName, expiresAt },
  };
};

export const assumeRoleQueries: QueryRules = { AssumeRole: assumeRole };
