import type { Clock, Logger } from '#lib/platform';
import { hexOf } from './container-operations.js';
import { CONTROL_GROUP, type TaskGroups } from './control-groups/task-groups.js';
import type { Definitions } from './definitions.js';
import { isSettled, type TaskRecord } from './domain/task-record.js';
import type { TaskRunner } from './task-runner.js';

export interface TaskSweepDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the sweeping. */
  readonly signal: AbortSignal;
  readonly runners: Map<string, Pick<TaskRunner, 'record' | 'cleanUp'>>;
  readonly groups?: Pick<TaskGroups, 'keepOnly'>;
  readonly definitions: Pick<Definitions, 'sweep' | 'wasSwept'>;
  /** What the newest assignment names; undefined before there is one. */
  readonly assigned: () => readonly { readonly taskArn: string }[] | undefined;
  /** How long a stopped task's containers are kept for people to look at. */
  readonly keptForMs: number;
  /** False while lines of the task have still to be read from the engine's files. */
  readonly isShipped: (taskArn: string) => boolean;
}

const INTERVAL_MS = 10_000;

/**
 * Removes what is left of tasks whose end the control plane knows and has taken off the assignment. Not before it is off: an assignment that
 * still says RUNNING would start it again.
 */
export class TaskSweep {
  private readonly underWay = new Set<string>();
  /** By this agent's own time. */
  private readonly settledSinceMs = new Map<string, number>();

  constructor(private readonly deps: TaskSweepDeps) {}

  /** Rejects when the signal ends it. */
  async run(): Promise<never> {
    for (;;) {
      await this.deps.clock.sleep(INTERVAL_MS, this.deps.signal);
      await this.sweep();
      await this.sweepGroups();
    }
  }

  /** Whoever left them: this agent, one that was killed, or an engine that made one anew for a container that somebody started by hand. */
  private async sweepGroups(): Promise<void> {
    const { groups, runners, logger } = this.deps;
    const needed = () => {
      const records = [...runners.values()].map(({ record }) => record);
      return new Set(records.filter(({ status }) => status !== 'STOPPED').map((record) => hexOf(record)(CONTROL_GROUP)));
    };
    try {
      await groups?.keepOnly(needed);
    } catch (error) {
      logger.warn({ err: error }, 'control groups of tasks that are over could not be removed; it is tried again');
    }
  }

  async sweep(): Promise<void> {
    const { runners, definitions, assigned } = this.deps;
    const entries = assigned();
    if (!entries) return;
    const known = runners.size;
    const settled = [...runners.values()].map(({ record }) => record).filter(isSettled);
    if (settled.length > 0) {
      // Only once one is over: each report of each task that is acknowledged leads here.
      const named = new Set(entries.map(({ taskArn }) => taskArn));
      for (const record of settled) if (this.isDue(record, named)) await this.cleanUp(record.taskArn);
    }
    if (runners.size === known && definitions.wasSwept) return;
    await definitions.sweep([...runners.values()].map(({ record }) => record.entry));
  }

  private isDue(record: TaskRecord, assigned: ReadonlySet<string>): boolean {
    const { signal, isShipped, runners } = this.deps;
    const { taskArn } = record;
    // Another sweep may have done it since this one looked.
    if (signal.aborted || assigned.has(taskArn) || this.underWay.has(taskArn) || !runners.has(taskArn)) return false;
    return this.isKeptLongEnough(record) && isShipped(taskArn);
  }

  private async cleanUp(taskArn: string): Promise<void> {
    const { runners, logger } = this.deps;
    this.underWay.add(taskArn);
    try {
      await runners.get(taskArn)!.cleanUp();
      runners.delete(taskArn);
      this.settledSinceMs.delete(taskArn);
    } catch (error) {
      logger.warn({ taskArn, err: error }, 'a stopped task could not be cleaned up; it is tried again');
    } finally {
      this.underWay.delete(taskArn);
    }
  }

  /** By this host's clock, or, should it have been set back since, by how long this agent has seen the task over. */
  private isKeptLongEnough({ taskArn, stoppedAt }: TaskRecord): boolean {
    const { clock, keptForMs } = this.deps;
    const sinceMs = this.settledSinceMs.get(taskArn) ?? clock.monotonicMs();
    this.settledSinceMs.set(taskArn, sinceMs);
    return clock.now() - Date.parse(stoppedAt!) >= keptForMs || clock.monotonicMs() - sinceMs >= keptForMs;
  }
}
