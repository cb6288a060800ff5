import { describe, expect, it } from '@jest/globals';
import { ProxyWorld } from '../../../../test/support/proxy-world.js';
import type { LoadBalancerReport } from '../proxy/load-balancer-reports.js';
import { type Registration, registrationOf } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';
import { TargetsLoop } from './targets-loop.js';

function loopOf({ holdsLease = true, others = [] as readonly (readonly Registration[])[] } = {}) {
  const world = new ProxyWorld();
  const loadBalancer = world.loadBalancer('web', '127.1.0.1');
  const group = world.targetGroup('g');
  const fresh = world.target(group, 80);
  const draining = world.target(group, 81, { drainDeadlineAt: '2026-11-28T10:00:00.000Z' });
  const view = (target: typeof fresh, change: Partial<TargetView> = {}): TargetView => ({
    registration: registrationOf(target),
    draining: target.drainDeadlineAt !== undefined,
    health: { state: 'healthy' },
    isIdle: target.drainDeadlineAt !== undefined,
    ...change,
  });
  const told: unknown[] = [];
  const tell = (what: string) => (entries: readonly object[]) => {
    told.push([what, entries]);
    return Promise.resolve();
  };
  const reports: LoadBalancerReport[] = [{ arn: loadBalancer.arn, code: 'active' }];
  const loop = new TargetsLoop(
    () => world.state,
    { views: () => [view(fresh), view(draining)], loadBalancers: () => reports },
    {
      recordTargetHealth: tell('health'),
      recordTargetsDrained: tell('drained'),
      recordLoadBalancerStates: tell('states'),
    },
    { idle: () => others, tellIdle: (idle) => told.push(['idle', idle]) },
    () => holdsLease,
  );
  return { loop, told, world, loadBalancer, fresh, draining };
}

describe('the loop of targets', () => {
  it('tells health, what is idle, and load balancers', async () => {
    const { loop, told, loadBalancer, fresh, draining } = loopOf();
    await loop.round();
    expect(told).toEqual([
      ['idle', [registrationOf(draining)]],
      ['health', [{ ...registrationOf(fresh), state: 'healthy' }]],
      ['drained', [registrationOf(draining)]],
      ['states', [{ arn: loadBalancer.arn, code: 'active' }]],
    ]);
  });

  it('has nothing to tell of what is recorded', async () => {
    const { loop, told, world, loadBalancer, fresh, draining } = loopOf();
    world.target({ arn: fresh.targetGroupArn } as never, 80, { ...fresh, health: { state: 'healthy', since: 'then' } });
    world.state.loadBalancers.put(loadBalancer.arn, { ...loadBalancer, state: { code: 'active' } });
    world.deregister(draining);
    await loop.round();
    expect(told).toEqual([['idle', [registrationOf(draining)]]]);
  });

  it('waits for every other replica, and only says what is idle where it does not hold the lease', async () => {
    const waiting = loopOf({ others: [[]] });
    await waiting.loop.round();
    expect(waiting.told.map((entry) => (entry as [string])[0])).not.toContain('drained');
    const standby = loopOf({ holdsLease: false });
    await standby.loop.round();
    expect(standby.told).toEqual([['idle', [registrationOf(standby.draining)]]]);
  });
});
