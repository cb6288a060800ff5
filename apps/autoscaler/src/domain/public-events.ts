import { type EventSubject, formatPosition, type PublicEvent, type PublicEvents } from '#lib/kernel';
import { alarmArn } from './alarm-arn.js';
import type { ScalingEvents } from './events.js';
import type { AlarmState, AnyAlarm } from './model.js';
import type { Rule, ScheduledRun } from './rules/model.js';
import type { RuleEvents } from './rules/events.js';
import { ruleArn, ruleKey } from './rules/names.js';
import { DEFAULT_GROUP, scheduleArn } from './schedules/names.js';
import { anyAlarm, type ScalingState } from './state.js';
import type { ScalableTarget, ScalingActivity, TargetId } from './targets/model.js';
import { targetKey } from './targets/names.js';

/**
 * As CloudWatch, Application Auto Scaling and rules tell EventBridge; the second only of targets that reached their maximum, here of every activity.
 * What became of a rule's moment is told by nobody on AWS: metrics count it there.
 */
const DETAIL_TYPES = {
  alarm: 'CloudWatch Alarm State Change',
  activity: 'Application Auto Scaling Scaling Activity State Change',
  rule: 'Scheduled Event',
  run: 'EventBridge Rule Invocation State Change',
  scheduleRun: 'EventBridge Scheduler Invocation State Change',
} as const;

const SOURCES = {
  alarm: 'aws.cloudwatch',
  activity: 'aws.application-autoscaling',
  rule: 'aws.events',
  run: 'aws.events',
  scheduleRun: 'aws.scheduler',
} as const;

/** The alarm as it was right after an event, and its state before; an activity, with the target that it is of; a rule that was triggered; or a run as it was before. */
export type Occurrence =
  | { readonly of: 'alarm'; readonly alarm: AnyAlarm; readonly before: AlarmState }
  | { readonly of: 'activity'; readonly id: TargetId; readonly activity: ScalingActivity; readonly target?: ScalableTarget }
  | { readonly of: 'rule'; readonly rule: Rule }
  | { readonly of: 'run' | 'scheduleRun'; readonly run: ScheduledRun; readonly happened: RunHappened };

type RunEvent = 'ScheduledRunStarted' | 'ScheduledRunDelayed' | 'ScheduledRunFailed';
type RunHappened = { readonly [T in RunEvent]: { readonly type: T; readonly data: RuleEvents[T] } }[RunEvent];
const RUN_STATUS: Readonly<Record<RunHappened['type'], string>> = {
  ScheduledRunStarted: 'Started',
  ScheduledRunDelayed: 'Retrying',
  ScheduledRunFailed: 'Failed',
};

function ownerOf(occurrence: Occurrence) {
  if (occurrence.of === 'alarm') return occurrence.alarm;
  if (occurrence.of === 'activity') return occurrence.id;
  return occurrence.of === 'rule' ? occurrence.rule : occurrence.run;
}

const serviceArn = ({ accountId, region, resourceId }: TargetId): string => `arn:aws:ecs:${region}:${accountId}:${resourceId}`;

const subjectOf = (occurrence: Occurrence): EventSubject => ({
  detailType: DETAIL_TYPES[occurrence.of],
  resource: resourceOf(occurrence),
});

function resourceOf(occurrence: Occurrence): string {
  if (occurrence.of === 'alarm') return alarmArn(occurrence.alarm, occurrence.alarm.name);
  if (occurrence.of === 'activity') return serviceArn(occurrence.id);
  if (occurrence.of === 'rule') return ruleArn(occurrence.rule);
  const { accountId, region, source } = occurrence.run;
  const { kind, name, group = DEFAULT_GROUP } = source;
  return kind === 'rule' ? ruleArn({ accountId, region, name }) : scheduleArn({ accountId, region, group, name });
}

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

/** A run that is over is in the state before its event only. */
function runOf(state: ScalingState, type: string, data: unknown): readonly Occurrence[] {
  if (!Object.hasOwn(RUN_STATUS, type)) return [];
  const happened = { type, data } as RunHappened;
  const run = state.scheduledRuns.get(happened.data.id);
  return run ? [{ of: run.source.kind === 'rule' ? 'run' : 'scheduleRun', run, happened }] : [];
}

function ruleOf(state: ScalingState, type: string, data: unknown): readonly Occurrence[] {
  const rule = type === 'RuleTriggered' ? state.rules.get(ruleKey(data as RuleEvents['RuleTriggered'])) : undefined;
  return rule ? [{ of: 'rule', rule }] : [];
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
      const run = runOf(state, event.type, event.data);
      base.evolve(state, event, context);
      const alarm = before && anyAlarm(state, data, data.name);
      const others = [...activityOf(state, event.type, event.data), ...ruleOf(state, event.type, event.data), ...run];
      note(context, alarm ? [{ of: 'alarm', alarm, before: before.state }] : others);
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
      source: SOURCES[occurrence.of],
      account: accountId,
      time: at,
      region,
      resources: [subjectOf(occurrence).resource],
      detail: detailOf(occurrence),
    };
  },
};

function detailOf(occurrence: Occurrence): PublicEvent['detail'] {
  if (occurrence.of === 'alarm') return alarmDetail(occurrence);
  if (occurrence.of === 'activity') return activityDetail(occurrence);
  return occurrence.of === 'rule' ? {} : runDetail(occurrence);
}

const runDetail = ({ run, happened: { type, data } }: Occurrence & { readonly of: 'run' | 'scheduleRun' }) => ({
  [`${run.source.kind}Name`]: run.source.name,
  targetId: run.target.given.Id,
  targetArn: run.target.given.Arn,
  taskDefinitionArn: run.target.given.EcsParameters.TaskDefinitionArn,
  dueAt: run.dueAt,
  status: RUN_STATUS[type],
  attempts: run.attempts + 1,
  ...('reason' in data ? { reason: data.reason } : {}),
  ...('taskArns' in data ? { taskArns: data.taskArns } : {}),
  ...('retryAt' in data ? { retryAt: data.retryAt } : {}),
});

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
