import { sameContent } from '#lib/kernel';
import { type ActionInput, checkActions, checkTargetGroups } from './actions.js';
import { ruleArn } from './arns.js';
import { checkConditions, type ConditionInput } from './conditions.js';
import { event } from './events.js';
import { LIMITS } from './limits.js';
import { hasRules } from './listener-settings.js';
import { listenerOf, loadBalancerOf, ruleOf } from './lookup.js';
import type { Listener, Rule, RuleArn, Tag } from './model.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { type LoadBalancingState, priorityKey } from './state.js';
import { checkTags } from './tag-input.js';
import { checkTransforms, type TransformInput } from './transforms.js';

/** A rule as DescribeRules tells it. */
export const ruleView = ({ arn, priority, conditions, actions, transforms }: Rule) => ({
  RuleArn: arn,
  Priority: String(priority),
  Conditions: conditions,
  Actions: actions,
  IsDefault: false,
  Transforms: transforms,
});

const defaultRuleView = ({ defaultRuleArn, defaultActions }: Listener) => ({
  RuleArn: defaultRuleArn,
  Priority: 'default',
  Conditions: [],
  Actions: defaultActions,
  IsDefault: true,
  Transforms: [],
});

/** As they are now; of a repeated command's rule that is gone, nothing. */
function told(state: LoadBalancingState, arns: readonly string[]) {
  return arns.flatMap((arn) => {
    const rule = state.rules.get(arn);
    return rule ? [ruleView(rule)] : [...state.listeners.by('defaultRule', arn)].map(defaultRuleView);
  });
}

/** A listener's rules in the order in which they are tried, without the default one. */
export const rulesInOrder = (state: LoadBalancingState, listenerArn: string): readonly Rule[] =>
  [...state.rules.by('listener', listenerArn)].sort((a, b) => a.priority - b.priority);

const ruleAt = (state: LoadBalancingState, listenerArn: string, priority: number): Rule | undefined => {
  for (const rule of state.rules.by('priority', priorityKey(listenerArn, priority))) return rule;
  return undefined;
};

interface CreateRuleInput {
  readonly ListenerArn: string;
  readonly Conditions: readonly ConditionInput[];
  readonly Priority: number;
  readonly Actions: readonly ActionInput[];
  readonly Transforms?: readonly TransformInput[];
  readonly Tags?: readonly Tag[];
}

const createRule: CommandRule<CreateRuleInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const listener = listenerOf(state, context, input.ListenerArn);
    if (!hasRules(listener)) throw refusals.validation('Rules are unsupported for Network Load Balancer listeners');
    const loadBalancer = loadBalancerOf(state, context, listener.loadBalancerArn);
    const conditions = checkConditions(input.Conditions);
    const actions = checkActions(input.Actions, loadBalancer.type);
    const transforms = checkTransforms(input.Transforms ?? []);
    const tags = checkTags(input.Tags);
    if (ruleAt(state, listener.arn, input.Priority)) throw refusals.priorityInUse(input.Priority);
    checkTargetGroups(state, loadBalancer, listener.protocol, actions);
    const limit = LIMITS['rules-per-application-load-balancer'];
    if (state.rules.countBy('loadBalancer', loadBalancer.arn) >= limit) {
      throw refusals.tooMany('TooManyRules', `The quota of ${limit} rules for a load balancer has been reached`);
    }
    return [
      event('RuleCreated', {
        accountId: listener.accountId,
        region: listener.region,
        arn: ruleArn(listener.arn, context.id('rule').slice(0, 16)),
        listenerArn: listener.arn,
        loadBalancerArn: loadBalancer.arn,
        priority: input.Priority,
        conditions,
        actions,
        transforms,
        tags,
      }),
    ];
  },
  reply: (state, _input, events) => ({
    Rules: told(
      state,
      events.map(({ data }) => (data as Rule).arn),
    ),
  }),
};

interface ModifyRuleInput {
  readonly RuleArn: string;
  readonly Conditions?: readonly ConditionInput[];
  readonly Actions?: readonly ActionInput[];
  readonly Transforms?: readonly TransformInput[];
  readonly ResetTransforms?: boolean;
}

const modifyRule: CommandRule<ModifyRuleInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { Conditions = [], Actions = [], Transforms = [], ResetTransforms = false } = input;
    const found = ruleOf(state, context, input.RuleArn);
    const changesTransforms = Transforms.length > 0 || ResetTransforms;
    if (Conditions.length === 0 && Actions.length === 0 && !changesTransforms) {
      throw refusals.validation('Either conditions or actions must be specified');
    }
    if (Transforms.length > 0 && ResetTransforms) {
      throw refusals.validation('Transforms and ResetTransforms cannot be specified at the same time');
    }
    const listener = 'rule' in found ? listenerOf(state, context, found.rule.listenerArn) : found.defaultOf;
    const loadBalancer = loadBalancerOf(state, context, listener.loadBalancerArn);
    const actions = Actions.length > 0 ? checkActions(Actions, loadBalancer.type) : undefined;
    const before = 'rule' in found ? found.rule.actions : listener.defaultActions;
    if (actions) checkTargetGroups(state, loadBalancer, listener.protocol, actions, before);
    if ('defaultOf' in found) {
      if (Conditions.length > 0 || changesTransforms) {
        throw refusals.notPermitted('The default rule has no conditions and no transforms; only its actions can be modified');
      }
      return sameContent(actions, before) ? [] : [event('ListenerModified', { arn: listener.arn, defaultActions: actions! })];
    }
    const { rule } = found;
    const change = {
      ...(Conditions.length > 0 ? { conditions: checkConditions(Conditions) } : {}),
      ...(actions ? { actions } : {}),
      ...(changesTransforms ? { transforms: checkTransforms(Transforms) } : {}),
    };
    const changed = Object.entries(change).filter(([key, value]) => !sameContent(value, rule[key as keyof Rule]));
    return changed.length === 0 ? [] : [event('RuleModified', { arn: rule.arn, ...Object.fromEntries(changed) })];
  },
  reply: (state, { RuleArn }) => ({ Rules: told(state, [RuleArn]) }),
};

const deleteRule: CommandRule<{ RuleArn: string }> = {
  actors: ITSELF,
  decide(state, { RuleArn }, context) {
    const found = ruleOf(state, context, RuleArn);
    if ('defaultOf' in found) throw refusals.notPermitted(`Default rule '${RuleArn}' cannot be deleted`);
    return [event('RuleDeleted', { arn: found.rule.arn })];
  },
  reply: () => ({}),
};

interface SetRulePrioritiesInput {
  readonly RulePriorities: readonly { readonly RuleArn?: string; readonly Priority?: number }[];
}

const setRulePriorities: CommandRule<SetRulePrioritiesInput> = {
  actors: ITSELF,
  decide(state, { RulePriorities: given }, context) {
    if (given.length === 0) throw refusals.validation('At least one rule priority must be specified');
    const wanted = new Map<RuleArn, { rule: Rule; priority: number }>();
    const taken = new Set<string>();
    for (const { RuleArn = '', Priority: priority } of given) {
      if (priority === undefined) throw refusals.validation('A priority must be specified for each rule');
      const found = ruleOf(state, context, RuleArn);
      if ('defaultOf' in found) throw refusals.notPermitted(`The priority of default rule '${RuleArn}' cannot be changed`);
      const { rule } = found;
      if (wanted.has(rule.arn)) throw refusals.validation(`Rule '${RuleArn}' was provided multiple times`);
      const place = priorityKey(rule.listenerArn, priority);
      if (taken.has(place)) throw refusals.validation(`Priority '${priority}' was provided multiple times`);
      taken.add(place);
      wanted.set(rule.arn, { rule, priority });
    }
    // Rules may change places with each other: only one that stays where it is can be in the way.
    for (const { rule, priority } of wanted.values()) {
      const other = ruleAt(state, rule.listenerArn, priority);
      if (other && !wanted.has(other.arn)) throw refusals.priorityInUse(priority);
    }
    const priorities = [...wanted.values()]
      .filter(({ rule, priority }) => rule.priority !== priority)
      .map(({ rule, priority }) => ({ arn: rule.arn, priority }));
    return priorities.length === 0 ? [] : [event('RulePrioritiesSet', { priorities })];
  },
  reply: (state, { RulePriorities }) => ({
    Rules: told(
      state,
      RulePriorities.map(({ RuleArn = '' }) => RuleArn),
    ),
  }),
};

interface DescribeRulesInput extends PageInput {
  readonly ListenerArn?: string;
  readonly RuleArns?: readonly string[];
}

const describeRules: QueryRule<DescribeRulesInput> = (state, input, caller) => {
  const { ListenerArn, RuleArns: arns = [] } = input;
  if (ListenerArn === undefined && arns.length === 0) {
    throw refusals.validation('You must specify either listener rule ARNs or a listener ARN');
  }
  if (ListenerArn !== undefined && arns.length > 0) {
    throw refusals.validation('Listener rule ARNs and a listener ARN cannot be specified at the same time');
  }
  if (ListenerArn === undefined) {
    const rules = [...new Set(arns)].map((arn) => ruleOf(state, caller, arn));
    return { Rules: rules.map((found) => ('rule' in found ? ruleView(found.rule) : defaultRuleView(found.defaultOf))) };
  }
  const listener = listenerOf(state, caller, ListenerArn);
  const all = [...rulesInOrder(state, listener.arn).map(ruleView), defaultRuleView(listener)];
  // By priority, so that rules that come and go between two pages move no boundary; the default rule is the last one.
  const keyOf = ({ Priority }: { readonly Priority: string }) => Priority.padStart(6, '0');
  const { items, NextMarker } = page(input, `rules ${listener.arn}`, () => all, keyOf);
  return { Rules: items, NextMarker };
};

export const ruleCommands: CommandRules = {
  CreateRule: createRule,
  ModifyRule: modifyRule,
  DeleteRule: deleteRule,
  SetRulePriorities: setRulePriorities,
};

export const ruleQueries: QueryRules = { DescribeRules: describeRules };
