import { formatPosition, type PublicEvents } from '#lib/kernel';
import { alarmArn } from './alarm-arn.js';
import type { ScalingEvents } from './events.js';
import type { AlarmState, AnyAlarm } from './model.js';
import { anyAlarm, type ScalingState } from './state.js';

/** As CloudWatch tells EventBridge. */
const DETAIL_TYPE = 'CloudWatch Alarm State Change';

/** The alarm as it was right after an event, and its state before. */
export interface Occurrence {
  readonly alarm: AnyAlarm;
  readonly before: AlarmState;
}

const stateOf = ({ value, reason, reasonData, updatedAt }: AlarmState) => ({ value, reason, reasonData, timestamp: updatedAt });

/** What of the `scaling` journal is public. */
export const scalingPublicEvents: PublicEvents<ScalingState, Occurrence> = {
  detailTypes: [DETAIL_TYPE],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      const isChange = event.type === 'AlarmStateChanged';
      const data = event.data as ScalingEvents['AlarmStateChanged'];
      const before = isChange ? anyAlarm(state, data, data.name) : undefined;
      base.evolve(state, event, context);
      const alarm = before && anyAlarm(state, data, data.name);
      note(context, alarm ? [{ alarm, before: before.state }] : []);
    },
  }),
  ownerOf: ({ alarm }) => alarm,
  subjectOf: ({ alarm }) => ({ detailType: DETAIL_TYPE, resource: alarmArn(alarm, alarm.name) }),
  render: ({ alarm, before }, { revision, index, at }) => ({
    version: '0',
    id: formatPosition('scaling', { revision, index }),
    'detail-type': DETAIL_TYPE,
    source: 'aws.cloudwatch',
    account: alarm.accountId,
    time: at,
    region: alarm.region,
    resources: [alarmArn(alarm, alarm.name)],
    detail: {
      alarmName: alarm.name,
      state: stateOf(alarm.state),
      previousState: stateOf(before),
      configuration: { description: alarm.settings.alarmDescription },
    },
  }),
};
