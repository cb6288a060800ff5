import { type Scope, sameContent, scopeKey } from '#lib/kernel';
import { alarmSettingsOf, type PutMetricAlarmInput } from './alarm-settings.js';
import { alarmArn } from './alarm-arn.js';
import { compositesAfter, parentsOf } from './composites/evaluate-composites.js';
import { putCompositeAlarm } from './composites/put-composite-alarm.js';
import { describeAlarmHistory, describeAlarms, describeAlarmsForMetric } from './describe-alarms.js';
import { event, type ScalingEvent } from './events.js';
import type { Alarm, AlarmStateValue, AnyAlarm } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { alarmKey, anyAlarm, MOST_ALARMS, type ScalingState } from './state.js';
import { checkTags, tagsOf } from './tags.js';

const putMetricAlarm: CommandRule<PutMetricAlarmInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const name = input.AlarmName;
    const settings = alarmSettingsOf(input, { accountId, region });
    const known = state.alarms.get(alarmKey(context, name));
    if (state.compositeAlarms.has(alarmKey(context, name))) throw refusals.validation(`The alarm ${name} is a composite alarm.`);
    if (known) return sameContent(known.settings, settings) ? [] : [event('AlarmPut', { accountId, region, name, settings })];
    const tags = tagsOf(input.Tags ?? []);
    checkTags(tags, refusals.validation);
    if (state.alarms.countBy('scope', scopeKey(context)) >= MOST_ALARMS)
      throw refusals.limit(`The maximum number of alarms, ${MOST_ALARMS}, has been reached.`);
    return [event('AlarmPut', { accountId, region, name, settings, tags })];
  },
  reply: () => ({}),
};

type Names = { readonly AlarmNames: readonly string[] };

const known = (state: ScalingState, scope: Parameters<typeof alarmKey>[0], names: readonly string[]): readonly AnyAlarm[] =>
  [...new Set(names)].flatMap((name) => anyAlarm(state, scope, name) ?? []);

/** One that is not there fails them all, as on CloudWatch. */
const deleteAlarms: CommandRule<Names> = {
  actors: ITSELF,
  decide(state, { AlarmNames }, { accountId, region }) {
    const found = known(state, { accountId, region }, AlarmNames);
    if (found.length < new Set(AlarmNames).size && found.length > 0) throw refusals.alarmNotFound();
    if (found.filter((alarm) => state.compositeAlarms.has(alarmKey(alarm, alarm.name))).length > 1)
      throw refusals.validation('At most one composite alarm can be deleted in one operation.');
    for (const { name } of found)
      for (const parent of parentsOf(state, { accountId, region }, name))
        if (!AlarmNames.includes(parent.name))
          throw refusals.validation(`Cannot delete ${name} as there are composite alarm(s) depending on it.`);
    return found.map(({ name }) => event('AlarmDeleted', { accountId, region, name }));
  },
  reply: () => ({}),
};

const actionsSet = (enabled: boolean): CommandRule<Names> => ({
  actors: ITSELF,
  decide: (state, { AlarmNames }, { accountId, region }) =>
    known(state, { accountId, region }, AlarmNames)
      .filter(({ settings }) => settings.actionsEnabled !== enabled)
      .map(({ name }) => event('AlarmActionsSet', { accountId, region, name, enabled })),
  reply: () => ({}),
});

interface SetAlarmStateInput {
  readonly AlarmName: string;
  readonly StateValue: AlarmStateValue;
  readonly StateReason: string;
  readonly StateReasonData?: string;
}

const setAlarmState: CommandRule<SetAlarmStateInput> = {
  actors: ITSELF,
  decide(state, { AlarmName: name, StateValue: value, StateReason: reason, StateReasonData: reasonData }, context) {
    const { accountId, region } = context;
    if (!anyAlarm(state, context, name)) throw refusals.alarmNotFound();
    if (reasonData !== undefined && !isJson(reasonData)) throw refusals.notJson('StateReasonData');
    return [
      event('AlarmStateChanged', { accountId, region, name, value, reason, reasonData }),
      ...compositesAfter(state, context, new Map([[name, value]]), context.at),
    ];
  },
  reply: () => ({}),
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

/** What the evaluation found; `configuredAt`: of the settings that it was made with. */
export interface RecordAlarmStatesInput {
  readonly states: readonly (Pick<Alarm, 'accountId' | 'region' | 'name' | 'configuredAt'> & (FoundState | HeldBack))[];
}

interface FoundState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  readonly reasonData: string;
}

/** null: no longer. */
interface HeldBack {
  readonly waitsFor: string | null;
}

const recordAlarmStates: CommandRule<RecordAlarmStatesInput> = {
  actors: ITSELF,
  decide(state, { states }, { at }) {
    const scopes = new Map<string, { readonly scope: Scope; readonly changed: Map<string, AlarmStateValue> }>();
    const events = states.flatMap(({ configuredAt, ...found }): ScalingEvent[] => {
      const alarm = state.alarms.get(alarmKey(found, found.name));
      if (alarm?.configuredAt !== configuredAt) return [];
      if ('waitsFor' in found) {
        const { waitsFor, ...id } = found;
        if ((waitsFor === null) === (alarm.state.waitsFor === undefined)) return [];
        return [event('AlarmHeldBack', { ...id, ...(waitsFor === null ? {} : { waitsFor }) })];
      }
      if (alarm.state.value === found.value) return [];
      const of = scopes.get(scopeKey(found)) ?? { scope: found, changed: new Map<string, AlarmStateValue>() };
      scopes.set(scopeKey(found), of);
      of.changed.set(found.name, found.value);
      return [event('AlarmStateChanged', found)];
    });
    return [...events, ...[...scopes.values()].flatMap(({ scope, changed }) => compositesAfter(state, scope, changed, at))];
  },
  reply: () => ({}),
};

function alarmWithArn(state: ScalingState, caller: Parameters<typeof alarmKey>[0], arn: string): AnyAlarm {
  const prefix = alarmArn(caller, '');
  const alarm = arn.startsWith(prefix) ? anyAlarm(state, caller, arn.slice(prefix.length)) : undefined;
  if (!alarm) throw refusals.resourceNotFound(arn);
  return alarm;
}

const tagResource: CommandRule<{ ResourceARN: string; Tags: readonly { Key: string; Value: string }[] }> = {
  actors: ITSELF,
  decide(state, { ResourceARN, Tags }, context) {
    const { accountId, region, name, tags: now } = alarmWithArn(state, context, ResourceARN);
    const given = tagsOf(Tags);
    checkTags({ ...now, ...given });
    const changed = Object.entries(given).filter(([key, value]) => now[key] !== value);
    return changed.length === 0 ? [] : [event('AlarmTagged', { accountId, region, name, tags: Object.fromEntries(changed) })];
  },
  reply: () => ({}),
};

const untagResource: CommandRule<{ ResourceARN: string; TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { ResourceARN, TagKeys }, context) {
    const { accountId, region, name, tags } = alarmWithArn(state, context, ResourceARN);
    const tagKeys = [...new Set(TagKeys)].filter((key) => Object.hasOwn(tags, key));
    return tagKeys.length === 0 ? [] : [event('AlarmUntagged', { accountId, region, name, tagKeys })];
  },
  reply: () => ({}),
};

const listTagsForResource: QueryRule<{ ResourceARN: string }> = (state, { ResourceARN }, caller) => ({
  Tags: Object.entries(alarmWithArn(state, caller, ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
});

export const alarmCommands: CommandRules = {
  PutMetricAlarm: putMetricAlarm,
  PutCompositeAlarm: putCompositeAlarm,
  DeleteAlarms: deleteAlarms,
  EnableAlarmActions: actionsSet(true),
  DisableAlarmActions: actionsSet(false),
  SetAlarmState: setAlarmState,
  RecordAlarmStates: recordAlarmStates,
  TagResource: tagResource,
  UntagResource: untagResource,
};

export const alarmQueries: QueryRules = {
  DescribeAlarms: describeAlarms,
  DescribeAlarmsForMetric: describeAlarmsForMetric,
  DescribeAlarmHistory: describeAlarmHistory,
  ListTagsForResource: listTagsForResource,
};
