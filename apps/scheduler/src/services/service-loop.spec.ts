import { describe, expect, it } from '@jest/globals';
import { createEcsStore, type EcsState, type Service, type Task, type TaskReport } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import {
  type Commit,
  Committer,
  Fold,
  MemoryJournal,
  MemoryJournalServer,
  MemoryLeaseServer,
  MemoryLeaseStore,
  type Revision,
} from '#lib/journal';
import type { CommandReply } from '#lib/messaging';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ServiceLoop } from './service-loop.js';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1', principal: 'arn:aws:iam::111122223333:root' };
const ARN = 'arn:aws:ecs:eu-west-1:111122223333:service/default/web';

const fail = (error: unknown): never => {
  throw error instanceof Error ? error : new Error(String(error));
};

/** A writer, schedulers with folds of their own, and hosts that do what is asked of them, on virtual time. */
class Plane {
  readonly clock = new VirtualClock();
  readonly server = new MemoryJournalServer('ecs', 'j1');
  private readonly leases = new MemoryLeaseServer();
  private readonly fold = this.newFold();
  readonly state = this.fold.state;
  private readonly committer: Committer<EcsState>;
  private commands = 0;
  private readonly sequences = new Map<string, number>();
  /** What schedulers sent. */
  sent = 0;
  looks = 0;
  /** Answers on their way to schedulers that are to be lost. */
  lost = 0;
  /** Every step is refused, as one that is too large would be. */
  refuses = false;
  /** How long each half of a lease's request takes. */
  leaseDelayMs = 0;
  /** Revisions whose tasks exit as soon as they run. */
  readonly broken = new Set<number>();
  readonly startMs = 50;

  constructor() {
    this.committer = new Committer({
      journal: this.journal(),
      fold: this.fold,
      writer: 'w1',
      clock: this.clock,
      random: seededRandom(1),
      logger: silentLogger,
      holdsCertainly: () => true,
      onStepDown: (reason) => fail(reason),
      onFatal: fail,
    });
    this.committer.open();
    this.fold.subscribe((commit) => {
      for (const { events } of commit.transactions) {
        for (const { type, data } of events) {
          if (type === 'TaskPlaced') this.later((data as Task).taskArn, 'RUNNING');
          if (type === 'TaskStopRequested') this.later((data as Task).taskArn, 'STOPPED');
        }
      }
    });
  }

  scheduler(n: number): ServiceLoop {
    const fold = this.newFold();
    fold.follow(this.journal(), new AbortController().signal).catch(fail);
    const send = async (name: string, request: { id: string; input: unknown }): Promise<CommandReply> => {
      this.sent++;
      if (this.refuses)
        return { rejection: { code: 'ClientException', message: 'too large', status: 400 }, revision: this.server.head };
      const reply = await this.committer.submit({ ...request, name, actor: 'scheduler' } as never);
      return this.lost-- > 0 ? { unavailable: 'lost' } : reply;
    };
    return new ServiceLoop({
      // Whoever looks at a service asks for the time.
      fold: new Proxy(fold, {
        get: (target, member) => {
          if (member === 'nowMs') this.looks++;
          const value: unknown = Reflect.get(target, member);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
      commands: { send },
      leases: new MemoryLeaseStore(this.leases, this.clock, { delayMs: () => this.leaseDelayMs }),
      clock: this.clock,
      random: seededRandom(n),
      logger: silentLogger,
      replicaId: `scheduler-${n}`,
    });
  }

  async given(name: string, input: object, actor = 'state-store'): Promise<void> {
    const id = `given-${++this.commands}`;
    const command = { id, name, actor, ...SCOPE, requestId: id, operation: name, input };
    const answer = await this.clock.resolve(this.committer.submit(command));
    if (!('output' in answer)) throw new Error(JSON.stringify(answer));
  }

  async instance(n: number, memoryMiB = 4096): Promise<void> {
    const request = {
      cluster: 'default',
      resources: { cpu: 2048, memoryMiB, gpu: 0, portsTcp: [], portsUdp: [] },
      attributes: ['1.17', '1.18', '1.19', '1.21'].map((v) => ({ name: `com.amazonaws.ecs.capability.docker-remote-api.${v}` })),
      versionInfo: { agentVersion: '1.0.0', agentHash: 'x', dockerVersion: '20.10' },
      hostId: `host-${n}`,
    };
    await this.given('RegisterAgentInstance', { instanceId: String(n).padStart(32, '0'), request }, 'health-monitor');
  }

  define = () =>
    this.given('RegisterTaskDefinition', { family: 'web', containerDefinitions: [{ name: 'web', image: 'web', memory: 128 }] });

  async service(desiredCount: number, more: object = {}): Promise<void> {
    await this.define();
    await this.given('CreateService', {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount,
      healthyAfterMs: 1_000,
      ...more,
    });
  }

  get commits(): readonly Commit[] {
    return Array.from({ length: this.server.head }, (_, i) => this.server.at((i + 1) as Revision)!);
  }

  get web(): Service {
    return this.state.services.get(ARN)!;
  }

  get tasks(): readonly Task[] {
    return [...this.state.tasks.by('service', ARN)];
  }

  get running(): readonly Task[] {
    return this.tasks.filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING');
  }

  isSteady = () =>
    this.web.deployments.length === 1 &&
    this.web.deployments[0]!.rolloutState === 'COMPLETED' &&
    this.running.length === this.web.desiredCount &&
    this.tasks.length === this.web.desiredCount;

  steady = (limitMs?: number) => this.clock.advanceUntil(this.isSteady, limitMs);

  /** An agent's report, gathered and committed. */
  report(taskArn: string, status: 'RUNNING' | 'STOPPED', stopCode?: TaskReport['stopCode']): void {
    const task = this.state.tasks.get(taskArn);
    if (!task || task.lastStatus === 'STOPPED') return;
    const sequence = (this.sequences.get(taskArn) ?? 0) + 1;
    this.sequences.set(taskArn, sequence);
    const at = new Date(this.clock.now()).toISOString();
    const report: TaskReport = {
      taskArn,
      sequence,
      status,
      containers: [],
      healthStatus: 'UNKNOWN',
      ...(status === 'RUNNING' ? { startedAt: at } : { stoppingAt: at, stoppedAt: at }),
      ...(stopCode ? { stopCode } : {}),
    };
    const id = `report-${taskArn}-${sequence}`;
    const input = { reports: [{ containerInstanceArn: task.containerInstanceArn, report }] };
    const command = { id, name: 'RecordTaskProgress', actor: 'health-monitor', ...SCOPE, requestId: id, operation: '', input };
    this.committer.submit(command).catch(fail);
    const revision = Number(task.taskDefinitionArn.split(':').at(-1));
    if (status === 'RUNNING' && this.broken.has(revision)) {
      this.clock.after(this.startMs, () => this.report(taskArn, 'STOPPED', 'EssentialContainerExited'));
    }
  }

  private later(taskArn: string, status: 'RUNNING' | 'STOPPED'): void {
    this.clock.after(this.startMs, () => this.report(taskArn, status));
  }

  private journal = () => new MemoryJournal(this.server, { clock: this.clock });
  private newFold() {
    return new Fold<EcsState>({ name: 'ecs', journalId: 'j1', store: createEcsStore(), decider: ecs.decider, clock: this.clock });
  }
}

async function running(desiredCount: number, more: object = {}) {
  const plane = new Plane();
  for (const n of [1, 2]) await plane.instance(n);
  const loop = plane.scheduler(1);
  loop.start();
  await plane.service(desiredCount, more);
  await plane.steady();
  return { plane, loop };
}

describe('the service loop', () => {
  it('makes a service, and then has nothing to do', async () => {
    const { plane } = await running(8);
    const [sent, head] = [plane.sent, plane.server.head];
    await plane.clock.advance(10 * 60_000);
    expect([plane.sent, plane.server.head]).toEqual([sent, head]);
  });

  it('replaces a task in the instant its end is committed, without a pause in the way', async () => {
    const { plane } = await running(4);
    const [lost] = plane.running;
    const at = plane.clock.now();
    plane.report(lost!.taskArn, 'STOPPED', 'EssentialContainerExited');
    await plane.clock.advanceUntil(() => plane.state.tasks.get(lost!.taskArn)!.lastStatus === 'STOPPED');
    await plane.clock.advanceUntil(() => plane.running.length === 4);
    // The start of a container takes this long here; the clock moves on in steps of ten.
    expect(plane.clock.now() - at).toBeLessThanOrEqual(plane.startMs + 30);
  });

  it('looks now and then at a start of many, and not at each task that comes up', async () => {
    const { plane } = await running(1);
    await plane.given('UpdateService', { service: 'web', desiredCount: 60 });
    await plane.clock.advanceUntil(() => plane.tasks.length === 60);
    const { looks } = plane;
    for (const { taskArn } of plane.tasks) {
      plane.report(taskArn, 'RUNNING');
      await plane.clock.advance(10);
    }
    await plane.steady();
    expect(plane.looks - looks).toBeLessThan(40);
  });

  it('looks once for all instances that come one after another, and moves tasks to them', async () => {
    const { plane } = await running(4);
    const { looks } = plane;
    for (let n = 10; n < 60; n++) await plane.instance(n);
    expect(plane.looks - looks).toBeLessThan(4);
    await plane.clock.advance(3_000);
    expect(plane.looks).toBeGreaterThan(looks);
    await plane.clock.advanceUntil(() => new Set(plane.running.map((task) => task.containerInstanceArn)).size === 4);
  });

  it('names the event that each step answers', async () => {
    const { plane } = await running(4);
    const head = plane.server.head;
    const [lost] = plane.running;
    plane.report(lost!.taskArn, 'STOPPED', 'EssentialContainerExited');
    await plane.clock.advanceUntil(() => plane.state.tasks.get(lost!.taskArn)!.lastStatus === 'STOPPED');
    await plane.steady();
    const steps = plane.commits.slice(head).flatMap(({ transactions }) => transactions);
    const placing = steps.find(({ events }) => events.some(({ type }) => type === 'TaskPlaced'))!;
    const [, revision, index] = /^ecs:(\d+)\.(\d+)$/.exec(placing.cause!)!;
    const cause = plane.commits[Number(revision) - 1]!.transactions.flatMap(({ events }) => events)[Number(index)];
    expect(cause).toMatchObject({ type: 'TaskStatusChanged', data: { taskArn: lost!.taskArn, from: 'RUNNING' } });
  });

  it('scales out and in', async () => {
    const { plane } = await running(1);
    for (const desiredCount of [8, 2]) {
      await plane.given('UpdateService', { service: 'web', desiredCount });
      await plane.steady();
      expect(plane.running).toHaveLength(desiredCount);
    }
  });

  it('rolls a revision out without ever having less than the desired count', async () => {
    const { plane } = await running(5);
    await plane.define();
    await plane.given('UpdateService', { service: 'web', taskDefinition: 'web' });
    let least = Infinity;
    await plane.clock.advanceUntil(() => {
      least = Math.min(least, plane.running.length);
      return plane.isSteady();
    });
    expect(least).toBe(5);
    expect(plane.running.every((task) => task.taskDefinitionArn.endsWith(':2'))).toBe(true);
  });

  it('rolls a revision back whose tasks exit', async () => {
    const breaker = { enable: true, rollback: true };
    const { plane } = await running(2, { deploymentConfiguration: { deploymentCircuitBreaker: breaker } });
    const before = plane.running.map((task) => task.taskArn).sort();
    plane.broken.add(2);
    await plane.define();
    await plane.given('UpdateService', { service: 'web', taskDefinition: 'web' });
    await plane.steady();
    expect(plane.running.map((task) => task.taskArn).sort()).toEqual(before);
    expect(plane.web.messages.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('rolling back to deployment'),
    );
  });

  it('places what waited for capacity when an instance comes', async () => {
    const plane = new Plane();
    await plane.instance(1, 256);
    plane.scheduler(1).start();
    await plane.service(4);
    await plane.clock.advanceUntil(() => plane.running.length === 2);
    await plane.clock.advance(5_000);
    const { sent } = plane;
    await plane.clock.advance(30_000);
    expect(plane.sent).toBe(sent);
    await plane.instance(2, 256);
    await plane.steady();
  });

  it('places nothing twice when answers are lost', async () => {
    const plane = new Plane();
    await plane.instance(1);
    plane.lost = 3;
    plane.scheduler(1).start();
    await plane.service(6);
    await plane.steady();
    expect(plane.state.tasks.size).toBe(6);
  });

  it('places nothing twice with two schedulers, and goes on when the one at work ends', async () => {
    const plane = new Plane();
    await plane.instance(1);
    const [first, second] = [plane.scheduler(1), plane.scheduler(2)];
    first.start();
    second.start();
    await plane.service(6);
    await plane.steady();
    await plane.clock.resolve(first.stop());
    const [lost] = plane.running;
    plane.report(lost!.taskArn, 'STOPPED', 'EssentialContainerExited');
    await plane.clock.advanceUntil(() => !plane.isSteady());
    await plane.steady();
    expect(plane.state.tasks.size).toBe(7);
    await plane.clock.resolve(second.stop());
  });

  it('makes up for a pass that came while its lease was in doubt, as soon as that is certain again', async () => {
    const { plane, loop } = await running(4);
    const { lease } = loop as unknown as { lease: { holdsCertainly(): boolean } };
    plane.leaseDelayMs = 600;
    await plane.clock.advanceUntil(() => !lease.holdsCertainly());
    plane.leaseDelayMs = 0;
    const [lost] = plane.running;
    plane.report(lost!.taskArn, 'STOPPED', 'EssentialContainerExited');
    await plane.clock.advanceUntil(() => plane.state.tasks.get(lost!.taskArn)!.lastStatus === 'STOPPED');
    expect(lease.holdsCertainly()).toBe(false);
    const at = plane.clock.now();
    await plane.steady();
    expect(plane.clock.now() - at).toBeLessThan(5_000);
  });

  it('asks ever more rarely where the writer refuses, and again at once when the service changes', async () => {
    const { plane } = await running(2);
    plane.refuses = true;
    await plane.given('UpdateService', { service: 'web', desiredCount: 3 });
    const { sent } = plane;
    await plane.clock.advance(60_000);
    expect(plane.sent - sent).toBeLessThan(12);
    plane.refuses = false;
    const at = plane.clock.now();
    await plane.given('UpdateService', { service: 'web', desiredCount: 4 });
    await plane.steady();
    expect(plane.clock.now() - at).toBeLessThan(5_000);
  });

  it('ends a deleted service', async () => {
    const { plane } = await running(3);
    await plane.given('DeleteService', { service: 'web', force: true });
    await plane.clock.advanceUntil(() => plane.web.status === 'INACTIVE');
    expect(plane.tasks).toHaveLength(0);
  });
});
