import { sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { checkTags, tagsOf } from '../tags.js';
import { type BusInput, checkBus, isByEvents, knownRule, type PageInput, pageOfRules } from './input.js';
import type { Rule, RuleSettings } from './model.js';
import { BUS, busArn, ruleArn, ruleKey } from './names.js';
import { ruleRefusals as refusals } from './refusals.js';
import { parsePattern } from './pattern.js';
import { checkExpression } from './schedule.js';

/** AWS's quotas: of an event bus, and of a rule. */
const MOST_RULES = 300;

type TagList = readonly { readonly Key: string; readonly Value: string }[];

interface PutInput extends BusInput {
  readonly Name: string;
  readonly ScheduleExpression?: string;
  readonly EventPattern?: string;
  readonly State?: string;
  readonly Description?: string;
  readonly RoleArn?: string;
  readonly Tags?: TagList;
}

function settingsOf(input: PutInput): RuleSettings {
  const { State = 'ENABLED', Description, RoleArn } = input;
  const { ScheduleExpression: scheduleExpression } = input;
  // Templating tools send the pattern that a rule does not have as an empty string.
  const eventPattern = input.EventPattern || undefined;
  if (scheduleExpression === undefined && eventPattern === undefined)
    throw refusals.validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  if (scheduleExpression !== undefined && eventPattern !== undefined)
    throw refusals.validation(
      'Longshore runs tasks by a ScheduleExpression and tells log groups of what an EventPattern matches: make a rule for each of the two.',
    );
  if (State !== 'ENABLED' && State !== 'DISABLED')
    throw refusals.validation(`Longshore has no CloudTrail: the state ${State} is not supported. Use ENABLED or DISABLED.`);
  if (scheduleExpression !== undefined) checkExpression(scheduleExpression);
  if (eventPattern !== undefined) parsePattern(eventPattern);
  return {
    ...(scheduleExpression === undefined ? {} : { scheduleExpression }),
    ...(eventPattern === undefined ? {} : { eventPattern }),
    ...(Description ? { description: Description } : {}),
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
    isEnabled: State === 'ENABLED',
  };
}

/** It is replaced whole, but for its targets and its tags. */
const putRule: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    checkBus({ accountId, region }, input);
    const id = { accountId, region, name: input.Name };
    const settings = settingsOf(input);
    const known = state.rules.get(ruleKey(id));
    if (known && known.targets.length > 0 && isByEvents(known.settings) !== isByEvents(settings))
      throw refusals.validation(
        'What a rule does by the clock has other targets than what it does for events: remove its targets first, or make another rule.',
      );
    if (known) return sameContent(known.settings, settings) ? [] : [event('RulePut', { ...id, settings })];
    const tags = tagsOf(input.Tags ?? []);
    checkTags(tags, refusals.validation);
    if (state.rules.countBy('scope', scopeKey(id)) >= MOST_RULES) throw refusals.limit();
    return [event('RulePut', { ...id, settings, tags })];
  },
  reply: (_state, { Name: name }, _events, { accountId, region }) => ({ RuleArn: ruleArn({ accountId, region, name }) }),
};

const view = (rule: Rule) => ({
  Name: rule.name,
  Arn: ruleArn(rule),
  ScheduleExpression: rule.settings.scheduleExpression,
  EventPattern: rule.settings.eventPattern,
  State: rule.settings.isEnabled ? 'ENABLED' : 'DISABLED',
  Description: rule.settings.description,
  RoleArn: rule.settings.roleArn,
  EventBusName: BUS,
});

const describeRule: QueryRule<BusInput & { readonly Name: string }> = (state, input, caller) => {
  const rule = knownRule(state, caller, input.Name, input);
  return { ...view(rule), CreatedBy: rule.accountId };
};

const listRules: QueryRule<BusInput & PageInput & { readonly NamePrefix?: string }> = (state, input, caller) => {
  checkBus(caller, input);
  const { NamePrefix: prefix = '' } = input;
  const found = [...state.rules.ordered('scope', scopeKey(caller))].filter(({ name }) => name.startsWith(prefix));
  const { items, nextToken } = pageOfRules(found, input, prefix);
  return { Rules: items.map(view), NextToken: nextToken };
};

const turn = (isEnabled: boolean): CommandRule<BusInput & { readonly Name: string }> => ({
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, settings } = knownRule(state, context, input.Name, input);
    if (settings.isEnabled === isEnabled) return [];
    return [event(isEnabled ? 'RuleEnabled' : 'RuleDisabled', { accountId, region, name })];
  },
  reply: () => ({}),
});

/** One that is not there is deleted already. */
const deleteRule: CommandRule<BusInput & { readonly Name: string }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    checkBus({ accountId, region }, input);
    const id = { accountId, region, name: input.Name };
    const rule = state.rules.get(ruleKey(id));
    if (!rule) return [];
    if (rule.targets.length > 0) throw refusals.validation("Rule can't be deleted since it has targets.");
    return [event('RuleDeleted', id)];
  },
  reply: () => ({}),
};

interface OfArn {
  readonly ResourceARN: string;
}

function ruleOfArn(state: ScalingState, { accountId, region }: Scope, { ResourceARN: arn }: OfArn): Rule {
  const prefix = ruleArn({ accountId, region, name: '' });
  if (!arn.startsWith(prefix)) throw refusals.noResource(arn);
  const name = arn.slice(prefix.length);
  const rule = state.rules.get(ruleKey({ accountId, region, name }));
  if (!rule) throw refusals.noRule(name);
  return rule;
}

const tagRule: CommandRule<OfArn & { readonly Tags: TagList }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const rule = ruleOfArn(state, context, input);
    const { accountId, region, name } = rule;
    const tags = tagsOf(input.Tags);
    checkTags({ ...rule.tags, ...tags }, refusals.validation);
    if (sameContent({ ...rule.tags, ...tags }, rule.tags)) return [];
    return [event('RuleTagged', { accountId, region, name, tags })];
  },
  reply: () => ({}),
};

const untagRule: CommandRule<OfArn & { readonly TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, tags } = ruleOfArn(state, context, input);
    const tagKeys = [...new Set(input.TagKeys)].filter((key) => Object.hasOwn(tags, key));
    return tagKeys.length === 0 ? [] : [event('RuleUntagged', { accountId, region, name, tagKeys })];
  },
  reply: () => ({}),
};

const listTagsOfRule: QueryRule<OfArn> = (state, input, caller) => ({
  Tags: Object.entries(ruleOfArn(state, caller, input).tags).map(([Key, Value]) => ({ Key, Value })),
});

/** Whatever is an event here. */
const testEventPattern: QueryRule<{ readonly EventPattern: string; readonly Event: string }> = (
  _state,
  { EventPattern, Event },
) => {
  const pattern = parsePattern(EventPattern);
  let event: unknown;
  try {
    event = JSON.parse(Event);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusals.validation('Parameter Event is not valid JSON.');
  }
  return { Result: pattern(event) };
};

const bus = (scope: Scope) => ({ Name: BUS, Arn: busArn(scope) });

const describeEventBus: QueryRule<{ readonly Name?: string }> = (_state, { Name }, caller) => {
  checkBus(caller, { EventBusName: Name });
  return bus(caller);
};

const listEventBuses: QueryRule<{ readonly NamePrefix?: string }> = (_state, { NamePrefix = '' }, caller) => ({
  EventBuses: BUS.startsWith(NamePrefix) ? [bus(caller)] : [],
});

export const ruleCommands: CommandRules = {
  PutRule: putRule,
  EnableRule: turn(true),
  DisableRule: turn(false),
  DeleteRule: deleteRule,
  TagRule: tagRule,
  UntagRule: untagRule,
};

export const ruleQueries: QueryRules = {
  DescribeRule: describeRule,
  ListRules: listRules,
  ListTagsOfRule: listTagsOfRule,
  DescribeEventBus: describeEventBus,
  ListEventBuses: listEventBuses,
  TestEventPattern: testEventPattern,
};
