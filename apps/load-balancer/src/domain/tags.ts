import type { Scope } from '#lib/kernel';
import { isOwn, kindOf } from './arns.js';
import { event } from './events.js';
import { listenerOf, loadBalancerOf, ruleOf, targetGroupOf } from './lookup.js';
import type { Tag } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { LoadBalancingState } from './state.js';
import { checkTagKey, checkTags, MAX_TAGS, tooManyTags, withTags } from './tag-input.js';

function tagsOf(state: LoadBalancingState, scope: Scope, arn: string): readonly Tag[] {
  switch (kindOf(arn)) {
    case 'loadbalancer':
      return loadBalancerOf(state, scope, arn).tags;
    case 'listener':
      return listenerOf(state, scope, arn).tags;
    case 'targetgroup':
      return targetGroupOf(state, scope, arn).tags;
    case 'listener-rule': {
      const found = ruleOf(state, scope, arn);
      return 'rule' in found ? found.rule.tags : (found.defaultOf.defaultRuleTags ?? []);
    }
    case undefined:
      throw refusals.validation(`'${arn}' is not a valid load balancer, target group, listener or listener rule ARN`);
  }
}

const MAX_RESOURCES = 20;

function checkResources(arns: readonly string[]): readonly string[] {
  if (arns.length === 0) throw refusals.validation('At least one resource ARN must be specified');
  if (arns.length > MAX_RESOURCES) throw refusals.validation(`At most ${MAX_RESOURCES} resource ARNs can be specified`);
  return [...new Set(arns)];
}

const addTags: CommandRule<{ ResourceArns: readonly string[]; Tags: readonly Tag[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const wanted = checkTags(input.Tags);
    return checkResources(input.ResourceArns).flatMap((resourceArn) => {
      const known = tagsOf(state, context, resourceArn);
      const tags = wanted.filter(({ Key, Value }) => !known.some((tag) => tag.Key === Key && tag.Value === Value));
      if (withTags(known, tags).length > MAX_TAGS) throw tooManyTags();
      return tags.length === 0 ? [] : [event('ResourceTagged', { resourceArn, tags })];
    });
  },
  reply: () => ({}),
};

const removeTags: CommandRule<{ ResourceArns: readonly string[]; TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    input.TagKeys.forEach(checkTagKey);
    return checkResources(input.ResourceArns).flatMap((resourceArn) => {
      const known = tagsOf(state, context, resourceArn);
      const tagKeys = known.map(({ Key }) => Key).filter((key) => input.TagKeys.includes(key));
      return tagKeys.length === 0 ? [] : [event('ResourceUntagged', { resourceArn, tagKeys })];
    });
  },
  reply: () => ({}),
};

const describeTags: QueryRule<{ ResourceArns: readonly string[] }> = (state, input, caller) => ({
  TagDescriptions: checkResources(input.ResourceArns).map((ResourceArn) => ({
    ResourceArn,
    Tags: tagsOf(state, caller, ResourceArn),
  })),
});

/** No resource is shared between accounts: none has a policy. */
const getResourcePolicy: QueryRule<{ ResourceArn: string }> = (state, { ResourceArn }, caller) => {
  if (isOwn(ResourceArn, caller)) tagsOf(state, caller, ResourceArn);
  throw refusals.of('ResourceNotFound', `Resource policy of '${ResourceArn}' not found`);
};

export const tagCommands: CommandRules = { AddTags: addTags, RemoveTags: removeTags };
export const tagQueries: QueryRules = { DescribeTags: describeTags, GetResourcePolicy: getResourcePolicy };
