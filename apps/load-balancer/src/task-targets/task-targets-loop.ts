import type { SendToWriter } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { MOST_TOLD_AT_ONCE, type RecordTargetsInput, type TargetReport } from '#lib/ecs/tasks';
import type { Commit, Fold } from '#lib/journal';
import type { CommandReply, SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import { Wakeup } from '../haproxy/wakeup.js';
import type { Target, TargetGroup } from '../domain/model.js';
import { ownCommand } from '../own-command.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { RegisteredTargetInput } from '../domain/target-input.js';
import { type Due, dueOf } from './due.js';
import { balancedTasks, touchedByEcs, touchedByOwn } from './touched-tasks.js';

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

/** Whose target group is spoken of. */
type Owner = Pick<TargetGroup, 'accountId' | 'region'>;

/** Commits come in showers; one round looks at all of a shower. */
const GATHER_MS = 5;
/** What could not be done or told is tried again after it. */
const RETRY_MS = 250;
/** Finds what a commit does not say: a host's new address, a quota that has room again. */
const SLOW_PASS_MS = 30_000;
const SEND_FOR_MS = 4_000;
/** Tasks of one round: what it has to do is done before the next ones are looked at. */
const MOST_AT_ONCE = 500;
const MOST_REGISTERED_AT_ONCE = 100;

/**
 * Keeps the target groups as the tasks want them: registers those that are ACTIVATING, tells `ecs` what becomes of their targets, and
 * deregisters those that are to end, by what both folds say. It compares, and remembers nothing but which tasks to look at: a round
 * that did not get through is made up for by the next.
 */
export class TaskTargetsLoop {
  private readonly due = new Set<string>();
  private readonly wakeup: Wakeup;
  private readonly unsubscribe: (() => void)[] = [];
  private isOver = false;
  private wasWriter = false;
  private lookAtAllAtMs = -Infinity;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: TaskTargetsDeps) {
    this.wakeup = new Wakeup(deps.clock);
  }

  start(): void {
    const { ecs, own } = this.deps;
    const look = (touched: typeof touchedByEcs) => (commit: Commit) => {
      if (!this.wasWriter) return;
      const before = this.due.size;
      for (const taskArn of touched(ecs.state, own.state, commit)) this.due.add(taskArn);
      if (this.due.size > before) this.wakeup.wake();
    };
    this.unsubscribe.push(ecs.subscribe(look(touchedByEcs)), own.subscribe(look(touchedByOwn)));
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    for (const end of this.unsubscribe) end();
    this.wakeup.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { clock, logger } = this.deps;
    while (!this.isOver) {
      this.beWriter(this.deps.isWriter());
      if (this.due.size > 0) {
        await clock.sleep(GATHER_MS);
        try {
          await this.round();
        } catch (error) {
          logger.error({ err: error }, 'targets of tasks were not brought up to date; looking again');
          this.lookAtAllAtMs = -Infinity;
          await clock.sleep(RETRY_MS);
        }
      } else {
        // Whether this replica writes is asked, not told.
        await this.wakeup.wait(RETRY_MS);
      }
    }
  }

  private beWriter(isWriter: boolean): void {
    const { ecs, own, clock } = this.deps;
    const isNew = isWriter && !this.wasWriter;
    this.wasWriter = isWriter;
    if (!isWriter) return this.due.clear();
    if (!isNew && clock.monotonicMs() - this.lookAtAllAtMs < SLOW_PASS_MS) return;
    this.lookAtAllAtMs = clock.monotonicMs();
    for (const taskArn of balancedTasks(ecs.state, own.state)) this.due.add(taskArn);
  }

  /** Those that are due: what is to be registered and deregistered, then what is to be told. */
  async round(): Promise<void> {
    const { ecs, own } = this.deps;
    const taskArns: string[] = [];
    for (const taskArn of this.due) if (taskArns.push(taskArn) === MOST_AT_ONCE) break;
    for (const taskArn of taskArns) this.due.delete(taskArn);
    const found = taskArns.map((taskArn) => dueOf(ecs.state, own.state, taskArn));
    const reports = found.flatMap((due) => due.reports);
    reports.push(...(await this.register(found.flatMap((due) => due.register))));
    await this.deregister(found.flatMap((due) => due.deregister));
    for (let at = 0; at < reports.length; at += MOST_TOLD_AT_ONCE) await this.report(reports.slice(at, at + MOST_TOLD_AT_ONCE));
  }

  /** Gives what is to be told of targets that were refused. */
  private async register(wanted: Due['register']): Promise<readonly TargetReport[]> {
    const refused: TargetReport[] = [];
    for (const [group, targets] of byGroup(wanted, ({ group: { arn } }) => arn)) {
      const { group: scope } = targets[0]!;
      for (let at = 0; at < targets.length; at += MOST_REGISTERED_AT_ONCE) {
        const batch = targets.slice(at, at + MOST_REGISTERED_AT_ONCE).map(({ target }) => target);
        refused.push(...(await this.registerAll(group, scope, batch)));
      }
    }
    return refused;
  }

  private async registerAll(
    arn: string,
    group: TargetGroup,
    targets: readonly RegisteredTargetInput[],
  ): Promise<readonly TargetReport[]> {
    const reply = await this.command('RegisterTargets', group, { TargetGroupArn: arn, Targets: targets });
    if ('output' in reply) return [];
    if ('unavailable' in reply) {
      for (const { Task } of targets) this.due.add(Task!.taskArn);
      return [];
    }
    // One that is refused does not hold up the others.
    if (targets.length > 1) {
      const refused: TargetReport[] = [];
      for (const target of targets) refused.push(...(await this.registerAll(arn, group, [target])));
      return refused;
    }
    const task = targets[0]!.Task!;
    const known = this.deps.ecs.state.tasks.get(task.taskArn)?.targets?.find((one) => one.targetGroupArn === arn);
    const { message: reason } = reply.rejection;
    return known?.state === 'pending' && known.reason !== reason ? [{ ...task, targetGroupArn: arn, reason }] : [];
  }

  private async deregister(targets: readonly Target[]): Promise<void> {
    for (const [arn, gone] of byGroup(targets, ({ targetGroupArn }) => targetGroupArn)) {
      const group = this.deps.own.state.targetGroups.get(arn as Target['targetGroupArn']);
      if (!group) continue;
      const Targets = gone.map(({ id: Id, port: Port }) => ({ Id, Port }));
      const reply = await this.command('DeregisterTargets', group, { TargetGroupArn: arn, Targets });
      if ('unavailable' in reply) for (const { task } of gone) if (task) this.due.add(task.taskArn);
    }
  }

  private async report(targets: readonly TargetReport[]): Promise<void> {
    const { tell, clock, random, logger } = this.deps;
    const input: RecordTargetsInput = { targets };
    const reply = await tell('RecordTargets', ownCommand(random, 'RecordTargets', input), clock.monotonicMs() + SEND_FOR_MS);
    if ('output' in reply) return;
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'what became of targets was refused');
    for (const { taskArn } of targets) this.due.add(taskArn);
    await clock.sleep(RETRY_MS);
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
