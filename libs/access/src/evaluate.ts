import { holds } from './conditions.js';
import type { AccessRequest, Patterns, Policy, Statement } from './policy.js';
import { matchesResource, matchesWildcards } from './wildcards.js';

/** What a principal may do. With a boundary both have to allow it: a boundary takes away, and never gives. */
export interface Policies {
  readonly identity: Policy;
  readonly boundary?: Policy;
}

export type Decision = 'allow' | { readonly deny: 'explicit' | 'implicit'; readonly by: PolicyKind };
export type PolicyKind = 'identity-based policy' | 'permissions boundary';

/**
 * AWS's order: an explicit deny in any policy, then an allow in every one, then the implicit deny
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 */
export function evaluate({ identity, boundary }: Policies, request: AccessRequest): Decision {
  const kinds: readonly (readonly [PolicyKind, Policy])[] = [
    ['identity-based policy', identity],
    ...(boundary ? [['permissions boundary', boundary] as const] : []),
  ];
  const effects = kinds.map(([by, policy]) => [by, effectOf(policy, request)] as const);
  const denies = effects.find(([, effect]) => effect === 'Deny');
  if (denies) return { deny: 'explicit', by: denies[0] };
  const silent = effects.find(([, effect]) => effect === undefined);
  return silent ? { deny: 'implicit', by: silent[0] } : 'allow';
}

/** Deny wins over Allow whatever the order of the statements; undefined: no statement speaks of it. */
function effectOf(policy: Policy, request: AccessRequest): 'Allow' | 'Deny' | undefined {
  const applying = policy.statements.filter((statement) => applies(statement, request));
  return applying.find(({ effect }) => effect === 'Deny')?.effect ?? applying[0]?.effect;
}

const applies = ({ actions, resources, conditions }: Statement, { action, resource, context }: AccessRequest): boolean =>
  matches(actions, (pattern) => matchesWildcards(pattern.toLowerCase(), action.toLowerCase())) &&
  matches(resources, (pattern) => matchesResource(pattern, resource)) &&
  conditions.every((condition) => holds(condition, context));

const matches = ({ negated, patterns }: Patterns, one: (pattern: string) => boolean): boolean => patterns.some(one) !== negated;

/** AWS's words (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). */
export function denialSentence(principal: string, request: AccessRequest, { deny, by }: Exclude<Decision, 'allow'>): string {
  const { action, resource } = request;
  const article = by === 'identity-based policy' ? 'an' : 'a';
  const why = deny === 'explicit' ? `with an explicit deny in ${article} ${by}` : `because no ${by} allows the ${action} action`;
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}
