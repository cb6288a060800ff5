import { describe, expect, it } from '@jest/globals';
import { ProxyWorld } from '../../../../test/support/proxy-world.js';
import type { LoadBalancerReport } from '../proxy/load-balancer-reports.js';
import { type Registration, registrationOf } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';
import { TargetsLoop } from './targets-loop.js';

interface Situation {
  readonly holdsLease?: boolean;
  readonly others?: readonly { readonly idle: readonly Registration[]; readonly pids: readonly number[] }[];
  readonly running?: readonly number[];
}

function loopOf({ holdsLease = true, others = [], running = [1, 2] }: Situation = {}) {
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
  const told: (readonly unknown[])[] = [];
  const tell = (what: string) => (entries: readonly object[]) => {
    told.push([what, entries]);
    return Promise.resolve();
  };
  const reports: LoadBalancerReport[] = [{ arn: loadBalancer.arn, code: 'active' }];
  const loop = new TargetsLoop(
    () => world.state,
    { views: () => [view(fresh), view(draining)], loadBalancers: () => reports, pids: [1, 2] },
    {
      recordTargetHealth: tell('health'),
      recordTargetsDrained: tell('drained'),
      recordLoadBalancerStates: tell('states'),
    },
    { live: () => others, tell: (idle, pids) => told.push(['idle', idle, pids]) },
    () => Promise.resolve(running),
    () => holdsLease,
  );
  return { loop, told, world, loadBalancer, fresh, draining };
}

describe('the loop of targets', () => {
  it('tells health, what is idle, and load balancers', async () => {
    const { loop, told, loadBalancer, fresh, draining } = loopOf();
    await loop.round();
    expect(told).toEqual([
      ['idle', [registrationOf(draining)], [1, 2]],
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
    expect(told).toEqual([['idle', [registrationOf(draining)], [1, 2]]]);
  });

  it('waits for every other replica, and only says what is idle where it does not hold the lease', async () => {
    const waiting = loopOf({ others: [{ idle: [], pids: [] }] });
    await waiting.loop.round();
    expect(waiting.told.map(([what]) => what)).not.toContain('drained');
    const standby = loopOf({ holdsLease: false });
    await standby.loop.round();
    expect(standby.told).toEqual([['idle', [registrationOf(standby.draining)], [1, 2]]]);
  });

  it('has no target drained while a HAProxy of the installation runs that no live replica speaks of', async () => {
    const tellsDrained = async (situation: Situation) => {
      const { loop, told } = loopOf(situation);
      await loop.round();
      return told.some(([what]) => what === 'drained');
    };
    expect(await tellsDrained({ running: [1, 2, 3] })).toBe(false);
    const { draining } = loopOf();
    const other = { idle: [registrationOf(draining)], pids: [3] };
    expect(await tellsDrained({ running: [1, 2, 3], others: [other] })).toBe(true);
    expect(await tellsDrained({ running: [1, 2, 3, 4], others: [other] })).toBe(false);
    // What is told may have ended by now.
    expect(await tellsDrained({ running: [1], others: [other] })).toBe(true);
  });
});
