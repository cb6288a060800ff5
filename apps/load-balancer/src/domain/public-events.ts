import { type EventSubject, formatPosition, type PublicEvents, type Scope } from '#lib/kernel';
import type { LoadBalancingEvents } from './events.js';
import { loadBalancerView } from './load-balancer-view.js';
import type { LoadBalancer, Target } from './model.js';
import {
  type Change,
  CHANGE_TYPES,
  changesBy,
  isDiscovery,
  ownerOfThing,
  resourceOfThing,
  type Thing,
  thingView,
} from './public-changes.js';
import { type LoadBalancingState, targetKey } from './state.js';
import { healthView, NOT_REGISTERED } from './target-health.js';

/** AWS tells EventBridge neither: these are Longshore's own, in the form of ECS's. */
const STATE_TYPES = {
  loadBalancer: 'ELB Load Balancer State Change',
  target: 'ELB Target Health State Change',
} as const;

/** References to the entities as they were right after an event; those that are gone after it, as they were before. */
export type Occurrence =
  | { readonly of: 'loadBalancer'; readonly loadBalancer: LoadBalancer }
  | { readonly of: 'target'; readonly target: Target; readonly isGone?: true }
  | { readonly of: 'change'; readonly change: Change; readonly thing: Thing };

function subjectOf(occurrence: Occurrence): EventSubject {
  switch (occurrence.of) {
    case 'loadBalancer':
      return { detailType: STATE_TYPES.loadBalancer, resource: occurrence.loadBalancer.arn };
    case 'target':
      return { detailType: STATE_TYPES.target, resource: occurrence.target.targetGroupArn };
    case 'change':
      return { detailType: CHANGE_TYPES[occurrence.thing.kind], resource: resourceOfThing(occurrence.thing) };
  }
}

function ownerOf(occurrence: Occurrence): Scope {
  if (occurrence.of === 'change') return ownerOfThing(occurrence.thing);
  return occurrence.of === 'target' ? occurrence.target : occurrence.loadBalancer;
}

const ofTargets = (
  state: LoadBalancingState,
  targetGroupArn: Target['targetGroupArn'],
  names: readonly Pick<Target, 'id' | 'port'>[],
): readonly Target[] => names.flatMap(({ id, port }) => state.targets.get(targetKey({ targetGroupArn, id, port })) ?? []);

const told = (target: Target): Occurrence => ({ of: 'target', target });
const gone = (target: Target): Occurrence => ({ of: 'target', target, isGone: true });

/** What becomes public of states by an event: what ends is looked at before it, the rest after it, for nothing of it is stored. */
function endedBy(state: LoadBalancingState, type: string, data: unknown): readonly Occurrence[] {
  switch (type) {
    case 'TargetsDeregistered': {
      const { targetGroupArn, targets } = data as LoadBalancingEvents['TargetsDeregistered'];
      return ofTargets(state, targetGroupArn, targets).map(gone);
    }
    case 'TargetGroupDeleted':
      return [...state.targets.by('targetGroup', (data as LoadBalancingEvents['TargetGroupDeleted']).arn)].map(gone);
    default:
      return [];
  }
}

function begunBy(state: LoadBalancingState, type: string, data: unknown): readonly Occurrence[] {
  switch (type) {
    case 'LoadBalancerCreated':
    case 'LoadBalancerStateChanged': {
      const loadBalancer = state.loadBalancers.get((data as { readonly arn: string }).arn);
      return loadBalancer ? [{ of: 'loadBalancer', loadBalancer }] : [];
    }
    case 'TargetsRegistered':
    case 'TargetsDraining': {
      const { targetGroupArn, targets } = data as LoadBalancingEvents['TargetsDraining'];
      return ofTargets(state, targetGroupArn, targets).map(told);
    }
    case 'TargetHealthChanged': {
      const { targetGroupArn, ...name } = data as LoadBalancingEvents['TargetHealthChanged'];
      return ofTargets(state, targetGroupArn, [name]).map(told);
    }
    default:
      return [];
  }
}

/** What of the `load-balancing` journal is public. */
export const loadBalancingPublicEvents: PublicEvents<LoadBalancingState, Occurrence> = {
  detailTypes: [...Object.values(STATE_TYPES), ...Object.values(CHANGE_TYPES)],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      const ended = endedBy(state, event.type, event.data);
      const changes = changesBy(state, event.type, event.data);
      base.evolve(state, event, context);
      const changed = changes().map(({ change, thing }): Occurrence => ({ of: 'change', change, thing }));
      note(context, [...ended, ...begunBy(state, event.type, event.data), ...changed]);
    },
  }),
  ownerOf,
  subjectOf,
  render(occurrence, { revision, index, at }) {
    const { accountId, region } = ownerOf(occurrence);
    const { detailType, resource } = subjectOf(occurrence);
    return {
      version: '0',
      id: formatPosition('load-balancing', { revision, index }),
      'detail-type': detailType,
      source: occurrence.of === 'change' && isDiscovery(occurrence.thing) ? 'aws.servicediscovery' : 'aws.elasticloadbalancing',
      account: accountId,
      time: at,
      region,
      resources: [resource],
      detail: detailOf(occurrence),
    };
  },
};

function detailOf(occurrence: Occurrence): Readonly<Record<string, unknown>> {
  switch (occurrence.of) {
    case 'loadBalancer':
      return loadBalancerView(occurrence.loadBalancer);
    case 'target':
      return targetDetail(occurrence.target, occurrence.isGone === true);
    case 'change':
      return { Change: occurrence.change, ...thingView(occurrence.thing) };
  }
}

const targetDetail = ({ targetGroupArn, id, port, task, health }: Target, isGone: boolean) => ({
  TargetGroupArn: targetGroupArn,
  Target: { Id: id, Port: port },
  TargetHealth: isGone ? NOT_REGISTERED : healthView(health),
  ...(task === undefined ? {} : { TaskArn: task.taskArn }),
});
