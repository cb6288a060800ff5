import { describe, expect, it } from '@jest/globals';
import { loadBalancing } from '../../apps/load-balancer/src/domain/domain.js';
import { targetKey } from '../../apps/load-balancer/src/domain/state.js';
import { digestOf } from '#lib/journal';
import { seededRandom } from '#lib/platform';
import { PLACEMENT } from '../support/load-balancing-world.js';
import { OwnerWorld } from './owner-world.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
const NAMES = ['a', 'b', 'c', 'd'];

/** Clients that make, change and delete the same few things at once, while owners crash, stop and lose their broker. */
describe.each([1, 2, 3, 4])('the owner of load balancing in a world where everything goes wrong (seed %d)', (seed) => {
  it('keeps every address, port, name and priority one thing’s, drains by the deadline, and its replicas end equal', async () => {
    const world = new OwnerWorld(seed, loadBalancing, 'load-balancer');
    const random = seededRandom(seed + 1_000);
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random.next() * from.length)];
    const known = {
      loadBalancers: new Set<string>(),
      groups: new Set<string>(),
      listeners: new Set<string>(),
      rules: new Set<string>(),
    };
    let answered = 0;
    const client = world.client('client');
    const shared = { ...PLACEMENT, sharedAddress: '192.0.2.1' };
    const Targets = () => [{ Id: `10.0.0.${1 + Math.floor(random.next() * 4)}` }];
    const something = (): [string, object] => {
      const [LoadBalancerArn, TargetGroupArn] = [pick([...known.loadBalancers]), pick([...known.groups])];
      const [ListenerArn, RuleArn] = [pick([...known.listeners]), pick([...known.rules])];
      const Port = 80 + Math.floor(random.next() * 3);
      const Actions = [{ Type: 'forward', TargetGroupArn }];
      const Conditions = [{ Field: 'path-pattern', Values: [`/${Port}`] }];
      const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: pick(['0', '5', '20'])! }];
      const choices: readonly [string, object][] = [
        ['CreateLoadBalancer', { Name: pick(NAMES)!, placement: pick([PLACEMENT, shared]) }],
        ['CreateTargetGroup', { Name: pick(NAMES)!, Protocol: 'HTTP', Port: 80, TargetType: 'ip' }],
        ...(LoadBalancerArn && TargetGroupArn
          ? ([
              ['CreateListener', { LoadBalancerArn, Protocol: 'HTTP', Port, DefaultActions: Actions }],
              ['RegisterTargets', { TargetGroupArn, Targets: Targets() }],
              ['RegisterTargets', { TargetGroupArn, Targets: Targets() }],
              ['DeregisterTargets', { TargetGroupArn, Targets: Targets() }],
              ['ModifyTargetGroupAttributes', { TargetGroupArn, Attributes }],
              ...(random.next() < 0.1 ? [['DeleteLoadBalancer', { LoadBalancerArn }] as [string, object]] : []),
              ...(random.next() < 0.2 ? [['DeleteTargetGroup', { TargetGroupArn }] as [string, object]] : []),
            ] as [string, object][])
          : []),
        ...(ListenerArn
          ? ([
              ['CreateRule', { ListenerArn, Priority: Port - 79, Conditions, Actions }],
              ['ModifyListener', { ListenerArn, Port }],
              ...(random.next() < 0.2 ? [['DeleteListener', { ListenerArn }] as [string, object]] : []),
            ] as [string, object][])
          : []),
        ...(RuleArn
          ? ([['SetRulePriorities', { RulePriorities: [{ RuleArn, Priority: Port - 79 }] }]] as [string, object][])
          : []),
      ];
      return pick(choices)!;
    };
    const live = async (name: string) => {
      for (let asked = 0; !world.chaos.calmed; asked++) {
        const [operation, input] = something();
        const id = `${name}-${asked}`;
        const reply = await client(operation, { id, requestId: id, operation, ...SCOPE, input }, 20_000);
        if (!('unavailable' in reply)) answered++;
        const output = ('output' in reply ? reply.output : {}) as Record<string, Record<string, string>[] | undefined>;
        for (const made of output.LoadBalancers ?? []) known.loadBalancers.add(made.LoadBalancerArn!);
        for (const made of output.TargetGroups ?? []) known.groups.add(made.TargetGroupArn!);
        for (const made of output.Listeners ?? []) known.listeners.add(made.ListenerArn!);
        for (const made of output.Rules ?? []) known.rules.add(made.RuleArn!);
        await world.time.sleep(300);
      }
    };
    for (const name of ['one', 'two', 'three']) void live(name);
    await world.run(180_000);
    world.chaos.calm();
    await world.run(60_000);

    const folds = [...world.folds.values()];
    expect(folds).toHaveLength(2);
    expect(new Set(folds.map(({ store }) => digestOf(store))).size).toBe(1);
    const { state } = folds[0]!;
    const unique = (what: readonly string[]) => expect(new Set(what).size).toBe(what.length);
    unique([...state.listeners.values()].flatMap(({ endpoints }) => endpoints));
    unique([...state.loadBalancers.values()].map(({ addresses }) => addresses.own));
    unique([...state.loadBalancers.values()].map(({ name }) => name));
    unique([...state.targetGroups.values()].map(({ name }) => name));
    unique([...state.rules.values()].map(({ listenerArn, priority }) => `${listenerArn} ${priority}`));
    for (const target of state.targets.values()) {
      expect(state.targetGroups.has(target.targetGroupArn)).toBe(true);
      expect(Date.parse(target.drainDeadlineAt ?? '2100-01-01')).toBeGreaterThan(folds[0]!.nowMs() - 10_000);
    }
    for (const listener of state.listeners.values()) expect(state.loadBalancers.has(listener.loadBalancerArn)).toBe(true);
    const events = world.commits.flatMap(({ at, transactions }) =>
      transactions.flatMap((one) => one.events.map((event) => ({ at, ...event }))),
    );
    const deadlines = new Map<string, string>();
    for (const { type, data, at } of events as { type: string; data: any; at: string }[]) {
      const names = () => data.targets.map(({ id, port }: any) => targetKey({ targetGroupArn: data.targetGroupArn, id, port }));
      if (type === 'TargetsDraining') for (const key of names()) deadlines.set(key, data.deadlineAt);
      if (type === 'TargetsDeregistered' && data.because === 'deadline')
        for (const key of names()) if (deadlines.has(key)) expect(at >= deadlines.get(key)!).toBe(true);
      if (type === 'TargetsDeregistered' || type === 'TargetsRegistered') for (const key of names()) deadlines.delete(key);
    }
    expect(events.filter(({ type }) => type === 'TargetsDraining').length).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(100);
    expect(world.starts).toBeGreaterThan(2);
  });
});
