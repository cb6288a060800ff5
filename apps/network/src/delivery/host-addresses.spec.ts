import { describe, expect, it } from '@jest/globals';
import {
  ADDRESS_ATTRIBUTE,
  CONTAINER_ADDRESS_ATTRIBUTE,
  PUBLISHED_EVERYWHERE_ATTRIBUTE,
  SECURITY_GROUPS_ATTRIBUTE,
  UNDERLAY_ADDRESS_ATTRIBUTE,
} from '#lib/ecs/model';
import { EcsWorld, HONOURED } from '../../../../test/support/ecs-world.js';
import { HostAddresses } from './host-addresses.js';

const [FIRST, JOINED] = ['1'.repeat(32), '2'.repeat(32)];

/** The first host, which publishes on its loopback, and one that has joined. */
function world() {
  const own = new EcsWorld();
  const register = (id: string, attributes: Readonly<Record<string, string>>) =>
    own.instance(id, {
      attributes: [
        ...HONOURED.map((name) => ({ name })),
        ...Object.entries(attributes).map(([name, value]) => ({ name, value })),
      ],
    });
  const first = register(FIRST, {
    [ADDRESS_ATTRIBUTE]: '127.0.0.1',
    [CONTAINER_ADDRESS_ATTRIBUTE]: '172.17.0.1',
    [UNDERLAY_ADDRESS_ATTRIBUTE]: '198.18.0.1',
  });
  const joined = register(JOINED, {
    [ADDRESS_ATTRIBUTE]: '198.18.0.2',
    [UNDERLAY_ADDRESS_ATTRIBUTE]: '198.18.0.2',
    [SECURITY_GROUPS_ATTRIBUTE]: 'sg-1',
  });
  const hosts = new HostAddresses({ state: own.state, subscribe: () => () => undefined });
  return { own, register, first, joined, all: hosts, hosts: () => hosts.in(own.scope as never) };
}

describe('what registrations and tasks say of hosts', () => {
  it('is where they are reached, in which groups they are, and which have load balancers', () => {
    const { hosts } = world();
    expect([hosts().underlayOf(FIRST), hosts().underlayOf(JOINED), hosts().underlayOf('3')]).toEqual([
      '198.18.0.1',
      '198.18.0.2',
      undefined,
    ]);
    expect(hosts().reached()).toEqual(
      expect.arrayContaining([
        { address: '198.18.0.1', groups: undefined },
        { address: '198.18.0.2', groups: 'sg-1' },
      ]),
    );
    expect(hosts().balancers()).toEqual(['198.18.0.1']);
  });

  it('is what EC2 tells of them, each host once, while it is registered', () => {
    const { all, own, joined } = world();
    const told = () =>
      all.instances(own.scope as never).map(({ address, groups, availabilityZone }) => [address, groups, availabilityZone]);
    expect(told().toSorted(([a], [b]) => (a! < b! ? -1 : 1))).toEqual([
      ['127.0.0.1', undefined, 'us-east-1a'],
      ['198.18.0.2', 'sg-1', 'us-east-1a'],
    ]);
    own.given('DeregisterContainerInstance', { containerInstance: joined, force: true });
    expect(told()).toEqual([['127.0.0.1', undefined, 'us-east-1a']]);
  });

  it('is which ports tasks have on a host, while there are tasks', () => {
    const { own, joined, hosts } = world();
    expect(hosts().portsOf(JOINED)).toBeUndefined();
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, hostPort: 5353, protocol: 'udp' },
      { containerPort: 81 },
    ];
    own.place(own.definition([{ name: 'web', image: 'web', memory: 128, portMappings: ports }]), [joined]);
    expect(hosts().portsOf(JOINED)).toEqual({
      groups: 'sg-1',
      everywhere: { tcp: [], udp: [] },
      published: { tcp: [8080], udp: [5353] },
      isReached: true,
      isOnLoopback: false,
    });
    expect(hosts().portsOf(FIRST)).toBeUndefined();
  });

  it('is which of them are on the loopback, and which at every address, as a task in host mode has them', () => {
    const { own, register, hosts } = world();
    const alone = register('3'.repeat(32), { [ADDRESS_ATTRIBUTE]: '127.0.0.2' });
    const fixed = (hostPort: number) => ({
      name: 'web',
      image: 'web',
      memory: 128,
      portMappings: [{ containerPort: hostPort, hostPort }],
    });
    own.place(own.definition([fixed(443)], { networkMode: 'host' }), [alone]);
    const host = { everywhere: { tcp: [443], udp: [] }, isReached: false, isOnLoopback: true };
    expect(hosts().portsOf('3'.repeat(32))).toEqual({ ...host, groups: undefined, published: undefined });
    own.place(own.definition([fixed(80)]), [alone], { requestToken: 'other' });
    expect(hosts().portsOf('3'.repeat(32))).toMatchObject({ ...host, published: { tcp: [80], udp: [] } });
    // As with --address 0.0.0.0.
    const everywhere = { [ADDRESS_ATTRIBUTE]: '127.0.0.1', [PUBLISHED_EVERYWHERE_ATTRIBUTE]: '' };
    own.place(own.definition(), [register('4'.repeat(32), everywhere)], { requestToken: 'third' });
    expect(hosts().portsOf('4'.repeat(32))).toMatchObject({ isReached: true, isOnLoopback: false });
  });

  it('explains hosts by the address and id of an instance, and by a task that shares its host’s address', () => {
    const { own, first, joined } = world();
    const hosts = new HostAddresses({ state: own.state, subscribe: () => () => undefined });
    own.place(own.definition(), [joined]);
    const [taskArn] = [...own.state.tasks.values()].map((task) => task.taskArn);
    const facts = (...named: readonly string[]) => hosts.factsOf(own.scope as never, named);
    const { ends, balancers } = facts('198.18.0.2', JOINED, taskArn!.split('/').at(-1)!.slice(0, 8), first, '203.0.113.9', 'web');
    expect(balancers).toEqual(['198.18.0.1']);
    expect(Object.values(ends).map(({ address }) => address)).toEqual(['198.18.0.2', '198.18.0.2', '198.18.0.2', '198.18.0.1']);
    expect(ends['198.18.0.2']).toMatchObject({ groups: 'sg-1', ports: { isReached: true } });
    expect(Object.values(ends).map(({ isBridged }) => isBridged)).toEqual([undefined, undefined, true, undefined]);
  });
});
