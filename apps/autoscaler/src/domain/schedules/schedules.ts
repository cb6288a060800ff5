import { refusable, sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { checkTarget, type TargetInput } from '../rules/run-task-input.js';
import { expiredReason, failed, MOST_WAITING, runExpiresMs, runsOf, waitingOf } from '../rules/runs.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import type { ScheduleId, ScheduleOfTarget, TargetSchedule } from './model.js';
import { knownGroup } from './known-group.js';
import { momentsOf, scheduleDueMs } from './moments.js';
import { DEFAULT_GROUP, groupOfSchedule, scheduleArn, scheduleKey, scheduleRunId, sourceOf } from './names.js';
import { scheduleRefusals as refusals } from './refusals.js';

const MOST_SCHEDULES = 5_000;
const MOST_RESULTS = 100;

interface OfGroup {
  readonly GroupName?: string;
}

interface PutInput extends OfGroup {
  readonly Name: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly StartDate?: string;
  readonly EndDate?: string;
  readonly Description?: string;
  readonly State?: string;
  readonly ActionAfterCompletion?: 'NONE' | 'DELETE';
  readonly FlexibleTimeWindow: ScheduleOfTarget['flexibleTimeWindow'];
  readonly Target: Omit<TargetInput, 'Id'>;
  readonly KmsKeyArn?: string;
  readonly ClientToken?: string;
}

/** Throws where the group does not exist. */
function idOf(state: ScalingState, { accountId, region }: Scope, name: string, { GroupName: group = DEFAULT_GROUP }: OfGroup) {
  knownGroup(state, { accountId, region, name: group });
  return { accountId, region, group, name };
}

function known(state: ScalingState, scope: Scope, input: OfGroup & { readonly Name: string }): TargetSchedule {
  const schedule = state.schedules.get(scheduleKey(idOf(state, scope, input.Name, input)));
  if (!schedule) throw refusals.noSchedule(input.Name);
  return schedule;
}

function settingsOf(input: PutInput): ScheduleOfTarget {
  const { StartDate: startDate, EndDate: endDate, FlexibleTimeWindow: window } = input;
  if (input.KmsKeyArn !== undefined)
    throw refusals.validation('Longshore keeps schedules under no key of KMS: leave out the KmsKeyArn.');
  if (startDate !== undefined && endDate !== undefined && Date.parse(endDate) <= Date.parse(startDate))
    throw refusals.validation('EndDate must be after StartDate.');
  if ((window.Mode === 'FLEXIBLE') !== (window.MaximumWindowInMinutes !== undefined))
    throw refusals.validation('MaximumWindowInMinutes belongs to the mode FLEXIBLE of a FlexibleTimeWindow.');
  const settings: ScheduleOfTarget = {
    scheduleExpression: input.ScheduleExpression,
    timezone: input.ScheduleExpressionTimezone ?? 'UTC',
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    ...(input.Description ? { description: input.Description } : {}),
    isEnabled: input.State !== 'DISABLED',
    actionAfterCompletion: input.ActionAfterCompletion ?? 'NONE',
    flexibleTimeWindow: window,
  };
  const read = refusable(() => momentsOf({ settings, scheduledAt: '1970-01-01T00:00:00.000Z' }).next(0));
  if ('rejection' in read)
    throw refusals.validation(
      read.rejection.message.startsWith('Invalid time zone')
        ? read.rejection.message
        : `Invalid Schedule Expression ${input.ScheduleExpression}.`,
    );
  return settings;
}

const targetOf = (scope: Scope & { readonly accessKeyId?: string }, { Name, Target }: PutInput) => ({
  given: checkTarget(scope, { ...Target, Id: Name }),
  ...(scope.accessKeyId === undefined ? {} : { accessKeyId: scope.accessKeyId }),
});

const arnReply = (_state: ScalingState, input: PutInput, _events: unknown, { accountId, region }: Scope) => ({
  ScheduleArn: scheduleArn({ accountId, region, group: input.GroupName ?? DEFAULT_GROUP, name: input.Name }),
});

const createSchedule: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const id = idOf(state, context, input.Name, input);
    const before = state.schedules.get(scheduleKey(id));
    const clientToken = input.ClientToken;
    if (before && clientToken !== undefined && before.clientToken === clientToken) return [];
    if (before) throw refusals.exists(input.Name);
    if (state.schedules.countBy('scope', scopeKey(id)) >= MOST_SCHEDULES) throw refusals.limit(MOST_SCHEDULES, 'schedules');
    const said = { settings: settingsOf(input), target: targetOf(context, input) };
    return [event('ScheduleCreated', { ...id, ...said, ...(clientToken === undefined ? {} : { clientToken }) })];
  },
  reply: arnReply,
};

const updateSchedule: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, group, name, settings, target } = known(state, context, input);
    const said = { settings: settingsOf(input), target: targetOf(context, input) };
    if (sameContent(said, { settings, target })) return [];
    return [event('ScheduleUpdated', { accountId, region, group, name, ...said })];
  },
  reply: arnReply,
};

/** What it still had to run is not run. */
export const deletionOf = (state: ScalingState, { accountId, region, group, name }: ScheduleId) => [
  event('ScheduleDeleted', { accountId, region, group, name }),
  ...runsOf(state, { accountId, region }, sourceOf({ group, name })).map((run) => failed(run, 'Its schedule was deleted.')),
];

const deleteSchedule: CommandRule<OfGroup & { readonly Name: string }> = {
  actors: ITSELF,
  decide: (state, input, context) => deletionOf(state, known(state, context, input)),
  reply: () => ({}),
};

const stateOf = ({ isEnabled }: ScheduleOfTarget): string => (isEnabled ? 'ENABLED' : 'DISABLED');

const getSchedule: QueryRule<OfGroup & { readonly Name: string }> = (state, input, caller) => {
  const schedule = known(state, caller, input);
  const { settings, target } = schedule;
  const { Id: _id, ...given } = target.given;
  const RetryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...given.RetryPolicy };
  return {
    Arn: scheduleArn(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    ScheduleExpression: settings.scheduleExpression,
    ScheduleExpressionTimezone: settings.timezone,
    StartDate: settings.startDate,
    EndDate: settings.endDate,
    Description: settings.description,
    State: stateOf(settings),
    CreationDate: schedule.createdAt,
    LastModificationDate: schedule.modifiedAt,
    Target: { ...given, RetryPolicy },
    FlexibleTimeWindow: settings.flexibleTimeWindow,
    ActionAfterCompletion: settings.actionAfterCompletion,
  };
};

const listSchedules: QueryRule<
  OfGroup & {
    readonly NamePrefix?: string;
    readonly State?: string;
    readonly NextToken?: string;
    readonly MaxResults?: number;
  }
> = (state, input, caller) => {
  const { GroupName: group, NamePrefix: prefix = '', State, NextToken: token, MaxResults: limit = MOST_RESULTS } = input;
  const all =
    group === undefined
      ? state.schedules.ordered('scope', scopeKey(caller))
      : state.schedules.ordered('group', groupOfSchedule(idOf(state, caller, '', input)));
  const found = [...all].filter(
    ({ name, settings }) => name.startsWith(prefix) && (State ?? stateOf(settings)) === stateOf(settings),
  );
  const list = JSON.stringify(['schedules', group, prefix, State]);
  const { items, nextToken } = page(found, scheduleKey, { list, limit, token, badToken: refusals.badToken });
  const Schedules = items.map((schedule) => ({
    Arn: scheduleArn(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    State: stateOf(schedule.settings),
    CreationDate: schedule.createdAt,
    LastModificationDate: schedule.modifiedAt,
    Target: { Arn: schedule.target.given.Arn },
  }));
  return { Schedules, NextToken: nextToken };
};

/** By the owner's clock, as rules are. */
const triggerSchedules: CommandRule<{ readonly schedules: readonly ScheduleId[] }> = {
  actors: ITSELF,
  decide: (state, { schedules }, { at }) => schedules.flatMap((id) => triggered(state, id, Date.parse(at))),
  reply: () => ({}),
};

function triggered(state: ScalingState, id: ScheduleId, nowMs: number) {
  const schedule = state.schedules.get(scheduleKey(id));
  const due = schedule && scheduleDueMs(schedule, nowMs);
  if (!schedule || due === undefined) return [];
  const { accountId, region, group, name, target, settings } = schedule;
  const dueAt = new Date(due).toISOString();
  const runId = scheduleRunId(schedule, dueAt);
  const run = { accountId, region, id: runId };
  const isFull = waitingOf(state, schedule, sourceOf(schedule)) >= MOST_WAITING;
  const isLate = nowMs > runExpiresMs({ dueAt, target });
  const isOver = settings.actionAfterCompletion === 'DELETE' && momentsOf(schedule).next(due) === undefined;
  return [
    event('ScheduleTriggered', { accountId, region, group, name, dueAt, runId }),
    ...(isLate ? [failed(run, expiredReason({ dueAt }))] : []),
    ...(isFull && !isLate ? [failed(run, `${MOST_WAITING} earlier runs of the schedule are still waiting to be started.`)] : []),
    ...(isOver ? [event('ScheduleDeleted', { accountId, region, group, name })] : []),
  ];
}

export const targetScheduleCommands: CommandRules = {
  CreateSchedule: createSchedule,
  UpdateSchedule: updateSchedule,
  DeleteSchedule: deleteSchedule,
  TriggerSchedules: triggerSchedules,
};

export const targetScheduleQueries: QueryRules = {
  GetSchedule: getSchedule,
  ListSchedules: listSchedules,
};
