import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Task, TaskNetworkReply } from '#lib/ecs/model';
import type { Commit, CommitListener, Revision } from '#lib/journal';
import { fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { seededRandom, silentLogger } from '#lib/platform';
import { FargateWorld } from '../../../../test/support/fargate-world.js';
import { MemoryBus } from '../../../../test/support/memory-bus.js';
import { NetworkWorld } from '../../../../test/support/network-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { defaultNetwork } from '../domain/default-network.js';
import { NO_HOSTS } from '../domain/hosts.js';
import { TaskNetworks } from './task-networks.js';

const HOST = '1'.repeat(32);

describe('the networks of tasks', () => {
  let [clock, ecs, network, bus] = [new VirtualClock(), new FargateWorld(), new NetworkWorld(), new MemoryBus()];
  let listeners: ((commit: Commit) => void)[];
  let told: number;
  let unavailable: 'nobody' | 'network' | 'tasks';
  let underlay: string | undefined;
  let networks: TaskNetworks;

  const open = () =>
    new TaskNetworks({
      bus: { subscribe: (_subject, handle) => bus.subscribe(asked, handle) },
      ecs: {
        state: ecs.state,
        subscribe: (listener: CommitListener) => {
          listeners.push((commit) => listener(commit, 0 as Revision));
          return () => undefined;
        },
      },
      caughtUp: async () => true,
      hosts: { in: () => ({ ...NO_HOSTS, underlayOf: () => underlay }), ofBalancers: () => [] },
      isWriter: () => true,
      send: async ({ name, input }) =>
        unavailable === 'network' ? { unavailable: 'lost' } : ({ ...network.command(name, input), revision: 1 } as never),
      tell: async (name, { input }) =>
        unavailable === 'tasks' ? { unavailable: 'lost' } : ({ ...ecs.command(name, input, 'network'), revision: 1 } as never),
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  const asked = subjects.taskNetwork({ accountId: '000000000000', region: 'us-east-1', instanceId: HOST });
  /** What was committed is heard. */
  const pass = async (ms = 100) => {
    for (const commit of ecs.commits.slice(told)) for (const listener of listeners) listener(commit);
    told = ecs.commits.length;
    await clock.advance(ms);
  };
  const ask = async ({ taskArn }: Task): Promise<TaskNetworkReply | undefined> => {
    let reply: TaskNetworkReply | undefined;
    void bus.request(asked, toJson({ taskArn })).then((outcome) => {
      if (outcome.outcome === 'reply') reply = fromJson(outcome.payload) as TaskNetworkReply;
    });
    await clock.advance(1);
    return reply;
  };
  const given = () => network.ask('DescribeNetworkInterfaces').NetworkInterfaces as readonly { PrivateIpAddress: string }[];
  const hostAddresses = () =>
    [...network.state.resources.values()].flatMap((one) => (one.kind === 'host-interface' ? [one.hostAddress] : []));
  const recorded = () => ecs.tasks.map((task) => task.networkInterface?.privateIpv4Address);
  const onHost = () => ecs.tasks.find((task) => task.containerInstanceArn.endsWith(HOST))!;

  beforeEach(async () => {
    [clock, ecs, network, bus] = [new VirtualClock(), new FargateWorld(), new NetworkWorld(), new MemoryBus()];
    [listeners, told, unavailable] = [[], 0, 'nobody'];
    networks = open();
    networks.start();
    await pass();
    const subnet = defaultNetwork(network.scope as never).find(({ kind }) => kind === 'subnet')!.id;
    ecs.create({ networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } } });
    ecs.settle();
  });
  afterEach(async () => {
    const stopped = networks.stop();
    await clock.advance(1_000);
    await stopped;
  });

  it('are given, and recorded with the tasks, when these are placed, before anybody asks', async () => {
    await pass();
    expect(given()).toHaveLength(2);
    expect(new Set(recorded())).toEqual(new Set(given().map(({ PrivateIpAddress }) => PrivateIpAddress)));
    expect(ecs.tasks.map(({ lastStatus }) => lastStatus)).toEqual(['PENDING', 'PENDING']);
  });

  it('are of a VPC in which their hosts have an address each, for what they send to tasks of other ones', async () => {
    underlay = '198.18.0.1';
    await pass();
    expect(hostAddresses()).toEqual(['198.18.0.1']);
    underlay = undefined;
  });

  it('are told to an agent that asks first, the same as are recorded then', async () => {
    const reply = await ask(onHost());
    expect(given()).toHaveLength(1);
    await pass();
    expect(given()).toHaveLength(2);
    expect(reply).toMatchObject({ networkInterface: { privateIpv4Address: onHost().networkInterface!.privateIpv4Address } });
    expect(await ask(onHost())).toEqual(reply);
  });

  it('are told when they cannot be recorded yet, and recorded as soon as they can', async () => {
    unavailable = 'tasks';
    await pass(1_000);
    expect(recorded()).toEqual([undefined, undefined]);
    expect(await ask(onHost())).toMatchObject({ networkInterface: {} });
    unavailable = 'nobody';
    await pass(500);
    expect(recorded()).not.toContain(undefined);
    expect(given()).toHaveLength(2);
  });

  it('are recorded by a writer that begins after they were given', async () => {
    unavailable = 'tasks';
    await pass();
    const stopped = networks.stop();
    await clock.advance(1_000);
    await stopped;
    unavailable = 'nobody';
    networks = open();
    networks.start();
    await clock.advance(100);
    expect(recorded()).not.toContain(undefined);
  });

  it('are told to nobody before they are in the journal, nor to another host', async () => {
    unavailable = 'network';
    expect(await ask(onHost())).toBeUndefined();
    unavailable = 'nobody';
    expect(await ask(ecs.tasks.find((task) => task !== onHost())!)).toBeUndefined();
  });

  it('are given to no task that is over', async () => {
    for (const task of ecs.tasks) ecs.exits(task);
    await pass(1_000);
    expect(given()).toEqual([]);
  });
});
