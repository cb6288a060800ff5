import { refusable, sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { checkTarget, type TargetInput } from '../rules/run-task-input.js';
import { expiredReason, failed, MOST_WAITING, runExpiresMs, runsOf, waitingOf } from '../rules/runs.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import type { ScheduleId, ScheduleOfTarget, TargetSchedule } from './model.js';
import { momentsOf, scheduleDueMs } from './moments.js';
import { GROUP, groupArn, scheduleArn, scheduleKey, scheduleRunId } from './names.js';
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

function checkGroup({ GroupName = GROUP }: OfGroup): void {
  if (GroupName !== GROUP) throw refusals.noGroup(GroupName);
}

function known(state: ScalingState, { accountId, region }: Scope, name: string): TargetSchedule {
  const schedule = state.schedules.get(scheduleKey({ accountId, region, name }));
  if (!schedule) throw refusals.noSchedule(name);
  return schedule;
}

function settingsOf(input: PutInput): ScheduleOfTarget {
  const { StartDate: startDate, EndDate: endDate, FlexibleTimeWindow: window } = input;
  if (input.KmsKeyArn !== undefined) throw refusals.validation('Longshore has no KMS: leave out the KmsKeyArn.');
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

const arnReply = (_state: ScalingState, { Name: name }: PutInput, _events: unknown, { accountId, region }: Scope) => ({
  ScheduleArn: scheduleArn({ accountId, region, name }),
});

const createSchedule: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    checkGroup(input);
    const { accountId, region } = context;
    const id = { accountId, region, name: input.Name };
    const before = state.schedules.get(scheduleKey(id));
    const clientToken = input.ClientToken;
    if (before && clientToken !== undefined && before.clientToken === clientToken) return [];
    if (before) throw refusals.exists(input.Name);
    if (state.schedules.countBy('scope', scopeKey(id)) >= MOST_SCHEDULES) throw refusals.limit(MOST_SCHEDULES);
    const said = { settings: settingsOf(input), target: targetOf(context, input) };
    return [event('ScheduleCreated', { ...id, ...said, ...(clientToken === undefined ? {} : { clientToken }) })];
  },
  reply: arnReply,
};

const updateSchedule: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    checkGroup(input);
    const { accountId, region, name, settings, target } = known(state, context, input.Name);
    const said = { settings: settingsOf(input), target: targetOf(context, input) };
    if (sameContent(said, { settings, target })) return [];
    return [event('ScheduleUpdated', { accountId, region, name, ...said })];
  },
  reply: arnReply,
};

/** What it still had to run is not run. */
const deleteSchedule: CommandRule<OfGroup & { readonly Name: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    checkGroup(input);
    const { accountId, region, name } = known(state, context, input.Name);
    const waiting = runsOf(state, { accountId, region }, { kind: 'schedule', name });
    return [
      event('ScheduleDeleted', { accountId, region, name }),
      ...waiting.map((run) => failed(run, 'Its schedule was deleted.')),
    ];
  },
  reply: () => ({}),
};

const stateOf = ({ isEnabled }: ScheduleOfTarget): string => (isEnabled ? 'ENABLED' : 'DISABLED');

const getSchedule: QueryRule<OfGroup & { readonly Name: string }> = (state, input, caller) => {
  checkGroup(input);
  const schedule = known(state, caller, input.Name);
  const { settings, target } = schedule;
  const { Id: _id, ...given } = target.given;
  const RetryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...given.RetryPolicy };
  return {
    Arn: scheduleArn(schedule),
    GroupName: GROUP,
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
  checkGroup(input);
  const { NamePrefix: prefix = '', State, NextToken: token, MaxResults: limit = MOST_RESULTS } = input;
  const found = [...state.schedules.ordered('scope', scopeKey(caller))].filter(
    ({ name, settings }) => name.startsWith(prefix) && (State ?? stateOf(settings)) === stateOf(settings),
  );
  const list = JSON.stringify(['schedules', prefix, State]);
  const { items, nextToken } = page(found, scheduleKey, { list, limit, token, badToken: refusals.badToken });
  const Schedules = items.map((schedule) => ({
    Arn: scheduleArn(schedule),
    GroupName: GROUP,
    Name: schedule.name,
    State: stateOf(schedule.settings),
    CreationDate: schedule.createdAt,
    LastModificationDate: schedule.modifiedAt,
    Target: { Arn: schedule.target.given.Arn },
  }));
  return { Schedules, NextToken: nextToken };
};

const group = (scope: Scope) => ({ Arn: groupArn(scope), Name: GROUP, State: 'ACTIVE' });

const getScheduleGroup: QueryRule<{ readonly Name: string }> = (_state, { Name }, caller) => {
  checkGroup({ GroupName: Name });
  return group(caller);
};

const listScheduleGroups: QueryRule<{ readonly NamePrefix?: string }> = (_state, { NamePrefix = '' }, caller) => ({
  ScheduleGroups: GROUP.startsWith(NamePrefix) ? [group(caller)] : [],
});

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
  const { accountId, region, name, target, settings } = schedule;
  const dueAt = new Date(due).toISOString();
  const runId = scheduleRunId(schedule, dueAt);
  const run = { accountId, region, id: runId };
  const isFull = waitingOf(state, schedule, { kind: 'schedule', name }) >= MOST_WAITING;
  const isLate = nowMs > runExpiresMs({ dueAt, target });
  const isOver = settings.actionAfterCompletion === 'DELETE' && momentsOf(schedule).next(due) === undefined;
  return [
    event('ScheduleTriggered', { accountId, region, name, dueAt, runId }),
    ...(isLate ? [failed(run, expiredReason({ dueAt }))] : []),
    ...(isFull && !isLate ? [failed(run, `${MOST_WAITING} earlier runs of the schedule are still waiting to be started.`)] : []),
    ...(isOver ? [event('ScheduleDeleted', { accountId, region, name })] : []),
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
  GetScheduleGroup: getScheduleGroup,
  ListScheduleGroups: listScheduleGroups,
};
