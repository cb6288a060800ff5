import { describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Fold, Revision } from '#lib/journal';
import { type CommandReply, type SendCommand } from '#lib/messaging';
import { ADDRESS_ATTRIBUTE, type EcsState, type Task } from '#lib/ecs/model';
import { loadBalancing } from '../../apps/load-balancer/src/domain/domain.js';
import type { LoadBalancingState } from '../../apps/load-balancer/src/domain/state.js';
import { NetworkMembersLoop } from '../../apps/load-balancer/src/network-members/network-members-loop.js';
import { ProxyModels } from '../../apps/load-balancer/src/proxy/model-of.js';
import { TaskTargetsLoop } from '../../apps/load-balancer/src/task-targets/task-targets-loop.js';
import { Traffic } from '../../apps/load-balancer/src/traffic.js';
import { BalancedWorld, factsOf } from '../support/balanced-world.js';
import { HONOURED } from '../support/ecs-world.js';
import { PLACEMENT } from '../support/load-balancing-world.js';
import { OwnerWorld, type StartedOwner } from './owner-world.js';
import type { SimulatedProcess } from './simulated-process.js';
import { SimulatedHaproxies, SimulatedPlane } from './simulated-plane.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
const DELAY_SECONDS = 15;
const RISE = 5;
const HOSTS = ['1', '2'].map((digit) => ({ id: digit.repeat(32), address: `10.0.0.${digit}` }));

/** `ecs` with a service behind a target group, its hosts, and clients of both replicas' HAProxys; the load balancer's loops are the real ones. */
class TrafficWorld {
  readonly ecs = new BalancedWorld();
  readonly own: OwnerWorld<LoadBalancingState>;
  readonly haproxies = new Map<string, SimulatedHaproxies>();
  readonly network = new Map<string, readonly { readonly arn: string }[]>();
  /** By address, the task whose container listens there. */
  readonly listening = new Map<string, string>();
  readonly wrong: string[] = [];
  readonly seen = { requests: 0, drained: 0, deadlines: 0, killedHaproxies: 0, registered: 0 };
  private readonly followers = new Map<SimulatedProcess, ((commit: never) => void)[]>();
  hasBegun = false;
  private told = 0;
  private nextPort = 32_768;

  constructor(seed: number) {
    this.own = new OwnerWorld(
      seed,
      loadBalancing,
      'load-balancer',
      { relayed: false, maxClockOffsetMs: 0 },
      (started) => void this.started(started),
    );
  }

  get chaos() {
    return this.own.chaos;
  }

  async begin(): Promise<void> {
    let asked = 0;
    const ok = async (operation: string, input: object): Promise<any> => {
      const id = `setup-${++asked}`;
      for (;;) {
        const client = this.own.client(id);
        const reply = await Promise.race([
          client(operation, { id, requestId: id, operation, ...SCOPE, input }, 4_000),
          this.own.time.sleep(5_000).then((): CommandReply => ({ unavailable: 'the client has died' })),
        ]);
        if ('rejection' in reply) throw new Error(reply.rejection.message);
        if ('output' in reply) return reply.output;
      }
    };
    const { TargetGroups } = await ok('CreateTargetGroup', {
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: 'vpc-1',
      TargetType: 'instance',
    });
    const { TargetGroupArn } = TargetGroups[0];
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: String(DELAY_SECONDS) }];
    await ok('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
    const { LoadBalancers } = await ok('CreateLoadBalancer', { Name: 'web', placement: PLACEMENT });
    const DefaultActions = [{ Type: 'forward', TargetGroupArn }];
    await ok('CreateListener', {
      LoadBalancerArn: LoadBalancers[0].LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions,
    });
    const facts = { targetGroups: [factsOf(TargetGroupArn)] };
    this.atNow();
    const loadBalancers = [{ targetGroupArn: TargetGroupArn, containerName: 'web', containerPort: 80 }];
    this.ecs.create({ loadBalancers, ...facts, desiredCount: 3 }, HOSTS.length);
    for (const { id, address } of HOSTS) {
      const attributes = [...HONOURED.map((name) => ({ name })), { name: ADDRESS_ATTRIBUTE, value: address }];
      this.ecs.instance(id, { attributes });
    }
    this.tell();
    this.hasBegun = true;
    void this.live(300, () => this.host());
    void this.live(100, () => this.check());
    void this.live(40, () => this.ask());
    void this.live(4_000, () => this.change());
    void this.live(25_000, () => this.killHaproxy());
  }

  private async live(everyMs: number, what: () => void): Promise<void> {
    for (;;) {
      await this.own.time.sleep(this.chaos.between(everyMs / 2, (3 * everyMs) / 2));
      what();
    }
  }

  private async started({ replica, process, journal, fold, owner, bus }: StartedOwner<LoadBalancingState>): Promise<void> {
    const haproxies = this.haproxies.get(replica) ?? new SimulatedHaproxies();
    this.haproxies.set(replica, haproxies);
    const { clock, random, logger } = process;
    const isWriter = () => owner.isWriter;
    const means = { isWriter, clock, random, logger };
    const traffic = new Traffic({
      ...means,
      fold,
      send: owner.send,
      bus,
      planeOf: (listener) => new SimulatedPlane(haproxies, process, listener),
      running: () => Promise.resolve([...this.haproxies.values()].flatMap(({ pids }) => pids)),
      certificateDirectory: '/nowhere',
      masterKey: new Uint8Array(32),
      replicaId: process.name,
      registry: new Registry(),
    });
    const tell = this.commandsFrom(process, (name, input) => this.command(name, input));
    const taskTargets = new TaskTargetsLoop({ ...means, ecs: this.followedBy(process), own: fold, register: owner.send, tell });
    const members = new NetworkMembersLoop({
      ...means,
      own: fold,
      tell: this.commandsFrom(process, (_name, { loadBalancers }) => {
        this.network.set(SCOPE.region, loadBalancers as readonly { arn: string }[]);
        return { output: {}, revision: 0 } as never;
      }),
    });
    let head: Revision | undefined;
    while (head === undefined) head = await journal.head().catch(() => process.clock.sleep(100).then(() => undefined));
    fold.startedAt(head);
    await fold.caughtUpWithStart;
    if (!process.isAlive) return;
    traffic.start();
    members.start();
    taskTargets.start();
  }

  /** Both ways take time, either may be lost. */
  private commandsFrom(
    process: SimulatedProcess,
    decide: (name: string, input: Readonly<Record<string, unknown>>) => CommandReply,
  ): SendCommand {
    return async (name, { input }) => {
      await process.clock.sleep(this.chaos.delayMs());
      const lost: CommandReply = { unavailable: 'nobody answered' };
      if (this.chaos.strikes('messageDropped')) return lost;
      const reply = decide(name, input as never);
      await process.clock.sleep(this.chaos.delayMs());
      return this.chaos.strikes('messageDropped') ? lost : reply;
    };
  }

  private command(name: string, input: object): CommandReply {
    this.atNow();
    const outcome = this.ecs.command(name, input, 'load-balancer');
    this.tell();
    return ('rejection' in outcome ? outcome : { output: outcome.output, revision: 0 }) as CommandReply;
  }

  private followedBy(process: SimulatedProcess): Pick<Fold<EcsState>, 'state' | 'subscribe'> {
    const own: ((commit: never) => void)[] = [];
    this.followers.set(process, own);
    process.died.addEventListener('abort', () => this.followers.delete(process));
    return {
      state: this.ecs.state,
      subscribe: (listener: (commit: never) => void) => {
        own.push(listener);
        return () => void own.splice(own.indexOf(listener), 1);
      },
    } as never;
  }

  private atNow(): void {
    this.ecs.now = Math.max(this.ecs.now, this.own.time.wallMs);
  }

  private tell(): void {
    for (const commit of this.ecs.commits.slice(this.told))
      for (const listeners of this.followers.values()) for (const listener of listeners) listener(commit as never);
    this.told = this.ecs.commits.length;
  }

  /** The scheduler's passes and what agents do. */
  private host(): void {
    this.atNow();
    this.ecs.settle();
    if (this.ecs.domain.isExpired!(this.ecs.state, new Date(this.ecs.now).toISOString()))
      this.ecs.given('Expire', {}, 'state-store');
    for (const task of this.ecs.tasks) {
      if (task.lastStatus === 'PENDING') this.runs(task);
      else if (task.lastStatus === 'STOPPING' || (task.desiredStatus === 'STOPPED' && task.lastStatus === 'ACTIVATING'))
        this.ends(task);
    }
    this.tell();
  }

  private runs(task: Task): void {
    const hostPort = this.nextPort++;
    const networkBindings = [{ bindIP: '0.0.0.0', containerPort: 80, hostPort, protocol: 'tcp' as const }];
    this.ecs.report(task, 'RUNNING', {
      containers: [{ name: 'web', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN', restartCount: 0, networkBindings }],
    });
    const { attributes } = this.ecs.state.containerInstances.get(task.containerInstanceArn)!;
    const address = attributes.find(({ name }) => name === ADDRESS_ATTRIBUTE)!.value;
    this.listening.set(`${address}:${hostPort}`, task.taskArn);
  }

  /** SIGTERM. */
  private ends(task: Task): void {
    const address = [...this.listening].find(([, taskArn]) => taskArn === task.taskArn)?.[0];
    const isLate = task.drainDeadlineAt !== undefined && this.own.time.wallMs >= Date.parse(task.drainDeadlineAt) - 1_000;
    if (address !== undefined) {
      this.listening.delete(address);
      if (isLate) this.seen.deadlines++;
      else {
        this.seen.drained++;
        for (const [replica, haproxies] of this.haproxies) {
          if (haproxies.hasRequestsAt(address))
            this.wrong.push(`${this.own.time.nowMs}: SIGTERM to ${address}, which ${replica} has requests of`);
        }
      }
    }
    this.ecs.report(task, 'STOPPED');
  }

  private check(): void {
    for (const { all } of this.haproxies.values())
      for (const haproxy of all)
        for (const [key, { address }] of haproxy.servers) haproxy.check(key, this.listening.has(address), RISE);
  }

  /** One request at each HAProxy. */
  private ask(): void {
    const { own, chaos, seen } = this;
    // Half of them have a target's cookie, which is kept in drain, too.
    const hasCookie = chaos.random.next() < 0.5;
    for (const [replica, { current }] of this.haproxies) {
      const offered = [...(current?.servers.values() ?? [])].filter(
        ({ isInMaintenance, isDraining, isUp }) => !isInMaintenance && (!isDraining || hasCookie) && isUp,
      );
      if (offered.length === 0) continue;
      const server = chaos.pick(offered);
      const { address } = server;
      const taskArn = this.listening.get(address);
      if (taskArn === undefined) {
        this.wrong.push(`${own.time.nowMs}: ${replica} sends a request to ${address}, where nobody listens`);
        continue;
      }
      seen.requests++;
      server.sessions++;
      const forMs = chaos.random.next() < 0.02 ? chaos.between(5_000, 40_000) : chaos.between(1, 800);
      own.time.after(forMs, () => void server.sessions--);
    }
  }

  private change(): void {
    if (this.chaos.calmed) return;
    this.atNow();
    const running = this.ecs.inStatus('RUNNING');
    this.seen.registered += running.length;
    const { chaos } = this;
    const what = chaos.random.next();
    if (what < 0.3) this.ecs.given('UpdateService', { service: 'web', desiredCount: chaos.between(1, 6) });
    else if (what < 0.5) this.ecs.given('UpdateService', { service: 'web', forceNewDeployment: true });
    else if (running.length > 0) this.ecs.given('StopTask', { task: chaos.pick(running).taskArn });
    this.tell();
  }

  private killHaproxy(): void {
    if (this.chaos.calmed) return;
    this.chaos.pick([...this.haproxies.values()]).kill();
    this.seen.killedHaproxies++;
  }
}

// Two seconds on a machine that does nothing else, ten on a busy one.
jest.setTimeout(60_000);

/** In 19 a registration that is in doubt would be taken for none. */
describe.each([1, 2, 3, 19])('the loops of the load balancer in a world where everything goes wrong (seed %d)', (seed) => {
  it('lose no request by the order of their steps, end drains in time, and leave both HAProxys as the model says', async () => {
    const world = new TrafficWorld(seed);
    const begun = world.begin();
    while (!world.hasBegun) await world.own.run(1_000);
    await begun;
    await world.own.run(120_000);
    world.chaos.calm();
    world.ecs.given('UpdateService', { service: 'web', desiredCount: 3 });
    const folds = () => [...world.own.folds.values()];
    await world.own.run(90_000);
    expect(world.wrong).toEqual([]);
    expect(folds()).toHaveLength(2);
    const { state } = folds()[0]!;
    expect([...world.network.values()].flat().map(({ arn }) => arn)).toEqual(
      [...state.loadBalancers.values()].map(({ arn }) => arn),
    );
    const model = new ProxyModels().modelOf({ state });
    const wanted = [...model.backends.values()].flatMap(({ servers }) =>
      [...servers.values()].filter(({ draining }) => !draining).map(({ address }) => address),
    );
    expect(wanted.sort()).toEqual(
      [...world.listening]
        .filter(([, taskArn]) => ['RUNNING', 'ACTIVATING'].includes(world.ecs.state.tasks.get(taskArn)!.lastStatus))
        .map(([address]) => address)
        .sort(),
    );
    for (const { current } of world.haproxies.values()) {
      const offered = [...current!.offered()].map(({ address }) => address);
      expect(offered.sort()).toEqual(wanted);
    }
    for (const [what, count] of Object.entries(world.seen)) expect([what, count > 0]).toEqual([what, true]);
    expect(world.own.starts).toBeGreaterThan(2);
  });
});
