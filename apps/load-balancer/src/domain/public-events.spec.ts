import type { EventContext } from '#lib/kernel';
import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';
import { loadBalancing } from './domain.js';
import { loadBalancingPublicEvents, type Occurrence } from './public-events.js';

it('tells what became of load balancers and targets, as it was then', () => {
  const world = new LoadBalancingWorld();
  const group = world.targetGroup();
  world.listener(world.loadBalancer(), group);
  world.ok('RegisterTargets', { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] });
  world.becomes('unhealthy', group, { reason: 'Target.Timeout' });
  world.ok('DeregisterTargets', { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] });
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
  const rendered = occurrences.map((occurrence, index) =>
    loadBalancingPublicEvents.render(occurrence, { revision: 7, index, at: '2026-11-23T12:00:00.000Z' }),
  );
  expect(
    rendered.map(({ id, detail, ...event }) => [id, event['detail-type'], (detail.State ?? detail.TargetHealth) as object]),
  ).toEqual([
    ['load-balancing:7.0', 'ELB Load Balancer State Change', { Code: 'provisioning' }],
    ['load-balancing:7.1', 'ELB Target Health State Change', expect.objectContaining({ State: 'initial' })],
    [
      'load-balancing:7.2',
      'ELB Target Health State Change',
      expect.objectContaining({ State: 'unhealthy', Reason: 'Target.Timeout' }),
    ],
    ['load-balancing:7.3', 'ELB Target Health State Change', expect.objectContaining({ State: 'draining' })],
  ]);
  expect(rendered[1]).toMatchObject({ account: '000000000000', source: 'aws.elasticloadbalancing', resources: [group] });
});
