import { sameContent, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { type ListInput, namesTarget, pageFor, type TargetInput, targetOf } from './input.js';
import type { ScheduledAction, ScheduleSettings } from './model.js';
import { ofTarget, scheduledActionArn, targetKey, uuid } from './names.js';
import { targetRefusals as refusals } from './refusals.js';
import { lastDue, type Schedule, scheduleOf } from './schedule.js';
import { knownTarget } from './targets.js';

/** AWS's quota of one target. */
const MOST_ACTIONS = 200;

interface PutInput extends TargetInput {
  readonly ScheduledActionName: string;
  readonly Schedule?: string;
  readonly Timezone?: string;
  readonly StartTime?: string;
  readonly EndTime?: string;
  readonly ScalableTargetAction?: { readonly MinCapacity?: number; readonly MaxCapacity?: number };
}

/** What is not given stays as it is, but for the action's bounds, which are one. */
function settingsOf(input: PutInput, known: ScheduleSettings | undefined): ScheduleSettings {
  const schedule = input.Schedule ?? known?.schedule;
  const {
    Timezone: timezone = known?.timezone,
    StartTime: startTime = known?.startTime,
    EndTime: endTime = known?.endTime,
  } = input;
  const bounds = input.ScalableTargetAction
    ? { minCapacity: input.ScalableTargetAction.MinCapacity, maxCapacity: input.ScalableTargetAction.MaxCapacity }
    : { minCapacity: known?.minCapacity, maxCapacity: known?.maxCapacity };
  if (schedule === undefined) throw refusals.validation('Schedule must be specified for a new scheduled action.');
  const { minCapacity, maxCapacity } = bounds;
  if (minCapacity === undefined && maxCapacity === undefined)
    throw refusals.validation('ScalableTargetAction needs MinCapacity, MaxCapacity or both.');
  if ((minCapacity ?? 0) < 0 || (maxCapacity ?? 0) < 0) throw refusals.validation('A capacity must be 0 or more.');
  if (minCapacity !== undefined && maxCapacity !== undefined && maxCapacity < minCapacity)
    throw refusals.validation('Maximum capacity cannot be less than minimum capacity');
  if (startTime !== undefined && endTime !== undefined && Date.parse(endTime) <= Date.parse(startTime))
    throw refusals.validation('EndTime must be after StartTime.');
  return {
    schedule,
    ...(timezone === undefined ? {} : { timezone }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(minCapacity === undefined ? {} : { minCapacity }),
    ...(maxCapacity === undefined ? {} : { maxCapacity }),
  };
}

const putScheduledAction: CommandRule<PutInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const target = targetOf(context, input);
    knownTarget(state, target);
    const name = input.ScheduledActionName;
    const known = state.scheduledActions.get(ofTarget(target, name));
    const settings = settingsOf(input, known?.settings);
    scheduleOf(settings.schedule, settings.timezone, 0);
    if (known && sameContent(known.settings, settings)) return [];
    if (!known && state.scheduledActions.countBy('target', targetKey(target)) >= MOST_ACTIONS)
      throw refusals.limit(`A scalable target can have at most ${MOST_ACTIONS} scheduled actions.`);
    const id = known?.id ?? uuid(context.id('scheduled-action'));
    return [event('ScheduledActionPut', { ...target, name, id, settings })];
  },
  reply: () => ({}),
};

const deleteScheduledAction: CommandRule<TargetInput & { readonly ScheduledActionName: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const target = targetOf(context, input);
    const name = input.ScheduledActionName;
    if (!state.scheduledActions.has(ofTarget(target, name))) throw refusals.noScheduledAction(target.resourceId, name);
    return [event('ScheduledActionDeleted', { ...target, name })];
  },
  reply: () => ({}),
};

const describeScheduledActions: QueryRule<ListInput & { readonly ScheduledActionNames?: readonly string[] }> = (
  state,
  input,
  caller,
) => {
  const { ScheduledActionNames: names } = input;
  const wanted = names && names.length > 0 ? new Set(names) : undefined;
  const all = [...state.scheduledActions.ordered('scope', scopeKey(caller))].filter(({ name }) => wanted?.has(name) ?? true);
  const { items, nextToken } = pageFor(all, (action) => ofTarget(action, action.name), input, [names]);
  return {
    ScheduledActions: items.map((action) => ({
      ScheduledActionName: action.name,
      ScheduledActionARN: scheduledActionArn(action),
      ...namesTarget(action),
      Schedule: action.settings.schedule,
      Timezone: action.settings.timezone,
      StartTime: action.settings.startTime,
      EndTime: action.settings.endTime,
      ScalableTargetAction: { MinCapacity: action.settings.minCapacity, MaxCapacity: action.settings.maxCapacity },
      CreationTime: action.createdAt,
    })),
    NextToken: nextToken,
  };
};

const firsts = new WeakMap<ScheduledAction, { readonly dueMs: number | undefined }>();

function momentsOf({ settings, createdAt }: ScheduledAction): Schedule {
  const { schedule, timezone, startTime, endTime } = settings;
  const moments = scheduleOf(schedule, timezone, Date.parse(startTime ?? createdAt));
  const endMs = endTime === undefined ? Infinity : Date.parse(endTime);
  const next = (afterMs: number) => {
    const atMs = moments.next(afterMs);
    return atMs !== undefined && atMs <= endMs ? atMs : undefined;
  };
  return { next };
}

/** When it is next to be triggered (ms); undefined: never again. Looked for once: an action that changes is another object. */
function dueMs(action: ScheduledAction): number | undefined {
  const known = firsts.get(action);
  if (known) return known.dueMs;
  const { settings, doneUntil } = action;
  const startMs = settings.startTime === undefined ? -Infinity : Date.parse(settings.startTime) - 1;
  const due = momentsOf(action).next(Math.max(Date.parse(doneUntil), startMs));
  firsts.set(action, { dueMs: due });
  return due;
}

/** Of the moments up to `nowMs`, which may be many when no autoscaler ran, the last one: it would undo the others. */
export function triggerMs(action: ScheduledAction, nowMs: number): number | undefined {
  const first = dueMs(action);
  return first === undefined || first > nowMs ? undefined : lastDue(momentsOf(action), first, nowMs);
}

export interface TriggerInput {
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  readonly name: string;
}

/** By the owner's clock: the deadline is compared with the commit's time, so a second one finds nothing to do. */
const triggerScheduledAction: CommandRule<{ readonly actions: readonly TriggerInput[] }> = {
  actors: ITSELF,
  decide: (state, { actions }, context) =>
    actions.flatMap(({ accountId, region, resourceId, name }) => {
      const target = { accountId, region, resourceId } as ScheduledAction;
      return triggered(state, ofTarget(target, name), Date.parse(context.at), (salt) => uuid(context.id(salt)));
    }),
  reply: () => ({}),
};

function triggered(state: ScalingState, key: string, nowMs: number, newId: (salt: string) => string) {
  const action = state.scheduledActions.get(key);
  const due = action && triggerMs(action, nowMs);
  if (!action || due === undefined) return [];
  const { accountId, region, resourceId, name, settings } = action;
  const id = { accountId, region, resourceId };
  const target = knownTarget(state, id);
  const done = event('ScheduledActionTriggered', { ...id, name, dueAt: new Date(due).toISOString() });
  const cause = `scheduled action name ${name} was triggered`;
  if (target.suspended.ScheduledScalingSuspended) return [done];
  const minCapacity = settings.minCapacity ?? Math.min(target.minCapacity, settings.maxCapacity!);
  const maxCapacity = settings.maxCapacity ?? Math.max(target.maxCapacity, settings.minCapacity!);
  const said =
    settings.minCapacity === undefined
      ? `max capacity to ${maxCapacity}`
      : settings.maxCapacity === undefined
        ? `min capacity to ${minCapacity}`
        : `min capacity to ${minCapacity} and max capacity to ${maxCapacity}`;
  const activity = {
    id: newId(`activity ${key}`),
    description: `Setting ${said}`,
    cause,
    status: 'Successful' as const,
    statusMessage: `Successfully set ${said}`,
    isOver: true,
  };
  return [
    done,
    event('ScalableTargetUpdated', { ...id, minCapacity, maxCapacity }),
    event('ScalingActivityStarted', { ...id, activity }),
  ];
}

export const scheduleCommands: CommandRules = {
  PutScheduledAction: putScheduledAction,
  DeleteScheduledAction: deleteScheduledAction,
  TriggerScheduledActions: triggerScheduledAction,
};

export const scheduleQueries: QueryRules = { DescribeScheduledActions: describeScheduledActions };
