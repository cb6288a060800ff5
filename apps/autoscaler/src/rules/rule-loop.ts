import type { SendToWriter } from '#lib/app';
import type { Fold } from '#lib/journal';
import { ownCommandOf } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { RuleId, ScheduledRun } from '../domain/rules/model.js';
import { expiredReason, runExpiresMs, type RunResult } from '../domain/rules/runs.js';
import { ruleDueMs } from '../domain/rules/schedule.js';
import type { ScheduleId } from '../domain/schedules/model.js';
import { scheduleDueMs } from '../domain/schedules/moments.js';
import type { ScalingState } from '../domain/state.js';
import { Rounds } from '../rounds.js';
import type { EcsTasks } from './ecs-tasks.js';

export interface RuleLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state' | 'nowMs' | 'subscribe'>;
  readonly tasks: Pick<EcsTasks, 'run'>;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 100;
/** A try takes seconds when nobody answers; rules whose moment comes meanwhile wait for the round. */
const MOST_TRIES = 20;

const WAKING = new Set(['RuleTriggered', 'ScheduleTriggered']);

const ownCommand = ownCommandOf('autoscaler');

/**
 * Runs the tasks of rules and schedules when their moments come; only the replica that writes does. A moment is in the journal before anything is run for it,
 * and each run is tried under its own token until the journal says what became of it: whoever writes next goes on where this one stopped.
 */
export class RuleLoop {
  private readonly rounds: Rounds<ScalingState>;

  constructor(private readonly deps: RuleLoopDeps) {
    this.rounds = new Rounds({ ...deps, waking: WAKING, round: () => this.round() });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  /** The state says what is to be done; what does not get through is found again by the next round. */
  async round(): Promise<void> {
    const { fold } = this.deps;
    const nowMs = fold.nowMs();
    const due: RuleId[] = [];
    for (const rule of fold.state.rules.values()) if (ruleDueMs(rule, nowMs) !== undefined) due.push(idOf(rule));
    await this.record('TriggerRules', 'rules', due);
    const schedules: ScheduleId[] = [];
    for (const schedule of fold.state.schedules.values())
      if (scheduleDueMs(schedule, nowMs) !== undefined) schedules.push({ ...idOf(schedule), group: schedule.group });
    await this.record('TriggerSchedules', 'schedules', schedules);
    const results = await Promise.all(this.waiting().map((run) => this.try(run)));
    await this.record('RecordScheduledRuns', 'results', results);
  }

  private waiting(): readonly ScheduledRun[] {
    const { fold } = this.deps;
    const nowMs = fold.nowMs();
    return [...fold.state.scheduledRuns.values()]
      .filter(({ retryAt }) => Date.parse(retryAt) <= nowMs)
      .sort((a, b) => (a.retryAt < b.retryAt ? -1 : 1))
      .slice(0, MOST_TRIES);
  }

  private async try(run: ScheduledRun): Promise<RunResult> {
    const { fold, tasks, logger } = this.deps;
    const about = { id: run.id, attempt: run.attempts };
    if (fold.nowMs() > runExpiresMs(run))
      return { ...about, problem: { reason: expiredReason(run), isRefused: false, isFinal: true } };
    const tried = await tasks.run(run);
    if ('problem' in tried) {
      const { source, dueAt, accountId, region } = run;
      const targetId = run.target.given.Id;
      logger.warn({ accountId, region, source, targetId, dueAt, ...tried.problem }, 'a scheduled task was not started');
    }
    return { ...about, ...tried };
  }

  private async record(name: string, member: string, items: readonly object[]): Promise<void> {
    const { send, random, clock, logger } = this.deps;
    for (let at = 0; at < items.length; at += MOST_AT_ONCE) {
      const input = { [member]: items.slice(at, at + MOST_AT_ONCE) };
      const reply = await send({ name, ...ownCommand(random, name, input) }, clock.monotonicMs() + SEND_FOR_MS);
      if (!('output' in reply)) logger.warn({ reply }, 'a step of rules was not recorded; the next round tries again');
    }
  }
}

const idOf = ({ accountId, region, name }: RuleId): RuleId => ({ accountId, region, name });
