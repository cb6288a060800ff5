import { z } from 'zod';
import { refusals } from '../refusals.js';
import { complaintOf } from './policy-complaints.js';

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html */
export interface LifecycleRule {
  readonly priority: number;
  readonly select: 'tagged' | 'untagged' | 'any';
  /** Of `tagged`: an image is meant when each of them fits one of its tags. `*` is any characters. */
  readonly tagPatterns: readonly string[];
  readonly expires: { readonly moreThan: number } | { readonly olderThanDays: number };
}

const words = z.array(z.string().min(1)).min(1);
const selection = z.strictObject({
  tagStatus: z.enum(['tagged', 'untagged', 'any']),
  tagPrefixList: words.optional(),
  tagPatternList: words.optional(),
  countType: z.enum(['imageCountMoreThan', 'sinceImagePushed']),
  countUnit: z.literal('days').optional(),
  countNumber: z.number().int().min(1),
});
const shape = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        rulePriority: z.number().int().min(1),
        description: z.string().max(256).optional(),
        selection,
        action: z.strictObject({ type: z.literal('expire') }),
      }),
    )
    .min(1)
    .max(50),
});

/** Throws ECR's refusal. */
export function parseLifecyclePolicy(text: string): readonly LifecycleRule[] {
  const json = objectIn(text);
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw refusals.badLifecyclePolicy(complaintOf(parsed.error.issues, json));
  const rules = parsed.data.rules.map(({ rulePriority, selection: selected }) => ruleOf(rulePriority, selected));
  checkTogether(rules);
  return rules.sort((a, b) => a.priority - b.priority);
}

function objectIn(text: string): object {
  const isObject = (json: unknown): json is object => typeof json === 'object' && json !== null && !Array.isArray(json);
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refusals.badLifecyclePolicy('Could not map policyString into LifecyclePolicy.');
}

function ruleOf(priority: number, selected: z.infer<typeof selection>): LifecycleRule {
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selected;
  const refuse = (why: string) => refusals.badLifecyclePolicy(`the rule of priority ${priority}: ${why}`);
  if (tagPrefixList && tagPatternList) throw refuse('tagPrefixList and tagPatternList exclude each other');
  const patterns = tagPatternList ?? tagPrefixList?.map((prefix) => `${prefix}*`);
  if (tagStatus === 'tagged' && !patterns) throw refuse('tagStatus tagged needs a tagPrefixList or a tagPatternList');
  if (tagStatus !== 'tagged' && patterns) throw refuse(`tagStatus ${tagStatus} takes no list of tags`);
  if (patterns?.some((pattern) => pattern.split('*').length > 5)) throw refuse('a pattern may have four wildcards (*)');
  if (countType === 'sinceImagePushed' && !countUnit) throw refuse('sinceImagePushed needs a countUnit (days)');
  if (countType === 'imageCountMoreThan' && countUnit) throw refuse('imageCountMoreThan takes no countUnit');
  return {
    priority,
    select: tagStatus,
    tagPatterns: patterns ?? [],
    expires: countType === 'imageCountMoreThan' ? { moreThan: countNumber } : { olderThanDays: countNumber },
  };
}

function checkTogether(rules: readonly LifecycleRule[]): void {
  if (new Set(rules.map(({ priority }) => priority)).size < rules.length)
    throw refusals.badLifecyclePolicy('each rulePriority is to be there once');
  const ofAny = rules.filter(({ select }) => select === 'any');
  if (ofAny.length > 1) throw refusals.badLifecyclePolicy('at most one rule may have tagStatus any');
  if (ofAny[0] && rules.some(({ priority }) => priority > ofAny[0]!.priority))
    throw refusals.badLifecyclePolicy('the rule with tagStatus any has to have the highest rulePriority');
}
