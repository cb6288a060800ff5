import { hostIdFrom } from '#lib/ecs/model';
import { sameContent } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { knownGroup } from './groups.js';
import { hookOf, type HookInput, RESULTS, sortedByName, TRANSITIONS } from './hook-settings.js';
import { groupIdOf, ownInstance } from './instances.js';
import type { AutoScalingGroup, GroupInstance, LifecycleHook, LifecycleResult, LifecycleTransition } from './model.js';
import { groupRefusals as refusals } from './refusals.js';

/** AWS's quota of one group. */
const MOST_HOOKS = 50;
/** "48 hours or 100 times HeartbeatTimeout, whichever is smaller" (API_LifecycleHook, GlobalTimeout). */
const longestWaitSeconds = ({ HeartbeatTimeout }: LifecycleHook): number => Math.min(172_800, 100 * HeartbeatTimeout);

const withHooks = (group: AutoScalingGroup, hooks: readonly LifecycleHook[]) => {
  const { LifecycleHooks: _before, ...others } = group.settings;
  const settings = hooks.length > 0 ? { ...others, LifecycleHooks: sortedByName(hooks) } : others;
  return event('AutoScalingGroupUpdated', { ...groupIdOf(group), settings });
};

interface Named {
  readonly AutoScalingGroupName: string;
  readonly LifecycleHookName: string;
}

const put: CommandRule<Named & HookInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const group = knownGroup(state, context, input.AutoScalingGroupName);
    const hooks = group.settings.LifecycleHooks ?? [];
    const known = hooks.find(({ LifecycleHookName }) => LifecycleHookName === input.LifecycleHookName);
    const hook = hookOf(input, known, context.at);
    if (known && sameContent(known, hook)) return [];
    if (!known && hooks.length >= MOST_HOOKS)
      throw refusals.limit(`An Auto Scaling group can have at most ${MOST_HOOKS} lifecycle hooks.`);
    return [withHooks(group, [...hooks.filter((one) => one !== known), hook])];
  },
  reply: () => ({}),
};

/** Instances that wait for it wait no more: one that starts is given up, one that ends goes on. */
const remove: CommandRule<Named> = {
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, LifecycleHookName: name }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    const hooks = group.settings.LifecycleHooks ?? [];
    const hook = hooks.find((one) => one.LifecycleHookName === name);
    if (!hook) throw refusals.noHook(name);
    const nowMs = Date.parse(context.at);
    const abandoned = group.instances.filter(
      (one) => one.state === 'launched' && heldBy(group, one, nowMs).some((held) => held === hook),
    );
    const given = abandoned.map(({ id }) =>
      event('AutoScalingGroupLifecycleActionAdvanced', { ...groupIdOf(group), instanceId: id, hook: name, result: 'ABANDON' }),
    );
    return [
      ...given,
      withHooks(
        group,
        hooks.filter((one) => one !== hook),
      ),
    ];
  },
  reply: () => ({}),
};

interface ActionInput extends Named {
  readonly InstanceId?: string;
  readonly LifecycleActionToken?: string;
  readonly LifecycleActionResult?: string;
  /** Of the container instance: 32 hex digits. */
  readonly instanceId?: string;
}

/** Of an instance that waits for the hook now; `result`: undefined for a heartbeat. */
const advance = (resultOf: (input: ActionInput) => LifecycleResult | undefined): CommandRule<ActionInput> => ({
  actors: ITSELF,
  decide(state, input, context) {
    const { AutoScalingGroupName, LifecycleHookName: hook, InstanceId, LifecycleActionToken: token } = input;
    const group = knownGroup(state, context, AutoScalingGroupName);
    const result = resultOf(input);
    if (!group.settings.LifecycleHooks?.some((one) => one.LifecycleHookName === hook)) throw refusals.noHook(hook);
    if (InstanceId === undefined)
      throw token === undefined
        ? refusals.validation('Either InstanceId or LifecycleActionToken must be given.')
        : refusals.noAction(`token ${token}`);
    const own = ownInstance(group, input.instanceId) ?? group.instances.find(({ id }) => hostIdFrom(id) === InstanceId);
    const held = own && heldBy(group, own, Date.parse(context.at));
    if (!own || !held?.some((one) => one.LifecycleHookName === hook)) throw refusals.noAction(`instance ID ${InstanceId}`);
    const done = { ...groupIdOf(group), instanceId: own.id, hook, ...(result ? { result } : {}) };
    return [event('AutoScalingGroupLifecycleActionAdvanced', done)];
  },
  reply: () => ({}),
});

function givenResult({ LifecycleActionResult: given }: ActionInput): LifecycleResult {
  const result = RESULTS.find((one) => one === given);
  if (!result) throw refusals.validation(`LifecycleActionResult must be of [${RESULTS.join(', ')}], not ${given}.`);
  return result;
}

const TRANSITION_OF: Readonly<Record<GroupInstance['state'], LifecycleTransition | undefined>> = {
  launching: undefined,
  launched: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  terminating: 'autoscaling:EC2_INSTANCE_TERMINATING',
};

type Hooked = Pick<AutoScalingGroup, 'settings' | 'isDeleting'>;

/** Hooks that an instance met in its transition, with their results: given by somebody, or by default after their time. */
function metBy({ settings, isDeleting }: Hooked, { state, since, actions = [] }: GroupInstance, nowMs: number) {
  if (isDeleting) return [];
  const met = (settings.LifecycleHooks ?? []).filter(
    (hook) => hook.LifecycleTransition === TRANSITION_OF[state] && hook.at <= since,
  );
  return met.map((hook) => {
    const action = actions.find((one) => one.hook === hook.LifecycleHookName);
    const { HeartbeatTimeout: seconds, DefaultResult } = hook;
    const sinceMs = Date.parse(since);
    const heartbeatMs = action?.heartbeatAt === undefined ? sinceMs : Math.max(sinceMs, Date.parse(action.heartbeatAt));
    const longest = sinceMs + 1_000 * longestWaitSeconds(hook);
    const isOver = nowMs >= Math.min(heartbeatMs + 1_000 * seconds, longest);
    return { hook, result: action?.result ?? (isOver ? DefaultResult : undefined) };
  });
}

/** Those that it waits for; one that is abandoned ends the waiting for all. */
export function heldBy(group: Hooked, instance: GroupInstance, nowMs: number): readonly LifecycleHook[] {
  const met = metBy(group, instance, nowMs);
  return met.some(({ result }) => result === 'ABANDON')
    ? []
    : met.flatMap(({ hook, result }) => (result === undefined ? [hook] : []));
}

/** The name of the hook by which an instance that was started is given up. */
export function abandonedBy(group: Hooked, instance: GroupInstance, nowMs: number): string | undefined {
  if (instance.state !== 'launched') return undefined;
  const gone = instance.actions?.find(({ hook, result }) => result === 'ABANDON' && !isThere(group, hook))?.hook;
  return gone ?? metBy(group, instance, nowMs).find(({ result }) => result === 'ABANDON')?.hook.LifecycleHookName;
}

const isThere = ({ settings }: Hooked, name: string): boolean =>
  settings.LifecycleHooks?.some(({ LifecycleHookName }) => LifecycleHookName === name) ?? false;

interface DescribeInput {
  readonly AutoScalingGroupName: string;
  readonly LifecycleHookNames?: readonly string[];
}

const describe: QueryRule<DescribeInput> = (state, { AutoScalingGroupName, LifecycleHookNames: names = [] }, caller) => {
  const group = knownGroup(state, caller, AutoScalingGroupName);
  const hooks = group.settings.LifecycleHooks ?? [];
  return {
    LifecycleHooks: hooks
      .filter(({ LifecycleHookName }) => names.length === 0 || names.includes(LifecycleHookName))
      .map((hook) => {
        const { at: _at, ...shown } = hook;
        return { AutoScalingGroupName, ...shown, GlobalTimeout: longestWaitSeconds(hook) };
      }),
  };
};

export const lifecycleHookCommands: CommandRules = {
  PutLifecycleHook: put,
  DeleteLifecycleHook: remove,
  CompleteLifecycleAction: advance(givenResult),
  RecordLifecycleActionHeartbeat: advance(() => undefined),
};

export const lifecycleHookQueries: QueryRules = {
  DescribeLifecycleHooks: describe,
  DescribeLifecycleHookTypes: () => ({ LifecycleHookTypes: TRANSITIONS }),
};
