import { type EventSubject, formatPosition, type PublicEvent, type PublicEvents } from '#lib/kernel';
import { alarmArn } from './alarm-arn.js';
import type { ScalingEvents } from './events.js';
import type { AlarmState, AnyAlarm } from './model.js';
import { anyAlarm, type ScalingState } from './state.js';
import type { ScalableTarget, ScalingActivity, TargetId } from './targets/model.js';
import { targetKey } from './targets/names.js';

/** As CloudWatch and Application Auto Scaling tell EventBridge; the latter only of targets that reached their maximum, here of every activity. */
const DETAIL_TYPES = {
  alarm: 'CloudWatch Alarm State Change',
  activity: 'Application Auto Scaling Scaling Activity State Change',
} as const;

/** The alarm as it was right after an event, and its state before; or an activity, with the target that it is of. */
export type Occurrence =
  | { readonly of: 'alarm'; readonly alarm: AnyAlarm; readonly before: AlarmState }
  | { readonly of: 'activity'; readonly id: TargetId; readonly activity: ScalingActivity; readonly target?: ScalableTarget };

const ownerOf = (occurrence: Occurrence) => (occurrence.of === 'alarm' ? occurrence.alarm : occurrence.id);

const serviceArn = ({ accountId, region, resourceId }: TargetId): string => `arn:aws:ecs:${region}:${accountId}:${resourceId}`;

const subjectOf = (occurrence: Occurrence): EventSubject => ({
  detailType: DETAIL_TYPES[occurrence.of],
  resource: occurrence.of === 'alarm' ? alarmArn(occurrence.alarm, occurrence.alarm.name) : serviceArn(occurrence.id),
});

function activityOf(state: ScalingState, type: string, data: unknown): readonly Occurrence[] {
  if (type !== 'ScalingActivityStarted' && type !== 'ScalingActivityChanged') return [];
  const { accountId, region, resourceId, ...rest } = data as TargetId & {
    readonly id?: string;
    readonly activity?: { readonly id: string };
  };
  const id = { accountId, region, resourceId };
  const activity = state.activityLogs.get(targetKey(id))?.activities.find((one) => one.id === (rest.activity?.id ?? rest.id));
  const target = state.scalableTargets.get(targetKey(id));
  return activity ? [{ of: 'activity', id, activity, ...(target ? { target } : {}) }] : [];
}

/** What of the `scaling` journal is public. */
export const scalingPublicEvents: PublicEvents<ScalingState, Occurrence> = {
  detailTypes: Object.values(DETAIL_TYPES),
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      const isChange = event.type === 'AlarmStateChanged';
      const data = event.data as ScalingEvents['AlarmStateChanged'];
      const before = isChange ? anyAlarm(state, data, data.name) : undefined;
      base.evolve(state, event, context);
      const alarm = before && anyAlarm(state, data, data.name);
      note(context, alarm ? [{ of: 'alarm', alarm, before: before.state }] : activityOf(state, event.type, event.data));
    },
  }),
  ownerOf,
  subjectOf,
  render: (occurrence, { revision, index, at }): PublicEvent => {
    const { accountId, region } = ownerOf(occurrence);
    return {
      version: '0',
      id: formatPosition('scaling', { revision, index }),
      'detail-type': DETAIL_TYPES[occurrence.of],
      source: occurrence.of === 'alarm' ? 'aws.cloudwatch' : 'aws.application-autoscaling',
      account: accountId,
      time: at,
      region,
      resources: [subjectOf(occurrence).resource],
      detail: occurrence.of === 'alarm' ? alarmDetail(occurrence) : activityDetail(occurrence),
    };
  },
};

const stateOf = ({ value, reason, reasonData, updatedAt }: AlarmState) => ({ value, reason, reasonData, timestamp: updatedAt });

const alarmDetail = ({ alarm, before }: Occurrence & { readonly of: 'alarm' }) => ({
  alarmName: alarm.name,
  state: stateOf(alarm.state),
  previousState: stateOf(before),
  configuration: { description: alarm.settings.alarmDescription },
});

/** The members that EventBridge's has, and what DescribeScalingActivities says beside. */
const activityDetail = ({ id, activity, target }: Occurrence & { readonly of: 'activity' }) => ({
  activityId: activity.id,
  serviceNamespace: 'ecs',
  resourceId: id.resourceId,
  scalableDimension: 'ecs:service:DesiredCount',
  startTime: activity.startedAt,
  ...(activity.endedAt === undefined ? {} : { endTime: activity.endedAt }),
  statusCode: activity.status,
  ...(activity.statusMessage === undefined ? {} : { statusMessage: activity.statusMessage }),
  description: activity.description,
  cause: activity.cause,
  ...(activity.details === undefined ? {} : { details: activity.details }),
  ...(activity.notScaled ? { notScaledReasons: activity.notScaled } : {}),
  ...(target ? { minCapacity: target.minCapacity, maxCapacity: target.maxCapacity } : {}),
  ...(activity.scaling
    ? {
        oldDesiredCapacity: activity.scaling.from,
        newDesiredCapacity: activity.scaling.to,
        direction: activity.scaling.to > activity.scaling.from ? 'scale-out' : 'scale-in',
        ...(target ? { scaledToMax: activity.scaling.to >= target.maxCapacity } : {}),
      }
    : {}),
});
