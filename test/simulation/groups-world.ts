import { ecs } from '#lib/ecs';
import type { EcsState, HostAnswer, HostList, HostToEnd, HostToStart, Task } from '#lib/ecs/model';
import { planWaiting } from '#lib/ecs/tasks';
import type { StateTables } from '#lib/kernel';
import { type CommandRequest, CommandSender, fromJson, toJson } from '#lib/messaging';
import { parseCommandSubject, subjects } from '#lib/names';
import { type Random, seededRandom } from '#lib/platform';
import { scaling } from '../../apps/autoscaler/src/domain/domain.js';
import type { ScalingState } from '../../apps/autoscaler/src/domain/state.js';
import { GroupLoop } from '../../apps/autoscaler/src/groups/group-loop.js';
import { GroupPolicies } from '../../apps/autoscaler/src/groups/group-policies.js';
import { LauncherInstances } from '../../apps/autoscaler/src/groups/instance-provider.js';
import { MemoryMetricStore } from '../../apps/autoscaler/src/metrics/memory-metric-store.js';
import { CapacityWorld } from '../support/capacity-world.js';
import { HONOURED } from '../support/ecs-world.js';
import { OwnerWorld, type StartedOwner } from './owner-world.js';

/** A host that the launcher has started. */
interface Machine {
  readonly asked: HostToStart;
  /** It broke: nobody has ended it, and what ran on it is lost. */
  readonly broke: boolean;
}

/**
 * Two replicas of the autoscaler with the loop of groups, which crash and lose messages; ECS, whose state each of them has a little late; a
 * launcher whose machines take seconds to register, fail to start and break; a scheduler that places tasks, which end.
 */
export class GroupsWorld {
  readonly ecs = new CapacityWorld();
  readonly world: OwnerWorld<ScalingState>;
  readonly machines = new Map<string, Machine>();
  /** What must not be. */
  readonly faults: string[] = [];
  /** By instance id. */
  readonly started = new Map<string, number>();
  private readonly random: Random;
  private readonly ended = new Set<string>();
  private readonly underWay = new Map<string, Promise<HostAnswer>>();
  private readonly over = new Set<string>();

  constructor(seed: number) {
    this.random = seededRandom(seed + 7_000);
    this.world = new OwnerWorld(seed, scaling, 'autoscaler', { loop: (replica) => this.loopOf(replica) });
    this.ecs.provider('a', { managedScaling: { status: 'ENABLED' }, managedTerminationProtection: 'ENABLED' });
    this.ecs.associate(['a']);
    this.serveEcs();
    this.serveLauncher();
    void this.live();
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  chance(of: number): boolean {
    return !this.world.chaos.calmed && this.random.next() < of;
  }

  /** Those that are not over, of RunTask. */
  get tasks(): readonly Task[] {
    return [...this.ecs.state.tasks.values()].filter(({ taskArn }) => !this.over.has(taskArn));
  }

  end(task: Task): void {
    this.over.add(task.taskArn);
    this.ecs.given('StopTask', { task: task.taskArn, cluster: 'default' });
    if (this.ecs.state.tasks.get(task.taskArn)?.containerInstanceArn) this.ecs.report(task, 'STOPPED');
  }

  private loopOf({ process, fold, bus, owner: { send } }: StartedOwner<ScalingState>): GroupLoop {
    const { clock, random, logger } = process;
    const toEcs = new CommandSender(bus, 'ecs', 'autoscaler', clock);
    return new GroupLoop({
      fold,
      ecs: { state: this.followed(process.died), caughtUpWithStart: Promise.resolve() },
      hosts: new LauncherInstances(bus),
      policies: new GroupPolicies(fold, new MemoryMetricStore()),
      templates: { clusterOf: () => Promise.resolve(undefined) },
      send,
      told: () => undefined,
      toEcs: (...command) => toEcs.send(...command),
      clock,
      random,
      logger,
    });
  }

  /** The state of ECS as a replica has it, up to two seconds late. */
  private followed(died: AbortSignal): EcsState {
    const store: StateTables<EcsState> = ecs.newTables();
    let revision = 0;
    const fold = () => {
      for (; revision < this.ecs.commits.length; revision++) {
        const { at, transactions } = this.ecs.commits[revision]!;
        for (const transaction of transactions)
          transaction.events.forEach((event, index) =>
            ecs.decider.evolve(store.state, event, { at, revision: revision + 1, index, transaction }),
          );
      }
      if (!died.aborted) this.world.time.after(this.between(1, 2_000), fold);
    };
    fold();
    return store.state;
  }

  private serveEcs(): void {
    const { bus } = this.world.peer('state-store');
    const answered = new Map<string, object>();
    bus.subscribe(subjects.commandsOf('ecs'), ({ subject, payload, respond }) => {
      const { id, input } = fromJson(payload) as CommandRequest;
      const answer = answered.get(id) ?? this.ecs.command(parseCommandSubject(subject).command, input, 'autoscaler', id);
      answered.set(id, answer);
      respond?.(toJson({ ...answer, revision: this.ecs.commits.length }));
    });
  }

  private serveLauncher(): void {
    const { bus, clock } = this.world.peer('launcher');
    const serve = <Q>(verb: 'start' | 'end' | 'list', answer: (question: Q) => Promise<HostAnswer | HostList>) =>
      bus.subscribe(
        subjects.hosts(verb),
        ({ payload, respond }) => void answer(fromJson(payload) as Q).then((reply) => respond?.(toJson(reply))),
      );
    // One request of a host at a time, as the launcher has it.
    const inTurn = (id: string, step: () => Promise<HostAnswer>) => {
      const turn = (this.underWay.get(id) ?? Promise.resolve()).then(step, step);
      this.underWay.set(id, turn);
      return turn;
    };
    serve<HostToStart>('start', (asked) =>
      inTurn(asked.instanceId, async () => {
        await clock.sleep(this.between(1, 3_000));
        if (this.machines.has(asked.instanceId)) return { done: true };
        if (this.chance(0.1)) return { refusal: 'No quota.' };
        this.startMachine(asked);
        return this.chance(0.1) ? { unavailable: 'slow' } : { done: true };
      }),
    );
    serve<HostToEnd>('end', ({ instanceId }) =>
      inTurn(instanceId, async () => {
        await clock.sleep(this.between(1, 1_000));
        this.endMachine(instanceId);
        return this.chance(0.1) ? { unavailable: 'slow' } : { done: true };
      }),
    );
    serve('list', () =>
      Promise.resolve(
        this.chance(0.05)
          ? { unavailable: 'away' }
          : { hosts: [...this.machines.keys()], size: { cpuUnits: 2_048, memoryMiB: 2_048 } },
      ),
    );
  }

  private startMachine(asked: HostToStart): void {
    const { instanceId: id, group, cluster } = asked;
    // A start that was on its way when its host was ended: nobody knows it, and the next look ends it.
    if (!this.ended.has(id)) this.started.set(id, (this.started.get(id) ?? 0) + 1);
    this.machines.set(id, { asked, broke: false });
    const attributes = [...HONOURED.map((name) => ({ name })), { name: 'auto-scaling-group', value: group }];
    this.world.time.after(this.between(500, 15_000), () => {
      if (this.machines.has(id) && !this.ended.has(id)) this.ecs.instance(id, { attributes, cluster });
    });
  }

  /** Nothing that still runs may be on it. */
  private endMachine(id: string): void {
    const { state } = this.ecs;
    const instance = [...state.containerInstances.values()].find(({ instanceId }) => instanceId === id);
    const left = instance ? [...state.tasks.by('instance', instance.containerInstanceArn)] : [];
    if (left.length > 0 && this.machines.has(id)) this.faults.push(`${id} was ended with ${left.length} tasks on it`);
    if (this.machines.has(id) && instance && instance.status !== 'INACTIVE')
      this.faults.push(`${id} was ended before it had left its cluster`);
    this.ended.add(id);
    this.machines.delete(id);
  }

  /** The scheduler, agents and users. */
  private async live(): Promise<void> {
    const { time } = this.world;
    for (let round = 0; ; round++) {
      await time.sleep(500);
      this.ecs.now = Math.max(this.ecs.now, time.wallMs);
      if (!this.world.chaos.calmed && round % 20 === 0) this.ecs.accepted(this.between(1, 4), { token: `token-${round}` });
      for (const { placements } of planWaiting(this.ecs.state, () => this.random.next()))
        this.ecs.command('PlaceWaitingTasks', { placements }, 'scheduler');
      for (const task of this.tasks)
        if (task.lastStatus === 'PENDING' && task.containerInstanceArn) this.ecs.report(task, 'RUNNING');
        else if (task.lastStatus === 'RUNNING' && this.chance(0.01)) this.end(task);
      if (this.chance(0.003)) {
        const [broken] = this.machines.keys();
        if (broken) this.machines.delete(broken);
      }
    }
  }
}
