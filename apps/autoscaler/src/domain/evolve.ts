import { type Evolvers, required, type Scope } from '#lib/kernel';
import type { ScalingEvents } from './events.js';
import { groupEvolvers } from './groups/evolve.js';
import type { Alarm, AlarmState, HistoryItem } from './model.js';
import { alarmKey, type ScalingState } from './state.js';
import { targetEvolvers } from './targets/evolve.js';

/** CloudWatch keeps two weeks; an alarm that flaps would fill the memory. */
const MOST_HISTORY = 50;

const withHistory = (alarm: Pick<Alarm, 'history'>, item: HistoryItem): readonly HistoryItem[] =>
  [...alarm.history, item].slice(-MOST_HISTORY);

function update({ alarms }: ScalingState, name: Scope & Pick<Alarm, 'name'>, change: (alarm: Alarm) => Partial<Alarm>): void {
  const key = alarmKey(name, name.name);
  const alarm = required(alarms, key, 'alarm');
  alarms.put(key, { ...alarm, ...change(alarm) });
}

const stateForHistory = ({ value, reason, reasonData }: Omit<AlarmState, 'updatedAt'>) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData === undefined ? {} : { stateReasonData: reasonData }),
});

export const scalingEvolvers: Evolvers<ScalingState, ScalingEvents> = {
  ...targetEvolvers,
  ...groupEvolvers,
  AlarmPut({ alarms }, { accountId, region, name, settings, tags = {} }, { at }) {
    const key = alarmKey({ accountId, region }, name);
    const known = alarms.get(key);
    const state: AlarmState = {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      updatedAt: at,
    };
    const base = known ?? { accountId, region, name, tags, state, history: [] };
    const done = known ? 'updated' : 'created';
    const history = withHistory(base, {
      at,
      type: 'ConfigurationUpdate',
      summary: `Alarm "${name}" ${done}`,
      data: JSON.stringify({ version: '1.0', type: known ? 'Update' : 'Create' }),
    });
    alarms.put(key, { ...base, settings, configuredAt: at, history });
  },
  AlarmDeleted: ({ alarms }, data) => alarms.delete(alarmKey(data, data.name)),
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
  AlarmActionsSet: (state, { enabled, ...data }) =>
    update(state, data, ({ settings }) => ({ settings: { ...settings, actionsEnabled: enabled } })),
  AlarmTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  AlarmUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
};

/** Every event that this version writes. */
export const scalingEventTypes = Object.keys(scalingEvolvers);
