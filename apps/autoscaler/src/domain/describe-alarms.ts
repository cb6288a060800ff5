import { scopeKey } from '#lib/kernel';
import { type Dimension, metricKey } from '../metrics/domain/metric.js';
import { childrenOf, parentsOf } from './composites/evaluate-composites.js';
import { describeAnyAlarm, describeComposite } from './composites/describe-composite.js';
import { describeAlarm } from './describe-alarm.js';
import type { AlarmStateValue, AnyAlarm } from './model.js';
import { page } from './pages.js';
import { refusals } from './refusals.js';
import type { QueryRule } from './rule-types.js';
import { alarmKey, anyAlarm, type ScalingState } from './state.js';

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

const METRIC = 'MetricAlarm';
const COMPOSITE = 'CompositeAlarm';

const isComposite = (state: ScalingState, alarm: AnyAlarm): boolean => state.compositeAlarms.has(alarmKey(alarm, alarm.name));

/** "If you omit this parameter, only metric alarms are returned." */
export const describeAlarms: QueryRule<DescribeAlarmsInput> = (state, input, caller) => {
  if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) return relatives(state, input, caller);
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes = [METRIC], StateValue, ActionPrefix } = input;
  const { MaxRecords: limit = 50, NextToken: token } = input;
  if (AlarmNames && input.AlarmNamePrefix !== undefined)
    throw refusals.invalidCombination('AlarmNames and AlarmNamePrefix cannot be given together.');
  const wanted = AlarmNames && new Set(AlarmNames);
  const isWanted = ({ name, settings, state: { value } }: AnyAlarm) =>
    (!wanted || wanted.has(name)) &&
    name.startsWith(AlarmNamePrefix) &&
    (StateValue === undefined || value === StateValue) &&
    (ActionPrefix === undefined ||
      [...settings.okActions, ...settings.alarmActions, ...settings.insufficientDataActions].some((action) =>
        action.startsWith(ActionPrefix),
      ));
  const all: AnyAlarm[] = [
    ...(AlarmTypes.includes(METRIC) ? state.alarms.ordered('scope', scopeKey(caller)) : []),
    ...(AlarmTypes.includes(COMPOSITE) ? state.compositeAlarms.ordered('scope', scopeKey(caller)) : []),
  ];
  const list = JSON.stringify([AlarmNames, AlarmNamePrefix, StateValue, ActionPrefix, [...AlarmTypes].sort()]);
  const { items, nextToken } = page(all.filter(isWanted).sort(byName), ({ name }) => name, { list, limit, token });
  return {
    MetricAlarms: items.flatMap(({ name }) => state.alarms.get(alarmKey(caller, name)) ?? []).map(describeAlarm),
    CompositeAlarms: items
      .flatMap(({ name }) => state.compositeAlarms.get(alarmKey(caller, name)) ?? [])
      .map((composite) => describeComposite(state, composite, caller.at)),
    NextToken: nextToken,
  };
};

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

/** Of children name, ARN and state are told, of parents name and ARN (API Reference, DescribeAlarms). */
const relatives: QueryRule<DescribeAlarmsInput> = (state, input, caller) => {
  const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child, MaxRecords: limit = 50, NextToken: token, ...others } = input;
  if (Object.values(others).some((other) => other !== undefined) || (parent !== undefined && child !== undefined))
    throw refusals.validation('ChildrenOfAlarmName and ParentsOfAlarmName can be given with MaxRecords and NextToken only.');
  const composite = parent === undefined ? undefined : state.compositeAlarms.get(alarmKey(caller, parent));
  if (parent === undefined ? !anyAlarm(state, caller, child!) : !composite)
    throw refusals.validation(
      `The alarm ${parent ?? child} does not exist${parent === undefined ? '' : ' or is no composite alarm'}.`,
    );
  const found: AnyAlarm[] = composite
    ? childrenOf(composite).flatMap((name) => anyAlarm(state, caller, name) ?? [])
    : [...parentsOf(state, caller, child!)];
  const { items, nextToken } = page(found.sort(byName), ({ name }) => name, {
    list: JSON.stringify([parent, child]),
    limit,
    token,
  });
  const told = (alarm: AnyAlarm) => {
    const { AlarmName, AlarmArn, StateValue, StateUpdatedTimestamp } = describeAnyAlarm(alarm);
    return { AlarmName, AlarmArn, ...(composite ? { StateValue, StateUpdatedTimestamp } : {}) };
  };
  return {
    MetricAlarms: items.filter((alarm) => !isComposite(state, alarm)).map(told),
    CompositeAlarms: items.filter((alarm) => isComposite(state, alarm)).map(told),
    NextToken: nextToken,
  };
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

export const describeAlarmsForMetric: QueryRule<ForMetricInput> = (state, input, caller) => {
  const metric = { namespace: input.Namespace, name: input.MetricName, dimensions: input.Dimensions ?? [] };
  const wanted = metricKey(caller, metric);
  const found = [...state.alarms.ordered('scope', scopeKey(caller))].filter(
    ({ settings }) =>
      settings.namespace !== undefined &&
      settings.metricName !== undefined &&
      metricKey(caller, { namespace: settings.namespace, name: settings.metricName, dimensions: settings.dimensions }) ===
        wanted &&
      (input.ExtendedStatistic === undefined || input.ExtendedStatistic === settings.extendedStatistic) &&
      (input.Statistic === undefined || input.Statistic === settings.statistic) &&
      (input.Period === undefined || input.Period === settings.periodSeconds) &&
      (input.Unit === undefined || input.Unit === settings.unit),
  );
  return { MetricAlarms: found.map(describeAlarm) };
};

interface HistoryInput {
  readonly AlarmName?: string;
  readonly AlarmTypes?: readonly string[];
  readonly HistoryItemType?: string;
  readonly StartDate?: string;
  readonly EndDate?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
  readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
}

export const describeAlarmHistory: QueryRule<HistoryInput> = (state, input, caller) => {
  const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = 100, NextToken, ScanBy } = input;
  const isNamed = AlarmName !== undefined && state.compositeAlarms.has(alarmKey(caller, AlarmName));
  const { AlarmTypes = isNamed ? [METRIC, COMPOSITE] : [METRIC] } = input;
  const alarms: AnyAlarm[] = [
    ...(AlarmTypes.includes(METRIC) ? state.alarms.ordered('scope', scopeKey(caller)) : []),
    ...(AlarmTypes.includes(COMPOSITE) ? state.compositeAlarms.ordered('scope', scopeKey(caller)) : []),
  ];
  const items = alarms
    .filter(({ name }) => AlarmName === undefined || name === AlarmName)
    .flatMap((alarm) => {
      const type = isComposite(state, alarm) ? COMPOSITE : METRIC;
      return alarm.history.map((item) => ({ name: alarm.name, type, item }));
    })
    .filter(
      ({ item }) =>
        (HistoryItemType === undefined || item.type === HistoryItemType) &&
        (StartDate === undefined || Date.parse(item.at) >= Date.parse(StartDate)) &&
        (EndDate === undefined || Date.parse(item.at) < Date.parse(EndDate)),
    )
    .sort((a, b) => Date.parse(a.item.at) - Date.parse(b.item.at));
  if (ScanBy !== 'TimestampAscending') items.reverse();
  const numbered = items.map((item, i) => ({ ...item, number: String(i).padStart(9, '0') }));
  const list = JSON.stringify(['history', AlarmName, AlarmTypes, HistoryItemType, StartDate, EndDate, ScanBy]);
  const shown = page(numbered, ({ number }) => number, { list, limit: MaxRecords, token: NextToken });
  return {
    AlarmHistoryItems: shown.items.map(({ name, type, item }) => ({
      AlarmName: name,
      AlarmType: type,
      Timestamp: item.at,
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    NextToken: shown.nextToken,
  };
};
