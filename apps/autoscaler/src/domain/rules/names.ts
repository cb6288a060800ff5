import { hashId, type Scope, scopeKey } from '#lib/kernel';
import type { Rule, RuleId, RunSource } from './model.js';

export const ruleKey = (id: RuleId): string => `${scopeKey(id)}:${id.name}`;

const arnOf = ({ accountId, region }: Scope, resource: string): string => `arn:aws:events:${region}:${accountId}:${resource}`;

export const ruleArn = (id: RuleId): string => arnOf(id, `rule/${id.name}`);

/** Whose runs they are. */
export const sourceKey = (scope: Scope, { kind, group = '', name }: RunSource): string =>
  `${kind}:${scopeKey(scope)}:${group}/${name}`;

/** The only one. */
export const BUS = 'default';
export const busArn = (scope: Scope): string => arnOf(scope, `event-bus/${BUS}`);

/** The same for every try, and for every replica that finds the moment. A rule that was made anew under its name is another. */
export const runId = (rule: Rule, targetId: string, dueAt: string): string =>
  hashId('scheduled-run', ruleArn(rule), rule.createdAt, targetId, dueAt);
