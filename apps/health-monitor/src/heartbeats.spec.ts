import { type ContainerInstance, heartbeatIntervalMs, silentAfterMs } from '#lib/ecs/model';
import { seededRandom, silentLogger } from '#lib/platform';
import { EcsWorld } from '../../../test/support/ecs-world.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { connectivityChanges, Heartbeats } from './heartbeats.js';

const instance = (change: Partial<ContainerInstance> = {}) =>
  ({ instanceId: 'a', status: 'ACTIVE', agentConnected: true, ...change }) as ContainerInstance;

/** What is said at `now` of one instance that was last heard at `seenAt`, by a judge since 0. */
const said = (now: number, seenAt: number | undefined, change: Partial<ContainerInstance> = {}, since = 0) =>
  connectivityChanges(
    [instance(change)],
    new Map(seenAt === undefined ? [] : [['a', seenAt]]),
    { since: () => since, silentAfterMs: () => silentAfterMs(1_000) },
    now,
  ).map((c) => c.connected);

describe('whether an agent is connected', () => {
  it('is over after three missed heartbeats, not before', () => {
    expect(said(13_900, 10_000)).toEqual([]);
    expect(said(14_000, 10_000)).toEqual([false]);
  });

  it('begins again with the first sign of life', () => {
    expect(said(20_000, 19_500, { agentConnected: false })).toEqual([true]);
  });

  it('gives those who were not heard of yet a full grace from the judge’s first moment', () => {
    expect(said(3_900, undefined)).toEqual([]);
    expect(said(4_000, undefined)).toEqual([false]);
  });

  it('is not judged by what a judge heard before it was cut off: it counts from its return', () => {
    expect(said(63_900, 10_000, {}, 60_000)).toEqual([]);
    expect(said(64_000, 10_000, {}, 60_000)).toEqual([false]);
    expect(said(60_500, 10_000, { agentConnected: false }, 60_000)).toEqual([]);
  });

  it('is not said of an instance that is gone, nor twice', () => {
    expect(said(20_000, 0, { status: 'INACTIVE' })).toEqual([]);
    expect(said(20_000, 0, { agentConnected: false })).toEqual([]);
  });
});

const ID = 'a'.repeat(32);
const BEAT = { at: '2026-11-30T00:00:00.000Z', sequence: 1 };

const placedOn = (world: EcsWorld, instance: string) => {
  world.place(world.definition(), [instance], { requestToken: instance });
  return [...world.state.tasks.values()];
};

describe('a judge', () => {
  function given(perSecond?: number) {
    const world = new EcsWorld();
    const containerInstanceArn = world.instance(ID);
    const clock = new VirtualClock();
    const lease = { held: true };
    const sent: string[] = [];
    const heartbeats = new Heartbeats(
      world.state,
      (name, { input }) => {
        sent.push(name);
        const output = world.given<object>(name, input as object, 'health-monitor');
        return Promise.resolve({ output, revision: 1 });
      },
      clock,
      seededRandom(1),
      silentLogger,
      15_000,
      () => lease.held,
      perSecond,
    );
    const [task] = placedOn(world, containerInstanceArn);
    const taskNow = () => world.state.tasks.get(task!.taskArn)!;
    return {
      world,
      clock,
      lease,
      heartbeats,
      sent,
      taskNow,
      isConnected: () => world.state.containerInstances.get(containerInstanceArn)!.agentConnected,
    };
  }

  it('records silence and return', async () => {
    const { clock, heartbeats, isConnected } = given();
    heartbeats.startJudging();
    await clock.advance(5_000);
    expect(isConnected()).toBe(false);
    heartbeats.heard(ID);
    await clock.advance(1_000);
    expect(isConnected()).toBe(true);
    heartbeats.stopJudging();
  });

  it('says of many that fell silent in a few commands', async () => {
    const { world, clock, heartbeats, sent } = given();
    for (let n = 0; n < 1_200; n++) world.instance(String(n).padStart(32, '0'));
    heartbeats.startJudging();
    await clock.advance(5_000);
    const connected = [...world.state.containerInstances.values()].filter(({ agentConnected }) => agentConnected);
    expect(connected).toEqual([]);
    expect(sent).toEqual(['SetAgentConnectivity', 'SetAgentConnectivity', 'SetAgentConnectivity']);
    heartbeats.stopJudging();
  });

  it('takes an agent whose engine is away for disconnected and alive, until it says that the engine is back', async () => {
    const { clock, heartbeats, isConnected, taskNow } = given();
    heartbeats.startJudging();
    const beating = async (ms: number, isAway: boolean) => {
      for (let at = 0; at < ms; at += 1_000) {
        heartbeats.beat(ID, { ...BEAT, engineAway: isAway });
        await clock.advance(1_000);
      }
    };
    await beating(5_000, false);
    expect(isConnected()).toBe(true);
    await beating(60_000, true);
    expect([isConnected(), taskNow().lastStatus]).toEqual([false, 'PENDING']);
    await beating(1_000, false);
    expect(isConnected()).toBe(true);
    heartbeats.stopJudging();
  });

  it('asks one host for a heartbeat a second, and thousands for a thousand together', () => {
    expect(given().heartbeats.interval()).toEqual({ everyMs: 1_000 });
    expect([1, 1_000, 1_500, 5_000, 30_000, 100_000].map((hosts) => heartbeatIntervalMs(hosts))).toEqual([
      1_000, 1_000, 1_500, 5_000, 30_000, 30_000,
    ]);
    const { heartbeats, lease, world } = given(0.5);
    world.instance('b'.repeat(32));
    heartbeats.startJudging();
    expect(heartbeats.interval()).toEqual({ everyMs: 4_000 });
    lease.held = false;
    expect(heartbeats.interval()).toBeUndefined();
    heartbeats.stopJudging();
  });

  it('goes by what an agent has promised last', async () => {
    const { clock, heartbeats, isConnected, taskNow } = given();
    heartbeats.startJudging();
    heartbeats.beat(ID, { ...BEAT, everyMs: 5_000 });
    await clock.advance(11_000);
    expect(isConnected()).toBe(true);
    await clock.advance(1_000);
    expect(isConnected()).toBe(false);
    await clock.advance(14_000);
    expect(taskNow().lastStatus).toBe('PENDING');
    await clock.advance(2_000);
    expect(taskNow().lastStatus).toBe('STOPPED');
    heartbeats.beat(ID, BEAT);
    await clock.advance(1_000);
    expect(isConnected()).toBe(true);
    await clock.advance(4_000);
    expect(isConnected()).toBe(false);
    heartbeats.stopJudging();
  });

  it('goes by what all were told while it has not heard an agent itself, or heard it last before others judged', async () => {
    for (const heardBefore of [false, true]) {
      const { clock, heartbeats, isConnected } = given(0.2);
      if (heardBefore) heartbeats.beat(ID, BEAT);
      await clock.advance(60_000);
      heartbeats.startJudging();
      await clock.advance(11_000);
      expect(isConnected()).toBe(true);
      await clock.advance(1_000);
      expect(isConnected()).toBe(false);
      heartbeats.stopJudging();
    }
  });

  it('says nothing while another replica holds the lease, and grants a grace when it takes over', async () => {
    const { clock, heartbeats, isConnected } = given();
    await clock.advance(60_000);
    heartbeats.startJudging();
    await clock.advance(3_000);
    expect(isConnected()).toBe(true);
    heartbeats.stopJudging();
  });

  it('that was frozen, and has not noticed yet that its lease has run out, says nothing', async () => {
    const { clock, lease, heartbeats, isConnected, taskNow } = given();
    heartbeats.heard(ID);
    heartbeats.startJudging();
    lease.held = false;
    await clock.advance(60_000);
    expect([isConnected(), taskNow().lastStatus]).toEqual([true, 'PENDING']);
    heartbeats.stopJudging();
  });

  it('gives up the tasks of an instance whose grace is over, and says why', async () => {
    const { clock, heartbeats, taskNow } = given();
    heartbeats.heard(ID);
    heartbeats.startJudging();
    await clock.advance(18_000);
    expect(taskNow().lastStatus).toBe('PENDING');
    await clock.advance(2_000);
    expect(taskNow()).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'InfrastructureHealth',
      stoppedReason: `Container instance ${ID} was lost: its agent was silent for 19 s.`,
    });
    heartbeats.stopJudging();
  });

  it('declares nobody dead because it was restarted or took over', async () => {
    const { clock, heartbeats, taskNow } = given();
    heartbeats.heard(ID);
    await clock.advance(60_000);
    heartbeats.startJudging();
    await clock.advance(18_000);
    expect(taskNow().lastStatus).toBe('PENDING');
    heartbeats.heard(ID);
    await clock.advance(18_000);
    expect(taskNow().lastStatus).toBe('PENDING');
    heartbeats.stopJudging();
  });

  it('counts the silence of an instance from its registration at the earliest', async () => {
    const { clock, heartbeats, world } = given();
    heartbeats.startJudging();
    const beating = async (ms: number) => {
      for (let at = 0; at < ms; at += 1_000) {
        heartbeats.heard(ID);
        await clock.advance(1_000);
      }
    };
    await beating(60_000);
    const late = world.instance('b'.repeat(32));
    const [task] = placedOn(world, late).filter(({ containerInstanceArn }) => containerInstanceArn === late);
    const taskNow = () => world.state.tasks.get(task!.taskArn)!;
    await beating(3_000);
    expect(world.state.containerInstances.get(late)!.agentConnected).toBe(true);
    await beating(14_000);
    expect(taskNow().lastStatus).toBe('PENDING');
    await beating(5_000);
    expect(taskNow()).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: expect.stringMatching(/silent for (19|20) s\.$/) });
    heartbeats.stopJudging();
  });

  it('lets the tasks of an instance wait that was registered through the API and that no agent speaks for', async () => {
    const { clock, heartbeats, world } = given();
    const { containerInstance } = world.given<{ containerInstance: { containerInstanceArn: string } }>(
      'RegisterContainerInstance',
      {
        totalResources: [{ name: 'MEMORY', type: 'INTEGER', integerValue: 1024 }],
        attributes: [...world.state.containerInstances.values()][0]!.attributes,
      },
    );
    const { containerInstanceArn } = containerInstance;
    const [task] = placedOn(world, containerInstanceArn).filter((placed) => placed.containerInstanceArn === containerInstanceArn);
    heartbeats.startJudging();
    await clock.advance(120_000);
    expect(world.state.containerInstances.get(containerInstanceArn)).toMatchObject({ agentConnected: false });
    expect(world.state.tasks.get(task!.taskArn)).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'RUNNING' });
    heartbeats.stopJudging();
  });

  it('gives up every task of a large host in one round', async () => {
    const { clock, heartbeats, world } = given();
    const resources = { cpu: 64_000, memoryMiB: 64_000, gpu: 0, portsTcp: [], portsUdp: [] };
    const large = world.instance('c'.repeat(32), { resources });
    const definition = world.definition([{ name: 'web', image: 'web', memory: 8 }]);
    for (let i = 0; i < 25; i++) world.place(definition, Array(10).fill(large), { requestToken: `token ${i}` });
    heartbeats.startJudging();
    await clock.advance(20_000);
    expect(world.state.tasks.countBy('instance', large)).toBe(0);
    heartbeats.stopJudging();
  });
});
