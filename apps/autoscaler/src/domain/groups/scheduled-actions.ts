import { refusable, sameContent, scopeKey } from '#lib/kernel';
import { event, type ScalingEvent } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { uuid } from '../targets/names.js';
import { lastDue, recurrenceOf, type Schedule } from '../targets/schedule.js';
import { knownGroup, limitOf, type PageInput } from './groups.js';
import { groupIdOf } from './instances.js';
import type { AutoScalingGroup, GroupId, GroupScheduledAction, GroupScheduleSettings } from './model.js';
import { groupKey, groupScheduledActionArn, groupScheduledActionKey } from './names.js';
import { isSuspended } from './processes.js';
import { groupRefusals as refusals } from './refusals.js';
import { changedSettings } from './settings.js';

/** AWS's quota of one group. */
const MOST_ACTIONS = 125;

interface ActionInput {
  readonly ScheduledActionName: string;
  readonly StartTime?: string;
  /** What StartTime was called before. */
  readonly Time?: string;
  readonly EndTime?: string;
  readonly Recurrence?: string;
  readonly TimeZone?: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
}

interface Named {
  readonly AutoScalingGroupName: string;
}

const SIZES = ['MinSize', 'MaxSize', 'DesiredCapacity'] as const;

/** All that is asked for counts anew: what is left out is not there any more. */
function settingsOf(input: ActionInput, nowMs: number): GroupScheduleSettings {
  const { StartTime: startTime = input.Time, EndTime: endTime, Recurrence: recurrence, TimeZone: timezone } = input;
  const { MinSize, MaxSize, DesiredCapacity } = input;
  if (SIZES.every((size) => input[size] === undefined))
    throw refusals.validation('At least one of MinSize, MaxSize and DesiredCapacity must be given.');
  for (const size of SIZES) if ((input[size] ?? 0) < 0) throw refusals.validation(`${size} must be 0 or more.`);
  if ((MinSize ?? 0) > (MaxSize ?? Infinity))
    throw refusals.validation(`Max bound, ${MaxSize}, must be greater than or equal to min bound, ${MinSize}`);
  if ((DesiredCapacity ?? Infinity) < (MinSize ?? 0) || (DesiredCapacity ?? 0) > (MaxSize ?? Infinity))
    throw refusals.validation('DesiredCapacity must be between MinSize and MaxSize.');
  if (startTime === undefined && recurrence === undefined)
    throw refusals.validation('Either StartTime or Recurrence must be given.');
  if (startTime !== undefined && Date.parse(startTime) < nowMs) throw refusals.validation('Given start time is in the past');
  if (endTime !== undefined && Date.parse(endTime) <= (startTime === undefined ? nowMs : Date.parse(startTime)))
    throw refusals.validation('EndTime must be after StartTime, and not be over.');
  if (recurrence !== undefined) recurrenceOf(recurrence, timezone, refusals.validation);
  const given = { startTime, endTime, recurrence, timezone, MinSize, MaxSize, DesiredCapacity };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function putOne(
  state: ScalingState,
  group: AutoScalingGroup,
  input: ActionInput,
  { at, id }: { readonly at: string; readonly id: (salt: string) => string },
): readonly ScalingEvent[] {
  const { ScheduledActionName: action } = input;
  const known = state.groupScheduledActions.get(groupScheduledActionKey(group, action));
  const settings = settingsOf(input, Date.parse(at));
  if (known && sameContent(known.settings, settings)) return [];
  if (!known && state.groupScheduledActions.countBy('group', groupKey(group)) >= MOST_ACTIONS)
    throw refusals.limit(`An Auto Scaling group can have at most ${MOST_ACTIONS} scheduled actions.`);
  const actionId = known?.id ?? uuid(id(`group-scheduled-action ${action}`));
  return [event('AutoScalingGroupScheduledActionPut', { ...groupIdOf(group), action, id: actionId, settings })];
}

const put: CommandRule<Named & ActionInput> = {
  actors: ITSELF,
  decide: (state, input, context) => putOne(state, knownGroup(state, context, input.AutoScalingGroupName), input, context),
  reply: () => ({}),
};

const failed = (ScheduledActionName: string, { code, message }: { readonly code: string; readonly message: string }) => ({
  ScheduledActionName,
  ErrorCode: code,
  ErrorMessage: message,
});

type BatchPutInput = Named & { readonly ScheduledUpdateGroupActions: readonly ActionInput[] };

/** Each for itself: the reply names those that were refused. */
const batchPut: CommandRule<BatchPutInput> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, ScheduledUpdateGroupActions: actions }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    return actions.flatMap((action) => {
      const done = refusable(() => putOne(state, group, action, context));
      return 'ok' in done ? done.ok : [];
    });
  },
  reply: (state, { AutoScalingGroupName, ScheduledUpdateGroupActions: actions }, _events, caller) => {
    const group = knownGroup(state, caller, AutoScalingGroupName);
    return {
      FailedScheduledUpdateGroupActions: actions.flatMap((action) => {
        const done = refusable(() => settingsOf(action, -Infinity));
        if (!('ok' in done)) return [failed(action.ScheduledActionName, done.rejection)];
        if (state.groupScheduledActions.has(groupScheduledActionKey(group, action.ScheduledActionName))) return [];
        return [failed(action.ScheduledActionName, refusals.validation('Given start time is in the past').rejection)];
      }),
    };
  },
};

const remove: CommandRule<Named & { readonly ScheduledActionName: string }> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, ScheduledActionName: action }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    if (!state.groupScheduledActions.has(groupScheduledActionKey(group, action))) throw refusals.noScheduledAction(action);
    return [event('AutoScalingGroupScheduledActionDeleted', { ...groupIdOf(group), action })];
  },
  reply: () => ({}),
};

const batchRemove: CommandRule<Named & { readonly ScheduledActionNames: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, ScheduledActionNames: names }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    return [...new Set(names)].flatMap((action) =>
      state.groupScheduledActions.has(groupScheduledActionKey(group, action))
        ? [event('AutoScalingGroupScheduledActionDeleted', { ...groupIdOf(group), action })]
        : [],
    );
  },
  reply: (_state, { ScheduledActionNames: names }, events) => {
    const gone = new Set(events.map(({ data }) => (data as { readonly action: string }).action));
    const missing = names.filter((name) => !gone.has(name));
    return { FailedScheduledActions: missing.map((name) => failed(name, refusals.noScheduledAction(name).rejection)) };
  },
};

function momentsOf({ settings }: GroupScheduledAction): Schedule {
  const { startTime, endTime, recurrence, timezone } = settings;
  const startMs = startTime === undefined ? -Infinity : Date.parse(startTime);
  const endMs = endTime === undefined ? Infinity : Date.parse(endTime);
  const again = recurrence === undefined ? undefined : recurrenceOf(recurrence, timezone, refusals.validation);
  return {
    next(afterMs) {
      // The first time is its StartTime, whatever its recurrence says.
      const atMs = afterMs < startMs ? startMs : again?.next(afterMs);
      return atMs !== undefined && atMs <= endMs ? atMs : undefined;
    },
  };
}

const firsts = new WeakMap<GroupScheduledAction, { readonly dueMs: number | undefined }>();

/** When it is next to be done (ms). Looked for once: an action that changes is another object. */
function dueMs(action: GroupScheduledAction): number | undefined {
  const known = firsts.get(action);
  if (known) return known.dueMs;
  const due = momentsOf(action).next(Date.parse(action.doneUntil));
  firsts.set(action, { dueMs: due });
  return due;
}

type ActionName = GroupId & { readonly action: string };

/** Whose time has come. */
export const dueGroupSchedules = ({ groupScheduledActions }: ScalingState, nowMs: number): readonly ActionName[] =>
  [...groupScheduledActions.values()].flatMap((one) => {
    const due = dueMs(one);
    return due !== undefined && due <= nowMs ? [{ ...groupIdOf({ ...one, name: one.group }), action: one.name }] : [];
  });

/** By the owner's clock. Of moments that were missed the last one counts, which would undo the others. */
const trigger: CommandRule<{ readonly actions: readonly ActionName[] }> = {
  actors: ITSELF,
  decide: (state, { actions }, context) =>
    actions.flatMap(({ action: name, ...id }) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      const action = group && state.groupScheduledActions.get(groupScheduledActionKey(group, name));
      const nowMs = Date.parse(context.at);
      const first = action && dueMs(action);
      if (!group || !action || first === undefined || first > nowMs) return [];
      const moments = momentsOf(action);
      const due = lastDue(moments, first, nowMs);
      const ofAction = { ...groupIdOf(group), action: name, dueAt: new Date(due).toISOString() };
      const isOver = moments.next(due) === undefined;
      const done = { ...ofAction, ...(isOver ? { isOver: true as const } : {}) };
      if (group.isDeleting || isSuspended(group, 'ScheduledActions'))
        return [event('AutoScalingGroupScheduledActionTriggered', done)];
      return triggered(group, action, done, context.id(`activity ${groupScheduledActionKey(group, name)}`));
    }),
  reply: () => ({}),
};

type Triggered = ActionName & { readonly dueAt: string; readonly isOver?: true };

function triggered(
  group: AutoScalingGroup,
  { name, settings }: GroupScheduledAction,
  done: Triggered,
  id: string,
): readonly ScalingEvent[] {
  const { MinSize, MaxSize, DesiredCapacity } = settings;
  const sizes = Object.entries({ MinSize, MaxSize, DesiredCapacity }).filter(([, size]) => size !== undefined);
  const changed = refusable(() => changedSettings(group.settings, Object.fromEntries(sizes)));
  if (!('ok' in changed)) {
    const activity = {
      id,
      description: `Executing scheduled action ${name}`,
      cause: `The scheduled action ${name} was due at ${done.dueAt}.`,
      failure: changed.rejection.message,
    };
    return [event('AutoScalingGroupScheduledActionTriggered', { ...done, activity })];
  }
  const [from, to] = [group.settings.DesiredCapacity, changed.ok.DesiredCapacity];
  const bounds = { ...changed.ok, DesiredCapacity: from };
  const cause = `the scheduled action ${name} changed the desired capacity from ${from} to ${to}`;
  return [
    event('AutoScalingGroupScheduledActionTriggered', done),
    ...(sameContent(bounds, group.settings) ? [] : [event('AutoScalingGroupUpdated', { ...groupIdOf(group), settings: bounds })]),
    ...(from === to ? [] : [event('AutoScalingGroupScaled', { ...groupIdOf(group), from, to, cause })]),
  ];
}

interface DescribeInput extends PageInput {
  readonly AutoScalingGroupName?: string;
  readonly ScheduledActionNames?: readonly string[];
  readonly StartTime?: string;
  readonly EndTime?: string;
}

/** Those that are still to come; the two times bound when they are next. Names count, where there are any, and the times do not. */
const describe: QueryRule<DescribeInput> = (state, input, caller) => {
  const { AutoScalingGroupName: group, ScheduledActionNames: names = [], StartTime, EndTime } = input;
  if (group !== undefined) knownGroup(state, caller, group);
  const isWithin = (action: GroupScheduledAction) => {
    const next = dueMs(action) ?? Infinity;
    return (
      next >= Date.parse(StartTime ?? '1970-01-01T00:00:00Z') && next <= (EndTime === undefined ? Infinity : Date.parse(EndTime))
    );
  };
  const matching = [...state.groupScheduledActions.ordered('scope', scopeKey(caller))].filter(
    (action) =>
      (group === undefined || action.group === group) && (names.length > 0 ? names.includes(action.name) : isWithin(action)),
  );
  const keyOf = (action: GroupScheduledAction) => groupScheduledActionKey({ ...action, name: action.group }, action.name);
  const list = JSON.stringify(['scheduled actions', group, names, StartTime, EndTime]);
  const { items, nextToken } = page(matching, keyOf, { list, limit: limitOf(input), token: input.NextToken });
  return { ScheduledUpdateGroupActions: items.map(view), NextToken: nextToken };
};

function view(action: GroupScheduledAction) {
  const { startTime, endTime, recurrence, timezone, ...sizes } = action.settings;
  const due = dueMs(action);
  const next = due === undefined ? startTime : new Date(due).toISOString();
  return {
    AutoScalingGroupName: action.group,
    ScheduledActionName: action.name,
    ScheduledActionARN: groupScheduledActionArn(action),
    ...(next === undefined ? {} : { Time: next, StartTime: next }),
    ...(endTime === undefined ? {} : { EndTime: endTime }),
    ...(recurrence === undefined ? {} : { Recurrence: recurrence }),
    ...(timezone === undefined ? {} : { TimeZone: timezone }),
    ...sizes,
  };
}

export const groupScheduleCommands: CommandRules = {
  PutScheduledUpdateGroupAction: put,
  BatchPutScheduledUpdateGroupAction: batchPut,
  DeleteScheduledActionOfGroup: remove,
  BatchDeleteScheduledAction: batchRemove,
  TriggerGroupSchedules: trigger,
};

export const groupScheduleQueries: QueryRules = { DescribeScheduledActionsOfGroups: describe };
