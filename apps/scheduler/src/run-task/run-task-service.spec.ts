import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import fc from 'fast-check';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { Committer, Fold, MemoryJournal, MemoryJournalServer } from '#lib/journal';
import type { Rejection } from '#lib/kernel';
import type { ApiContext, ApiReply, CommandReply } from '#lib/messaging';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { PlacementMetrics } from '../placement-metrics.js';
import { RunTaskService } from './run-task-service.js';

interface Answer {
  readonly tasks: readonly {
    taskArn: string;
    containerInstanceArn: string;
    lastStatus: string;
    group: string;
    tags: unknown[];
  }[];
  readonly failures: readonly { arn?: string; reason: string; detail?: string }[];
}

const SCOPE = { accountId: '111122223333', region: 'eu-west-1', principal: 'arn:aws:iam::111122223333:root' };

/** A writer and as many schedulers as wanted, each with a fold of its own, on the journal in memory and on virtual time. */
class ControlPlane {
  readonly clock = new VirtualClock();
  readonly server = new MemoryJournalServer('ecs', 'j1');
  readonly committer: Committer<EcsState>;
  readonly state: EcsState;
  private readonly fold = this.newFold();
  /** The schedulers'. */
  readonly folds: Fold<EcsState>[] = [];
  private commands = 0;
  /** Answers on their way from the writer that are to be lost, by round. */
  lost = 0;
  /** What schedulers sent. */
  readonly sent: { id: string; placements: number }[] = [];

  readonly registry = new Registry();
  private readonly metrics = new PlacementMetrics(this.registry);

  constructor() {
    this.state = this.fold.state;
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
  }

  /** A scheduler whose fold has caught up: what read-your-writes gives a caller that saw the others' answers. */
  async scheduler(seed = 1): Promise<RunTaskService> {
    const fold = this.newFold();
    this.folds.push(fold);
    fold.follow(this.journal(), new AbortController().signal).catch(fail);
    await this.clock.resolve(fold.waitFor(this.server.head, 1_000));
    const send = async (name: string, request: { id: string; input: unknown }): Promise<CommandReply> => {
      const { placements } = request.input as { placements: unknown[] };
      this.sent.push({ id: request.id, placements: placements.length });
      const reply = await this.committer.submit({ ...request, name, actor: 'scheduler' } as never);
      return this.lost-- > 0 ? { unavailable: 'lost' } : reply;
    };
    const { clock, metrics } = this;
    return new RunTaskService({
      fold,
      commands: { send },
      networks: { problemOf: () => Promise.resolve(undefined) },
      clock,
      random: seededRandom(seed),
      logger: silentLogger,
      metrics,
    });
  }

  async given<T>(name: string, input: object, actor = 'state-store'): Promise<T> {
    const id = `given-${++this.commands}`;
    const command = { id, name, actor, ...SCOPE, requestId: id, operation: name, input };
    const answer = await this.clock.resolve(this.committer.submit(command));
    if (!('output' in answer)) throw new Error(JSON.stringify(answer));
    return answer.output as T;
  }

  async instance(n: number, memoryMiB = 1024): Promise<string> {
    const request = {
      cluster: 'default',
      resources: { cpu: 2048, memoryMiB, gpu: 0, portsTcp: [], portsUdp: [] },
      attributes: ['1.17', '1.18', '1.19', '1.21'].map((v) => ({ name: `com.amazonaws.ecs.capability.docker-remote-api.${v}` })),
      versionInfo: { agentVersion: '1.0.0', agentHash: 'x', dockerVersion: '20.10' },
      hostId: `host-${n}`,
    };
    const instanceId = String(n).padStart(32, '0');
    const registered = await this.given<{ containerInstanceArn: string }>(
      'RegisterAgentInstance',
      { instanceId, request },
      'health-monitor',
    );
    return registered.containerInstanceArn;
  }

  definition = (more: object = {}) =>
    this.given('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [{ name: 'web', image: 'web', memory: 256 }],
      ...more,
    });

  /** Waits for the answer while time goes on. */
  async answer(reply: Promise<ApiReply>): Promise<Answer> {
    const settled = await this.clock.resolve(reply);
    if (!('output' in settled)) throw new Error(JSON.stringify(settled));
    return settled.output as Answer;
  }

  async rejection(reply: Promise<ApiReply>): Promise<Rejection> {
    const settled = await this.clock.resolve(reply);
    if (!('rejection' in settled)) throw new Error(JSON.stringify(settled));
    return settled.rejection;
  }

  context(requestId: string): ApiContext {
    return { requestId, ...SCOPE, deadlineAtMs: this.clock.monotonicMs() + 10_000, revisions: {} };
  }

  memoryHeld = () =>
    [...this.state.containerInstances.values()].map((i) => [i.registered.memoryMiB, i.reserved.memoryMiB] as const);

  private journal = () => new MemoryJournal(this.server, { clock: this.clock });
  private newFold() {
    return new Fold<EcsState>({ name: 'ecs', journalId: 'j1', store: createEcsStore(), decider: ecs.decider, clock: this.clock });
  }
}

const fail = (error: unknown): never => {
  throw error instanceof Error ? error : new Error(String(error));
};

describe('RunTask', () => {
  let plane: ControlPlane;
  let scheduler: RunTaskService;
  beforeEach(async () => {
    plane = new ControlPlane();
    scheduler = await plane.scheduler();
  });
  const run = (input: object, requestId = 'r1', by = scheduler) =>
    by.runTask({ input: { taskDefinition: 'web', ...input }, context: plane.context(requestId) });

  it('answers the tasks it placed, and reads of this scheduler see them', async () => {
    const instance = await plane.instance(1);
    await plane.definition();
    const { tasks, failures } = await plane.answer(run({ count: 2, tags: [{ key: 'a', value: 'b' }] }));
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      containerInstanceArn: instance,
      lastStatus: 'PENDING',
      group: 'family:web',
      tags: [{ key: 'a', value: 'b' }],
    });
    expect(plane.sent).toEqual([{ id: expect.stringMatching(/^r1\/PlaceTasks\/1\//), placements: 2 }]);
    expect(plane.folds[0]!.revision).toBe(plane.server.head);
  });

  it('answers tasks that wait where managed scaling is to bring room, beside those that fit', async () => {
    const containerInstance = await plane.instance(1);
    await plane.definition();
    const fact = {
      name: 'hosts',
      arn: 'arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:x:autoScalingGroupName/hosts',
    };
    const autoScalingGroupProvider = { autoScalingGroupArn: fact.arn, managedScaling: { status: 'ENABLED' } };
    await plane.given('CreateCapacityProvider', { name: 'more', autoScalingGroupProvider, autoScalingGroup: fact });
    const strategy = [{ capacityProvider: 'more', weight: 1 }];
    const associated = { capacityProviders: ['more'], defaultCapacityProviderStrategy: strategy };
    await plane.given('PutClusterCapacityProviders', { cluster: 'default', ...associated });
    await plane.clock.resolve(plane.folds[0]!.waitFor(plane.server.head, 1_000));
    const none = await plane.answer(run({ count: 2 }, 'r0'));
    expect(none.failures).toEqual([]);
    expect(none.tasks.map(({ lastStatus }) => lastStatus)).toEqual(['PROVISIONING', 'PROVISIONING']);
    const attributes = [{ name: 'auto-scaling-group', value: 'hosts', targetId: containerInstance }];
    await plane.given('PutAttributes', { attributes });
    await plane.clock.resolve(plane.folds[0]!.waitFor(plane.server.head, 1_000));
    const some = await plane.answer(run({ count: 6 }, 'r1'));
    expect(some.failures).toEqual([]);
    expect(some.tasks.map(({ lastStatus }) => lastStatus).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'PENDING'),
      ...Array.from({ length: 2 }, () => 'PROVISIONING'),
    ]);
    // The gateway's repetition of a request is answered with the same tasks.
    const again = await plane.answer(run({ count: 6 }, 'r1'));
    expect(again.tasks.map(({ taskArn }) => taskArn)).toEqual(some.tasks.map(({ taskArn }) => taskArn));
  });

  it('places what fits and says of each instance why the rest does not', async () => {
    const instance = await plane.instance(1);
    await plane.definition();
    const { tasks, failures } = await plane.answer(run({ count: 6 }));
    expect(tasks).toHaveLength(4);
    expect(failures).toEqual([
      {
        arn: instance,
        reason: 'RESOURCE:MEMORY',
        detail: expect.stringContaining('has 0 of 1024 MiB of memory left, the task needs 256.'),
      },
    ]);
  });

  it('refuses an empty cluster, and what the request itself does wrong, without asking the writer', async () => {
    await plane.given('CreateCluster', {});
    await plane.definition();
    expect(await plane.rejection(run({}))).toMatchObject({
      code: 'InvalidParameterException',
      message: 'No Container Instances were found in your cluster.',
    });
    expect(await plane.rejection(run({ cluster: 'x' }))).toMatchObject({ code: 'ClusterNotFoundException' });
    expect(plane.sent).toEqual([]);
  });

  it('places once for one clientToken, whichever scheduler and however full the cluster is by then', async () => {
    await plane.instance(1, 512);
    await plane.definition();
    const first = await plane.answer(run({ count: 2, clientToken: 't' }, 'r1'));
    const again = await plane.answer(run({ count: 2, clientToken: 't' }, 'r2', await plane.scheduler(2)));
    expect(again.tasks.map((t) => t.taskArn)).toEqual(first.tasks.map((t) => t.taskArn));
    expect(again.failures).toEqual([]);
    expect(plane.state.tasks.size).toBe(2);
  });

  it('refuses a clientToken that came with other parameters', async () => {
    await plane.instance(1);
    await plane.definition();
    await plane.answer(run({ clientToken: 't' }, 'r1'));
    expect(await plane.rejection(run({ clientToken: 't', count: 2 }, 'r2'))).toMatchObject({ code: 'ConflictException' });
  });

  it('places the rest of a token that was placed in part', async () => {
    await plane.instance(1, 512);
    await plane.definition();
    const first = await plane.answer(run({ count: 3, clientToken: 't' }, 'r1'));
    expect([first.tasks.length, first.failures.length]).toEqual([2, 1]);
    await plane.instance(2);
    const again = await plane.answer(run({ count: 3, clientToken: 't' }, 'r2'));
    expect([again.tasks.length, again.failures.length]).toEqual([3, 0]);
    expect(plane.state.tasks.size).toBe(3);
  });

  it('answers the same tasks when the gateway repeats a request whose answer was lost', async () => {
    await plane.instance(1, 512);
    await plane.definition();
    plane.lost = 1;
    expect(await plane.clock.resolve(run({ count: 2 }, 'r1'))).toEqual({ unavailable: 'lost' });
    const again = await plane.answer(run({ count: 2 }, 'r1', await plane.scheduler(2)));
    expect([again.tasks.length, again.failures.length, plane.state.tasks.size]).toEqual([2, 0, 2]);
  });

  // Found by the simulator: a joined answer to another scheduler's empty plan was passed on as "no tasks, no failures".
  it('is never given the answer to the plan that another scheduler made for the same request', async () => {
    await plane.instance(1);
    await plane.definition();
    await plane.answer(run({ clientToken: 't' }, 'r1'));
    await plane.answer(run({ clientToken: 't' }, 'r1', await plane.scheduler(2)));
    const [first, again] = plane.sent;
    expect([first!.placements, again!.placements]).toEqual([1, 0]);
    expect(again!.id).not.toBe(first!.id);
  });

  // Found by the simulator: the answer had neither tasks nor failures.
  it('says why when the only instance is drained while the plan is on its way', async () => {
    const instance = await plane.instance(1);
    await plane.definition();
    const drained = plane.given('UpdateContainerInstancesState', { containerInstances: [instance], status: 'DRAINING' });
    const { tasks, failures } = await plane.answer(run({ count: 2 }));
    await drained;
    expect(tasks).toEqual([]);
    expect(failures).toMatchObject([{ arn: instance }, { arn: instance }]);
  });

  it('plans again what another scheduler was faster to take', async () => {
    const [a, b] = [await plane.instance(1, 256), await plane.instance(2, 512)];
    await plane.definition();
    const other = await plane.scheduler(2);
    // Both plan at the same revision, onto the one instance that has the least left.
    const input = { placementStrategy: [{ type: 'binpack', field: 'memory' }] };
    const both = await Promise.all([plane.answer(run(input, 'r1')), plane.answer(run(input, 'r2', other))]);
    expect(both.flatMap((answer) => answer.tasks.map((task) => task.containerInstanceArn))).toEqual([a, b]);
    expect(both.flatMap((answer) => answer.failures)).toEqual([]);
    const rounds = plane.sent.map(({ id }) => id.replace(/\/[0-9a-f]+$/, ''));
    expect(rounds).toEqual(['r1/PlaceTasks/1', 'r2/PlaceTasks/1', 'r2/PlaceTasks/2']);
    expect(await plane.registry.metrics()).toContain(
      `longshore_stale_placements_total{reason="RESOURCE:MEMORY",container_instance="${a.split('/').at(-1)}"} 1`,
    );
  });

  it('never over-commits and tells the truth about every task, however many schedulers plan at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.record({ count: fc.integer({ min: 1, max: 4 }), by: fc.nat(2), distinct: fc.boolean() }), {
          minLength: 1,
          maxLength: 8,
        }),
        async (hosts, requests) => {
          plane = new ControlPlane();
          for (const [n, size] of hosts.entries()) await plane.instance(n, size * 256);
          await plane.definition();
          const schedulers = [await plane.scheduler(1), await plane.scheduler(2), await plane.scheduler(3)];
          const answers = await Promise.all(
            requests.map(({ count, by, distinct }, i) => {
              const placementConstraints = distinct ? [{ type: 'distinctInstance' }] : [];
              return plane.answer(
                run({ count, placementConstraints, group: distinct ? 'apart' : 'any' }, `r${i}`, schedulers[by]!),
              );
            }),
          );
          for (const [registered, reserved] of plane.memoryHeld()) expect(reserved).toBeLessThanOrEqual(registered);
          const answered = answers.flatMap(({ tasks }) => tasks.map((task) => task.taskArn)).sort();
          expect(answered).toEqual([...plane.state.tasks.values()].map((task) => task.taskArn).sort());
          const apart = [...plane.state.tasks.values()]
            .filter((task) => task.group === 'apart')
            .map((task) => task.containerInstanceArn);
          expect(new Set(apart).size).toBe(apart.length);
          requests.forEach(({ count }, i) => expect(answers[i]!.tasks.length === count).toBe(answers[i]!.failures.length === 0));
          // Nothing is left out: a task without a place and without constraints means that no instance had room.
          const free = plane.memoryHeld().some(([registered, reserved]) => registered - reserved >= 256);
          const failedFreely = requests.some(({ distinct }, i) => !distinct && answers[i]!.failures.length > 0);
          expect(free && failedFreely).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('StartTask', () => {
  it('starts one task on each named instance, and names what is wrong with the others', async () => {
    const plane = new ControlPlane();
    const scheduler = await plane.scheduler();
    const [good, full, draining] = [await plane.instance(1), await plane.instance(2, 128), await plane.instance(3)];
    await plane.given('UpdateContainerInstancesState', { containerInstances: [draining], status: 'DRAINING' });
    await plane.definition();
    const unknown = '9'.repeat(32);
    const containerInstances = [good, full, draining, unknown, good.slice(good.lastIndexOf('/') + 1)];
    const { tasks, failures } = await plane.answer(
      scheduler.startTask({ input: { taskDefinition: 'web', containerInstances }, context: plane.context('s1') }),
    );
    expect(tasks.map((task) => task.containerInstanceArn)).toEqual([good, good]);
    expect(failures.map(({ arn, reason }) => [arn, reason])).toEqual([
      [full, 'RESOURCE:MEMORY'],
      [draining, 'INACTIVE'],
      [`arn:aws:ecs:eu-west-1:111122223333:container-instance/default/${unknown}`, 'MISSING'],
    ]);
  });
});
