import { conditionContext, evaluate, isMalformed, parsePolicyDocument, statementsIn } from '#lib/access';
import type { IamRole } from '../../model/iam.js';

/** Who asks to be a role, and what they say. */
export interface Assuming {
  readonly accountId: string;
  /** `arn:aws:iam::<account>:root`, `…:user/<name>`, or of a session `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly principalArn: string;
  readonly sessionName: string;
  readonly externalId?: string;
}

interface TrustStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
}

const ACTION = 'sts:AssumeRole';
const CONDITION_KEYS = ['sts:externalid', 'sts:rolesessionname', 'aws:principalarn', 'aws:principalaccount'];

/**
 * Whether a role's trust policy lets somebody be it: its statements for them by the rules of every policy
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html). One that cannot be read here (it asks for a
 * second factor, say) lets nobody in, and keeps everybody out where it denies. Principals that are services are nobody who calls.
 */
export function isTrusted({ assumeRolePolicyDocument, arn }: IamRole, by: Assuming): boolean {
  const context = conditionContext({
    'sts:ExternalId': by.externalId,
    'sts:RoleSessionName': by.sessionName,
    'aws:PrincipalArn': by.principalArn,
    'aws:PrincipalAccount': by.accountId,
  });
  const effects = (statementsIn(assumeRolePolicyDocument) ?? []).map((statement: TrustStatement) => {
    const { Principal, ...rest } = statement;
    if (Principal !== undefined && !namesOf(Principal).some((name) => isMeant(name, by))) return 'silent';
    const text = JSON.stringify({ Statement: [{ ...rest, Resource: '*' }] });
    const policy = parsePolicyDocument(text, (key) => CONDITION_KEYS.includes(key));
    if (isMalformed(policy)) return rest.Effect === 'Allow' ? 'silent' : 'deny';
    if (Principal === undefined) return 'silent';
    const decision = evaluate({ identity: policy }, { action: ACTION, resource: arn, context });
    if (decision === 'allow') return 'allow';
    return decision.deny === 'explicit' ? 'deny' : 'silent';
  });
  return effects.includes('allow') && !effects.includes('deny');
}

/** Of AWS's principals: accounts, users, roles and sessions of them. */
function namesOf(principal: unknown): readonly string[] {
  if (principal === '*') return ['*'];
  const { AWS: given = [] } = (principal ?? {}) as { AWS?: unknown };
  return (Array.isArray(given) ? given : [given]).filter((name): name is string => typeof name === 'string');
}

function isMeant(name: string, { accountId, principalArn }: Assuming): boolean {
  if (name === '*' || name === principalArn) return true;
  if (name === accountId || name === `arn:aws:iam::${accountId}:root`) return true;
  const [kind, roleName] = principalArn.split(':').at(-1)!.split('/');
  const named = roleArnParts(name);
  return kind === 'assumed-role' && named?.accountId === accountId && named.roleName === roleName;
}

/** `arn:aws:iam::<account>:role/<path><name>`; names are unique in an account whatever their path. */
export function roleArnParts(arn: string): { readonly accountId: string; readonly roleName: string } | undefined {
  const { accountId, roleName } = /^arn:aws:iam::(?<accountId>\d{12}):role\/(?:.*\/)?(?<roleName>[^/]+)$/.exec(arn)?.groups ?? {};
  return accountId !== undefined && roleName !== undefined ? { accountId, roleName } : undefined;
}
