import { type Evolvers, required, type Scope, type Table } from '#lib/kernel';
import type { ScalingEvents } from './events.js';
import { groupEvolvers } from './groups/evolve.js';
import { type Alarm, type AlarmState, type AnyAlarm, type HistoryItem, UNCHECKED } from './model.js';
import { alarmKey, dashboardKey, type ScalingState } from './state.js';
import { ruleEvolvers } from './rules/evolve.js';
import { scheduleEvolvers } from './schedules/evolve.js';
import { targetEvolvers } from './targets/evolve.js';

/** CloudWatch keeps two weeks; an alarm that flaps would fill the memory. */
const MOST_HISTORY = 50;

const withHistory = (alarm: Pick<Alarm, 'history'>, item: HistoryItem): readonly HistoryItem[] =>
  [...alarm.history, item].slice(-MOST_HISTORY);

function update(state: ScalingState, name: Scope & Pick<Alarm, 'name'>, change: (alarm: AnyAlarm) => Partial<AnyAlarm>): void {
  const key = alarmKey(name, name.name);
  // Of whichever kind it is: the changes are of what both have.
  const table = (state.compositeAlarms.has(key) ? state.compositeAlarms : state.alarms) as Table<AnyAlarm>;
  const alarm = required(table, key, 'alarm');
  table.put(key, { ...alarm, ...change(alarm) } as AnyAlarm);
}

/** Made, or given other settings. */
function put<A extends AnyAlarm>(
  table: Table<A>,
  { accountId, region, name, settings, tags = {} }: Scope & Pick<A, 'name'> & { settings: A['settings']; tags?: A['tags'] },
  at: string,
): void {
  const key = alarmKey({ accountId, region }, name);
  const known = table.get(key);
  const state: AlarmState = { value: 'INSUFFICIENT_DATA', reason: UNCHECKED, updatedAt: at };
  const base = known ?? { accountId, region, name, tags, state, history: [] };
  const done = known ? 'updated' : 'created';
  const history = withHistory(base, {
    at,
    type: 'ConfigurationUpdate',
    summary: `Alarm "${name}" ${done}`,
    data: JSON.stringify({ version: '1.0', type: known ? 'Update' : 'Create' }),
  });
  table.put(key, { ...base, settings, configuredAt: at, history } as A);
}

const stateForHistory = ({ value, reason, reasonData }: Pick<AlarmState, 'value' | 'reason' | 'reasonData'>) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData === undefined ? {} : { stateReasonData: reasonData }),
});

export const scalingEvolvers: Evolvers<ScalingState, ScalingEvents> = {
  ...targetEvolvers,
  ...groupEvolvers,
  ...ruleEvolvers,
  ...scheduleEvolvers,
  AlarmPut: ({ alarms }, data, { at }) => put(alarms, data, at),
  CompositeAlarmPut: ({ compositeAlarms }, data, { at }) => put(compositeAlarms, data, at),
  AlarmDeleted({ alarms, compositeAlarms }, data) {
    const key = alarmKey(data, data.name);
    if (compositeAlarms.has(key)) compositeAlarms.delete(key);
    else alarms.delete(key);
  },
  AlarmStateChanged: (state, { value, reason, reasonData, ...data }, { at }) =>
    update(state, data, (alarm) => ({
      state: { value, reason, ...(reasonData === undefined ? {} : { reasonData }), updatedAt: at },
      history: withHistory(alarm, {
        at,
        type: 'StateUpdate',
        summary: `Alarm updated from ${alarm.state.value} to ${value}`,
        data: JSON.stringify({
          version: '1.0',
          oldState: stateForHistory(alarm.state),
          newState: stateForHistory({ value, reason, reasonData }),
        }),
      }),
    })),
  AlarmHeldBack: (state, { waitsFor, ...data }) =>
    update(state, data, ({ state: { waitsFor: _before, ...of } }) => ({
      state: { ...of, ...(waitsFor === undefined ? {} : { waitsFor }) },
    })),
  AlarmActionsSet: (state, { enabled, ...data }) =>
    update(state, data, ({ settings }) => ({ settings: { ...settings, actionsEnabled: enabled } }) as Partial<AnyAlarm>),
  AlarmTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  AlarmUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
  DashboardPut: ({ dashboards }, { accountId, name, body }, { at }) =>
    dashboards.put(dashboardKey(accountId, name), { accountId, name, body, modifiedAt: at }),
  DashboardDeleted: ({ dashboards }, { accountId, name }) => dashboards.delete(dashboardKey(accountId, name)),
};

/** Every event that this version writes. */
export const scalingEventTypes = Object.keys(scalingEvolvers);
