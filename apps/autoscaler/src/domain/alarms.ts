import { sameContent, scopeKey } from '#lib/kernel';
import { type Dimension, metricKey } from '../metrics/domain/metric.js';
import { alarmSettingsOf, type PutMetricAlarmInput } from './alarm-settings.js';
import { alarmArn, describeAlarm } from './describe-alarm.js';
import { event, type ScalingEvent } from './events.js';
import type { Alarm, AlarmStateValue } from './model.js';
import { page } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { alarmKey, type ScalingState } from './state.js';
import { checkTags, tagsOf } from './tags.js';

/** As AWS bounds a region of an account. */
const MOST_ALARMS = 5_000;

const putMetricAlarm: CommandRule<PutMetricAlarmInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const name = input.AlarmName;
    const settings = alarmSettingsOf(input);
    const known = state.alarms.get(alarmKey(context, name));
    if (known) return sameContent(known.settings, settings) ? [] : [event('AlarmPut', { accountId, region, name, settings })];
    const tags = tagsOf(input.Tags ?? []);
    checkTags(tags);
    if (state.alarms.countBy('scope', scopeKey(context)) >= MOST_ALARMS)
      throw refusals.limit(`The maximum number of alarms, ${MOST_ALARMS}, has been reached.`);
    return [event('AlarmPut', { accountId, region, name, settings, tags })];
  },
  reply: () => ({}),
};

type Names = { readonly AlarmNames: readonly string[] };

const known = (state: ScalingState, scope: Parameters<typeof alarmKey>[0], names: readonly string[]): readonly Alarm[] =>
  [...new Set(names)].flatMap((name) => state.alarms.get(alarmKey(scope, name)) ?? []);

/** One that is not there fails them all, as on CloudWatch. */
const deleteAlarms: CommandRule<Names> = {
  actors: ITSELF,
  decide(state, { AlarmNames }, { accountId, region }) {
    const found = known(state, { accountId, region }, AlarmNames);
    if (found.length < new Set(AlarmNames).size && found.length > 0) throw refusals.alarmNotFound();
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
    if (!state.alarms.has(alarmKey(context, name))) throw refusals.alarmNotFound();
    return [event('AlarmStateChanged', { accountId, region, name, value, reason, reasonData })];
  },
  reply: () => ({}),
};

/** What the evaluation found; `configuredAt`: of the settings that it was made with. */
export interface RecordAlarmStatesInput {
  readonly states: readonly (Pick<Alarm, 'accountId' | 'region' | 'name' | 'configuredAt'> & {
    readonly value: AlarmStateValue;
    readonly reason: string;
    readonly reasonData: string;
  })[];
}

const recordAlarmStates: CommandRule<RecordAlarmStatesInput> = {
  actors: ITSELF,
  decide: (state, { states }) =>
    states.flatMap(({ configuredAt, ...found }): ScalingEvent[] => {
      const alarm = state.alarms.get(alarmKey(found, found.name));
      const isStale = alarm?.configuredAt !== configuredAt || alarm.state.value === found.value;
      return isStale ? [] : [event('AlarmStateChanged', found)];
    }),
  reply: () => ({}),
};

interface DescribeAlarmsInput {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly AlarmTypes?: readonly string[];
  readonly StateValue?: AlarmStateValue;
  readonly ActionPrefix?: string;
  readonly ChildrenOfAlarmName?: string;
  readonly ParentsOfAlarmName?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

const describeAlarms: QueryRule<DescribeAlarmsInput> = (state, input, caller) => {
  const {
    AlarmNames,
    AlarmNamePrefix = '',
    AlarmTypes,
    StateValue,
    ActionPrefix,
    MaxRecords: limit = 50,
    NextToken: token,
  } = input;
  if (AlarmNames && input.AlarmNamePrefix !== undefined)
    throw refusals.invalidCombination('AlarmNames and AlarmNamePrefix cannot be given together.');
  // There are no composite alarms, whose children and parents would be asked for.
  const isOther = input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined;
  if (isOther || (AlarmTypes && !AlarmTypes.includes('MetricAlarm'))) return { MetricAlarms: [], CompositeAlarms: [] };
  const wanted = AlarmNames && new Set(AlarmNames);
  const matching = function* () {
    for (const alarm of state.alarms.ordered('scope', scopeKey(caller))) {
      const { settings } = alarm;
      const actions = [...settings.okActions, ...settings.alarmActions, ...settings.insufficientDataActions];
      if (wanted && !wanted.has(alarm.name)) continue;
      if (!alarm.name.startsWith(AlarmNamePrefix) || (StateValue && alarm.state.value !== StateValue)) continue;
      if (ActionPrefix !== undefined && !actions.some((action) => action.startsWith(ActionPrefix))) continue;
      yield alarm;
    }
  };
  const list = JSON.stringify([AlarmNames, AlarmNamePrefix, StateValue, ActionPrefix]);
  const { items, nextToken } = page(matching(), ({ name }) => name, { list, limit, token });
  return { MetricAlarms: items.map(describeAlarm), CompositeAlarms: [], NextToken: nextToken };
};

interface ForMetricInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Unit?: string;
}

const describeAlarmsForMetric: QueryRule<ForMetricInput> = (state, input, caller) => {
  const metric = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
  const wanted = metricKey(caller, metric);
  const found = [...state.alarms.ordered('scope', scopeKey(caller))].filter(
    ({ settings }) =>
      metricKey(caller, { ...settings, name: settings.metricName }) === wanted &&
      (input.ExtendedStatistic === undefined || input.ExtendedStatistic === settings.extendedStatistic) &&
      (input.Statistic === undefined || input.Statistic === settings.statistic) &&
      (input.Period === undefined || input.Period === settings.periodSeconds) &&
      (input.Unit === undefined || input.Unit === settings.unit),
  );
  return { MetricAlarms: found.map(describeAlarm) };
};

interface HistoryInput {
  readonly AlarmName?: string;
  readonly HistoryItemType?: string;
  readonly StartDate?: string;
  readonly EndDate?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
}

const describeAlarmHistory: QueryRule<HistoryInput> = (state, input, caller) => {
  const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = 100, NextToken, ScanBy } = input;
  const items = [...state.alarms.ordered('scope', scopeKey(caller))]
    .filter(({ name }) => AlarmName === undefined || name === AlarmName)
    .flatMap(({ name, history }) => history.map((item) => ({ name, item })))
    .filter(
      ({ item }) =>
        (HistoryItemType === undefined || item.type === HistoryItemType) &&
        (StartDate === undefined || Date.parse(item.at) >= Date.parse(StartDate)) &&
        (EndDate === undefined || Date.parse(item.at) < Date.parse(EndDate)),
    )
    .sort((a, b) => Date.parse(a.item.at) - Date.parse(b.item.at));
  if (ScanBy !== 'TimestampAscending') items.reverse();
  const from = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isInteger(from) || from < 0) throw refusals.badToken();
  const end = from + MaxRecords;
  return {
    AlarmHistoryItems: items.slice(from, end).map(({ name, item }) => ({
      AlarmName: name,
      AlarmType: 'MetricAlarm',
      Timestamp: item.at,
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    NextToken: end < items.length ? String(end) : undefined,
  };
};

function alarmWithArn(state: ScalingState, caller: Parameters<typeof alarmKey>[0], arn: string): Alarm {
  const prefix = alarmArn(caller, '');
  const alarm = arn.startsWith(prefix) ? state.alarms.get(alarmKey(caller, arn.slice(prefix.length))) : undefined;
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
