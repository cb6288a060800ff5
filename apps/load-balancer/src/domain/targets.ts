import { secondsOf } from './attributes.js';
import { event } from './events.js';
import { LIMITS } from './limits.js';
import { isInUse, targetGroupOf } from './lookup.js';
import type { Target, TargetGroup, TargetHealth } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF } from './rule-types.js';
import { type LoadBalancingState, targetKey } from './state.js';
import { checkTargetId, type RegisteredTargetInput, type TargetInput, targetsNamed } from './target-input.js';

/** The scheduler may, for the tasks of services. */
const REGISTRARS = [...ITSELF, 'scheduler'] as const;

interface RegisterTargetsInput {
  readonly TargetGroupArn: string;
  readonly Targets: readonly RegisteredTargetInput[];
}

const registerTargets: CommandRule<RegisterTargetsInput> = {
  actors: REGISTRARS,
  decide(state, input, context) {
    const group = targetGroupOf(state, context, input.TargetGroupArn);
    if (input.Targets.length === 0) throw refusals.validation('At least one target must be specified');
    const wanted = new Map<string, ReturnType<typeof registered>>();
    for (const given of input.Targets) {
      checkTargetId(group, given.Id);
      const target = registered(group, given);
      wanted.set(targetKey({ ...target, targetGroupArn: group.arn }), target);
    }
    const targets = [...wanted].filter(([key, target]) => isNews(state.targets.get(key), target)).map(([, target]) => target);
    const limit = LIMITS['targets-per-target-group'];
    const added = [...wanted.keys()].filter((key) => !state.targets.has(key)).length;
    if (state.targets.countBy('targetGroup', group.arn) + added > limit) {
      throw refusals.tooMany('TooManyTargets', `The quota of ${limit} targets for a target group has been reached`);
    }
    return targets.length === 0 ? [] : [event('TargetsRegistered', { targetGroupArn: group.arn, targets })];
  },
  reply: () => ({}),
};

function registered(group: TargetGroup, { Id, Port, AvailabilityZone, Address, Task }: RegisteredTargetInput) {
  return {
    id: Id,
    port: Port ?? group.port,
    ...(Port === undefined ? { portOfGroup: true as const } : {}),
    ...(AvailabilityZone ? { availabilityZone: AvailabilityZone } : {}),
    ...(Address === undefined ? {} : { address: Address }),
    ...(Task === undefined ? {} : { task: Task }),
  };
}

/** A target that is there is not registered again, unless it is draining or somewhere else by now. */
const isNews = (known: Target | undefined, { address, task }: Pick<Target, 'address' | 'task'>): boolean =>
  !known || known.drainDeadlineAt !== undefined || known.address !== address || known.task?.taskArn !== task?.taskArn;

const deregisterTargets: CommandRule<{ TargetGroupArn: string; Targets: readonly TargetInput[] }> = {
  actors: REGISTRARS,
  decide(state, input, context) {
    const group = targetGroupOf(state, context, input.TargetGroupArn);
    if (input.Targets.length === 0) throw refusals.validation('At least one target must be specified');
    // What is not registered, or is draining already, is as it was to be.
    const found = new Map<string, Pick<Target, 'id' | 'port'>>();
    for (const target of input.Targets.flatMap((given) => targetsNamed(state, group, given))) {
      if (target.drainDeadlineAt === undefined) found.set(targetKey(target), { id: target.id, port: target.port });
    }
    const targets = [...found.values()];
    if (targets.length === 0) return [];
    const delaySeconds = secondsOf(group, 'deregistration_delay.timeout_seconds');
    const targetGroupArn = group.arn;
    if (!isInUse(state, group.arn)) return [event('TargetsDeregistered', { targetGroupArn, targets, because: 'unused' })];
    if (delaySeconds === 0) return [event('TargetsDeregistered', { targetGroupArn, targets, because: 'deadline' })];
    const deadlineAt = new Date(Date.parse(context.at) + delaySeconds * 1_000).toISOString();
    return [event('TargetsDraining', { targetGroupArn, targets, deadlineAt })];
  },
  reply: () => ({}),
};

/** Which registration is spoken of: what is said of one that was replaced meanwhile says nothing of the new one. */
type Registration = Pick<Target, 'targetGroupArn' | 'id' | 'port' | 'registeredAt'>;

function meant(state: LoadBalancingState, registration: Registration): Target | undefined {
  const known = state.targets.get(targetKey(registration));
  return known?.registeredAt === registration.registeredAt ? known : undefined;
}

type HealthReport = Registration &
  Pick<TargetHealth, 'reason' | 'description'> & { readonly state: 'initial' | 'healthy' | 'unhealthy' };

/** From the data plane's lease holder: transitions, debounced there by the thresholds of the health check. */
const recordTargetHealth: CommandRule<{ transitions: readonly HealthReport[] }> = {
  actors: ITSELF,
  decide: (state, { transitions }) =>
    transitions.flatMap((report) => {
      const known = meant(state, report);
      if (!known || known.drainDeadlineAt !== undefined) return [];
      const { reason, description, state: told } = report;
      const { health } = known;
      if (health.state === told && health.reason === reason && health.description === description) return [];
      const { targetGroupArn, id, port } = known;
      const why = { ...(reason === undefined ? {} : { reason }), ...(description === undefined ? {} : { description }) };
      return [event('TargetHealthChanged', { targetGroupArn, id, port, state: told, ...why })];
    }),
  reply: () => ({}),
};

/** From the data plane: no replica has a connection to these any more. */
const recordTargetsDrained: CommandRule<{ targets: readonly Registration[] }> = {
  actors: ITSELF,
  decide(state, { targets }) {
    const drained = targets.flatMap((registration) => meant(state, registration) ?? []);
    return deregistered(
      drained.filter(({ drainDeadlineAt }) => drainDeadlineAt !== undefined),
      'idle',
    );
  },
  reply: () => ({}),
};

/** One event a target group. */
function deregistered(targets: readonly Target[], because: 'idle' | 'deadline') {
  const groups = new Map<TargetGroup['arn'], Map<string, Pick<Target, 'id' | 'port'>>>();
  for (const { targetGroupArn, id, port } of targets) {
    const group = groups.get(targetGroupArn) ?? new Map<string, Pick<Target, 'id' | 'port'>>();
    groups.set(targetGroupArn, group.set(`${id} ${port}`, { id, port }));
  }
  return [...groups].map(([targetGroupArn, gone]) =>
    event('TargetsDeregistered', { targetGroupArn, targets: [...gone.values()], because }),
  );
}

/** Of one command: what has to fit into a commit. */
const MAX_EXPIRED = 500;

export function* expiredTargets({ targets }: LoadBalancingState, at: string): Iterable<Target> {
  for (const target of targets.by('draining', 'yes')) if (target.drainDeadlineAt! <= at) yield target;
}

/** The writer's clock: targets whose deregistration delay is over. */
const expire: CommandRule<object> = {
  actors: ITSELF,
  decide(state, _input, { at }) {
    const over: Target[] = [];
    for (const target of expiredTargets(state, at)) if (over.push(target) === MAX_EXPIRED) break;
    return deregistered(over, 'deadline');
  },
  reply: () => ({}),
};

export const targetCommands: CommandRules = {
  RegisterTargets: registerTargets,
  DeregisterTargets: deregisterTargets,
  RecordTargetHealth: recordTargetHealth,
  RecordTargetsDrained: recordTargetsDrained,
  Expire: expire,
};
