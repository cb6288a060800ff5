import { type EventSubject, formatPosition, type PublicEvents } from '#lib/kernel';
import type { LoadBalancingEvents } from './events.js';
import { loadBalancerView } from './load-balancer-view.js';
import type { LoadBalancer, Target } from './model.js';
import { type LoadBalancingState, targetKey } from './state.js';
import { healthView } from './target-health.js';

/** AWS tells EventBridge neither: these are Longshore's own, in the form of ECS's. */
const DETAIL_TYPES = {
  loadBalancer: 'ELB Load Balancer State Change',
  target: 'ELB Target Health State Change',
} as const;

/** References to the entities as they were right after an event. */
export type Occurrence =
  { readonly of: 'loadBalancer'; readonly loadBalancer: LoadBalancer } | { readonly of: 'target'; readonly target: Target };

const subjectOf = (occurrence: Occurrence): EventSubject => ({
  detailType: DETAIL_TYPES[occurrence.of],
  resource: occurrence.of === 'target' ? occurrence.target.targetGroupArn : occurrence.loadBalancer.arn,
});

const ofTargets = (
  state: LoadBalancingState,
  targetGroupArn: Target['targetGroupArn'],
  names: readonly Pick<Target, 'id' | 'port'>[],
) =>
  names.flatMap(({ id, port }): Occurrence[] => {
    const target = state.targets.get(targetKey({ targetGroupArn, id, port }));
    return target ? [{ of: 'target', target }] : [];
  });

/** What became public by an event: looked at after it, for nothing of it is stored. */
function occurred(state: LoadBalancingState, type: string, data: unknown): readonly Occurrence[] {
  switch (type) {
    case 'LoadBalancerCreated':
    case 'LoadBalancerStateChanged': {
      const loadBalancer = state.loadBalancers.get((data as { readonly arn: string }).arn);
      return loadBalancer ? [{ of: 'loadBalancer', loadBalancer }] : [];
    }
    case 'TargetsRegistered':
    case 'TargetsDraining': {
      const { targetGroupArn, targets } = data as LoadBalancingEvents['TargetsDraining'];
      return ofTargets(state, targetGroupArn, targets);
    }
    case 'TargetHealthChanged': {
      const { targetGroupArn, ...name } = data as LoadBalancingEvents['TargetHealthChanged'];
      return ofTargets(state, targetGroupArn, [name]);
    }
    default:
      return [];
  }
}

/** What of the `load-balancing` journal is public. */
export const loadBalancingPublicEvents: PublicEvents<LoadBalancingState, Occurrence> = {
  detailTypes: Object.values(DETAIL_TYPES),
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      base.evolve(state, event, context);
      note(context, occurred(state, event.type, event.data));
    },
  }),
  ownerOf: (occurrence) => (occurrence.of === 'target' ? occurrence.target : occurrence.loadBalancer),
  subjectOf,
  render(occurrence, { revision, index, at }) {
    const { accountId, region } = occurrence.of === 'target' ? occurrence.target : occurrence.loadBalancer;
    return {
      version: '0',
      id: formatPosition('load-balancing', { revision, index }),
      'detail-type': DETAIL_TYPES[occurrence.of],
      source: 'aws.elasticloadbalancing',
      account: accountId,
      time: at,
      region,
      resources: [subjectOf(occurrence).resource],
      detail: occurrence.of === 'target' ? targetDetail(occurrence.target) : loadBalancerView(occurrence.loadBalancer),
    };
  },
};

const targetDetail = ({ targetGroupArn, id, port, task, health }: Target) => ({
  TargetGroupArn: targetGroupArn,
  Target: { Id: id, Port: port },
  TargetHealth: healthView(health),
  ...(task === undefined ? {} : { TaskArn: task.taskArn }),
});
