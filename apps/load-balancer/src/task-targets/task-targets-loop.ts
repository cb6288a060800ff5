import { DueLoop, type SendToWriter } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { MOST_TOLD_AT_ONCE, type RecordTargetsInput, type TargetReport } from '#lib/ecs/tasks';
import type { Commit, Fold } from '#lib/journal';
import { type CommandReply, type SendCommand, ownCommandOf } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Target, TargetGroup } from '../domain/model.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { RegisteredTargetInput } from '../domain/target-input.js';
import { dueOf } from './due.js';
import { balancedTasks, touchedByEcs, touchedByOwn } from './touched-tasks.js';

const ownCommand = ownCommandOf('load-balancer');

export interface TaskTargetsDeps {
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe'>;
  readonly own: Pick<Fold<LoadBalancingState>, 'state' | 'subscribe'>;
  /** To the writer of the app's own journal. */
  readonly register: SendToWriter;
  /** To the writer of `ecs`. */
  readonly tell: SendCommand;
  /** One replica does it: the one that writes, whose fold has all that it wrote. */
  readonly isWriter: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Registering {
  readonly group: TargetGroup;
  readonly target: RegisteredTargetInput;
}

/** Whose target group is spoken of. */
type Owner = Pick<TargetGroup, 'accountId' | 'region'>;

/** Finds what a commit does not say: a host's new address, a quota that has room again. */
const SLOW_PASS_MS = 30_000;
const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 500;
const MOST_REGISTERED_AT_ONCE = 100;

/**
 * Keeps the target groups as the tasks want them: registers those that are ACTIVATING, tells `ecs` what becomes of their targets, and
 * deregisters those that are to end, by what both folds say.
 */
export class TaskTargetsLoop {
  private readonly loop: DueLoop;
  private readonly unsubscribe: (() => void)[] = [];
  /** By task: registrations that were not answered. Each may have been committed, or be yet, without this fold knowing of it. */
  private readonly inDoubt = new Map<string, readonly Registering[]>();

  constructor(private readonly deps: TaskTargetsDeps) {
    const { ecs, own } = deps;
    this.loop = new DueLoop({
      ...deps,
      all: () => balancedTasks(ecs.state, own.state),
      round: (taskArns) => this.round(taskArns),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'targets of tasks were not brought up to date',
    });
  }

  start(): void {
    const { ecs, own } = this.deps;
    const look = (touched: typeof touchedByEcs) => (commit: Commit) => this.loop.look(touched(ecs.state, own.state, commit));
    this.unsubscribe.push(ecs.subscribe(look(touchedByEcs)), own.subscribe(look(touchedByOwn)));
    this.loop.start();
  }

  async stop(): Promise<void> {
    for (const end of this.unsubscribe) end();
    await this.loop.stop();
  }

  /** What is to be registered and deregistered, then what is to be told. Gives the tasks for which something did not get through. */
  private async round(taskArns: readonly string[]): Promise<ReadonlySet<string>> {
    const { ecs, own } = this.deps;
    const again = new Set<string>();
    for (const taskArn of this.inDoubt.keys()) if (!ecs.state.tasks.has(taskArn)) this.inDoubt.delete(taskArn);
    const found = taskArns.map((taskArn) => dueOf(ecs.state, own.state, taskArn));
    const reports = found.flatMap((due) => due.reports);
    for (const [arn, wanted] of byGroup(
      found.flatMap((due) => due.register),
      ({ group }) => group.arn,
    )) {
      const { group } = wanted[0]!;
      for (let at = 0; at < wanted.length; at += MOST_REGISTERED_AT_ONCE) {
        const batch = wanted.slice(at, at + MOST_REGISTERED_AT_ONCE).map(({ target }) => target);
        reports.push(...(await this.register(arn, group, batch, again)));
      }
    }
    const deregister = found.flatMap((due) => due.deregister);
    for (const [arn, gone] of byGroup(deregister, ({ targetGroupArn }) => targetGroupArn))
      await this.deregister(arn, gone, again);
    const told = await this.withoutDoubt(reports, again);
    for (let at = 0; at < told.length; at += MOST_TOLD_AT_ONCE) await this.report(told.slice(at, at + MOST_TOLD_AT_ONCE), again);
    return again;
  }

  /**
   * That nothing of a task is registered says nothing while a registration of it is in doubt: another replica may send requests there. It
   * is taken back first, and looked at again when that was answered, which is after all that was commanded before.
   */
  private async withoutDoubt(reports: readonly TargetReport[], again: Set<string>): Promise<readonly TargetReport[]> {
    const isDoubtful = ({ state, taskArn }: TargetReport) => state === 'drained' && this.inDoubt.has(taskArn);
    const doubtful = new Set(reports.filter(isDoubtful).map(({ taskArn }) => taskArn));
    if (doubtful.size === 0) return reports;
    const doubts = [...doubtful].flatMap((taskArn) => this.inDoubt.get(taskArn)!);
    for (const taskArn of doubtful) {
      this.inDoubt.delete(taskArn);
      again.add(taskArn);
    }
    for (const [TargetGroupArn, registering] of byGroup(doubts, ({ group }) => group.arn)) {
      const Targets = registering.map(({ target: { Id, Port } }) => ({ Id, Port }));
      const reply = await this.command('DeregisterTargets', registering[0]!.group, { TargetGroupArn, Targets });
      if ('unavailable' in reply) for (const one of registering) this.doubt(one);
    }
    return reports.filter(({ taskArn }) => !doubtful.has(taskArn));
  }

  private doubt(one: Registering): void {
    const { taskArn } = one.target.Task!;
    this.inDoubt.set(taskArn, [...(this.inDoubt.get(taskArn) ?? []), one]);
  }

  private answered(taskArn: string, { arn }: TargetGroup): void {
    const others = (this.inDoubt.get(taskArn) ?? []).filter(({ group }) => group.arn !== arn);
    if (others.length > 0) this.inDoubt.set(taskArn, others);
    else this.inDoubt.delete(taskArn);
  }

  /** Gives what is to be told of targets that were refused. */
  private async register(
    arn: string,
    group: TargetGroup,
    targets: readonly RegisteredTargetInput[],
    again: Set<string>,
  ): Promise<readonly TargetReport[]> {
    const reply = await this.command('RegisterTargets', group, { TargetGroupArn: arn, Targets: targets });
    if ('unavailable' in reply) {
      for (const target of targets) {
        again.add(target.Task!.taskArn);
        this.doubt({ group, target });
      }
      return [];
    }
    for (const { Task } of targets) this.answered(Task!.taskArn, group);
    if ('output' in reply) return [];
    // One that is refused does not hold up the others.
    if (targets.length > 1) {
      const refused: TargetReport[] = [];
      for (const target of targets) refused.push(...(await this.register(arn, group, [target], again)));
      return refused;
    }
    const task = targets[0]!.Task!;
    const known = this.deps.ecs.state.tasks.get(task.taskArn)?.targets?.find((one) => one.targetGroupArn === arn);
    const { message: reason } = reply.rejection;
    return known?.state === 'pending' && known.reason !== reason ? [{ ...task, targetGroupArn: arn, reason }] : [];
  }

  private async deregister(arn: string, gone: readonly Target[], again: Set<string>): Promise<void> {
    const group = this.deps.own.state.targetGroups.get(arn as Target['targetGroupArn']);
    if (!group) return;
    const Targets = gone.map(({ id: Id, port: Port }) => ({ Id, Port }));
    const reply = await this.command('DeregisterTargets', group, { TargetGroupArn: arn, Targets });
    if ('unavailable' in reply) for (const { task } of gone) if (task) again.add(task.taskArn);
  }

  private async report(targets: readonly TargetReport[], again: Set<string>): Promise<void> {
    const { tell, clock, random, logger } = this.deps;
    const input: RecordTargetsInput = { targets };
    const reply = await tell('RecordTargets', ownCommand(random, 'RecordTargets', input), clock.monotonicMs() + SEND_FOR_MS);
    if ('output' in reply) return;
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'what became of targets was refused');
    for (const { taskArn } of targets) again.add(taskArn);
  }

  private async command(name: string, scope: Owner, input: object): Promise<CommandReply> {
    const { register, clock, random } = this.deps;
    return register({ name, ...ownCommand(random, name, input, scope) }, clock.monotonicMs() + SEND_FOR_MS);
  }
}

function byGroup<T>(all: readonly T[], arnOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const arn = arnOf(one);
    const known = groups.get(arn);
    if (known) known.push(one);
    else groups.set(arn, [one]);
  }
  return groups;
}
