import { DiscoveryWorld } from '../../../../test/support/discovery-world.js';
import type { EventContext } from '#lib/kernel';
import { loadBalancing } from './domain.js';
import { loadBalancingPublicEvents, type Occurrence } from './public-events.js';

const TARGETS = [{ Id: '10.0.0.1' }];

function publicEventsOf(world: DiscoveryWorld) {
  const occurrences: Occurrence[] = [];
  const watched = loadBalancingPublicEvents.noting(loadBalancing.decider, (_context, found) => void occurrences.push(...found));
  const { state } = loadBalancing.newTables();
  world.commits.forEach(({ at, transactions }, commit) =>
    transactions.forEach((transaction) =>
      transaction.events.forEach((event, index) =>
        watched.evolve(state, event, { at, revision: commit + 1, index, transaction } satisfies EventContext),
      ),
    ),
  );
  return occurrences.map((occurrence, index) =>
    loadBalancingPublicEvents.render(occurrence, { revision: 7, index, at: '2026-11-23T12:00:00.000Z' }),
  );
}

it('tells what became of load balancers and targets, as it was then', () => {
  const world = new DiscoveryWorld();
  const group = world.targetGroup();
  world.listener(world.loadBalancer(), group);
  world.ok('RegisterTargets', { TargetGroupArn: group, Targets: TARGETS });
  world.becomes('unhealthy', group, { reason: 'Target.Timeout' });
  world.ok('DeregisterTargets', { TargetGroupArn: group, Targets: TARGETS });
  world.now += 300_000;
  world.ok('Expire');
  const events = publicEventsOf(world).filter((event) => event['detail-type'].includes(' State '));
  expect(events.map(({ detail, ...event }) => [event['detail-type'], (detail.State ?? detail.TargetHealth) as object])).toEqual([
    ['ELB Load Balancer State Change', { Code: 'provisioning' }],
    ['ELB Target Health State Change', expect.objectContaining({ State: 'initial' })],
    ['ELB Target Health State Change', expect.objectContaining({ State: 'unhealthy', Reason: 'Target.Timeout' })],
    ['ELB Target Health State Change', expect.objectContaining({ State: 'draining' })],
    ['ELB Target Health State Change', expect.objectContaining({ State: 'unused', Reason: 'Target.NotRegistered' })],
  ]);
  expect(events[1]).toMatchObject({ account: '000000000000', source: 'aws.elasticloadbalancing', resources: [group] });
});

/** `listener modified`, or of a state what it is. */
const changesOf = (world: DiscoveryWorld) =>
  publicEventsOf(world).flatMap((event) =>
    'Change' in event.detail ? [`${event['detail-type'].replace(/ Change$/, '')} ${String(event.detail.Change)}`] : [],
  );

it('tells what was set up, changed and taken away, with what was in it', () => {
  const world = new DiscoveryWorld();
  const group = world.targetGroup();
  const loadBalancer = world.loadBalancer();
  const listener = world.listener(loadBalancer, group);
  const rules = [1, 2].map((priority) => world.rule(listener, priority, group));
  world.ok('SetRulePriorities', { RulePriorities: rules.map((RuleArn, index) => ({ RuleArn, Priority: 20 - index })) });
  world.ok('ModifyListener', { ListenerArn: listener, Port: 81 });
  world.ok('ModifyTargetGroup', { TargetGroupArn: group, HealthCheckPath: '/up' });
  world.ok('DeleteRule', { RuleArn: rules[0] });
  world.ok('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
  world.ok('DeleteTargetGroup', { TargetGroupArn: group });
  expect(changesOf(world)).toEqual([
    'ELB Target Group created',
    'ELB Listener created',
    'ELB Rule created',
    'ELB Rule created',
    'ELB Rule modified',
    'ELB Rule modified',
    'ELB Listener modified',
    'ELB Target Group modified',
    'ELB Rule deleted',
    'ELB Rule deleted',
    'ELB Listener deleted',
    'ELB Load Balancer deleted',
    'ELB Target Group deleted',
  ]);
  const [moved] = publicEventsOf(world).filter(({ detail }) => detail.Change === 'modified');
  expect(moved).toMatchObject({
    source: 'aws.elasticloadbalancing',
    resources: [rules[0]],
    detail: { RuleArn: rules[0], Priority: '20', ListenerArn: listener },
  });
});

it("tells what became of Cloud Map's namespaces, services and instances", () => {
  const world = new DiscoveryWorld();
  const namespace = world.namespace();
  const service = world.service(namespace);
  world.register(service, 'i-1');
  world.ok('DeregisterInstance', { ServiceId: service, InstanceId: 'i-1' });
  world.ok('DeleteService', { Id: service });
  world.ok('DeleteNamespace', { Id: namespace });
  expect(changesOf(world)).toEqual([
    'Cloud Map Namespace created',
    'Cloud Map Service created',
    'Cloud Map Instance created',
    'Cloud Map Instance deleted',
    'Cloud Map Service deleted',
    'Cloud Map Namespace deleted',
  ]);
  expect(publicEventsOf(world)[2]).toMatchObject({
    source: 'aws.servicediscovery',
    resources: [expect.stringContaining(`:service/${service}`)],
    detail: { Change: 'created', ServiceId: service, Id: 'i-1', Attributes: { AWS_INSTANCE_IPV4: '10.0.0.1' } },
  });
});
