/** What the rules below need to know of a service, as its API shows it. */
export interface BreakerSettings {
  readonly enable: boolean;
  readonly rollback: boolean;
  readonly resetOnHealthyTask: boolean;
  readonly thresholdConfiguration: { readonly type: string; readonly value: number };
}

/** ECS (SDK of July 2026, ecs-semantics §3.6), written down a second time: how many failures in a row end a deployment. */
export function thresholdOf({ thresholdConfiguration: { type, value } }: BreakerSettings, desiredCount: number): number {
  if (type === 'COUNT') return value;
  const share = Math.ceil((desiredCount * value) / 100);
  if (type === 'UNBOUNDED_PERCENT') return share > 0 ? share : 1;
  return share < 3 ? 3 : share > 200 ? 200 : share;
}

/** A pause between two starts doubles from a second to a quarter of an hour with each round of as many failures as tasks. */
export function leastPauseMs(launchFailures: number, desiredCount: number): number {
  const rounds = Math.floor(launchFailures / Math.max(1, desiredCount));
  return rounds === 0 ? 0 : Math.min(900_000, 1_000 * 2 ** Math.min(20, rounds - 1));
}

interface FollowedTask {
  /** When it was, or will be, healthy for the first time; Infinity while nobody can know. */
  healthyMs: number;
  /** When the world was told so: what ended in the same commit was never seen healthy by anybody. */
  toldMs: number;
}

/** How many failed in a row. A range where nobody can know: a task that seemed healthy turned out to have ended before. */
export interface Row {
  readonly least: number;
  readonly most: number;
}

/**
 * One deployment from the outside: what follows from the transitions of its tasks, in the order in which the journal tells them.
 * It knows nothing of how the product counts.
 */
export class DeploymentModel {
  isFailed = false;
  lastFailureMs = -Infinity;
  private givenUp?: { readonly atMs: number; readonly lastFailureMs: number };
  private failuresMs: number[] = [];
  /** Of tasks that never reached RUNNING, since one did. */
  private launchFailuresMs: number[] = [];
  /** When the task that became healthy last did so, of those that are over; and of those that only seemed to be. */
  private healthyMs = -Infinity;
  private seeminglyHealthyMs = -Infinity;
  private readonly tasks = new Map<string, FollowedTask>();
  private readonly leftMs = new Map<string, number>();

  constructor(
    readonly id: string,
    /** Of the task definition: an essential container has a health check. */
    readonly hasContainerChecks: boolean,
    /** Its tasks have targets, whose health counts. */
    readonly isBalanced: boolean,
    readonly healthyAfterMs: number,
  ) {}

  /** Checks say what is healthy; otherwise time does. */
  get isHealthChecked(): boolean {
    return this.hasContainerChecks || this.isBalanced;
  }

  placed(taskArn: string): void {
    this.tasks.set(taskArn, { healthyMs: Infinity, toldMs: Infinity });
  }

  /** RUNNING since `startedMs`, as its host says. */
  runs(taskArn: string, startedMs: number, nowMs: number): void {
    this.launchFailuresMs = [];
    if (!this.isHealthChecked) this.becomesHealthy(taskArn, startedMs + this.healthyAfterMs, nowMs);
  }

  /** Its health checks said HEALTHY. */
  passedHealthCheck(taskArn: string, nowMs: number): void {
    if (!this.isHealthChecked) return;
    this.becomesHealthy(taskArn, nowMs, nowMs);
    // In the commit that asked it to stop: which came first nobody can know.
    if (this.leftMs.get(taskArn) === nowMs) this.seeminglyHealthyMs = nowMs;
  }

  isHealthy(taskArn: string, nowMs: number): boolean {
    return (this.tasks.get(taskArn)?.healthyMs ?? Infinity) <= nowMs;
  }

  /** It is over, or was asked to be: what it would become from now on, nobody sees. */
  ends(taskArn: string, nowMs: number): void {
    const healthyMs = this.leaves(taskArn, nowMs);
    this.healthyMs = Math.max(this.healthyMs, healthyMs);
  }

  /** It ended by itself, and had never been healthy, whatever it seemed to be. */
  fails(taskArn: string, nowMs: number, hasRun: boolean): void {
    const isOldNews = (this.tasks.get(taskArn)?.toldMs ?? nowMs) < nowMs;
    const healthyMs = this.leaves(taskArn, nowMs);
    if (isOldNews) this.seeminglyHealthyMs = Math.max(this.seeminglyHealthyMs, healthyMs);
    this.countFailure(nowMs);
    if (!hasRun) this.launchFailuresMs.push(nowMs);
  }

  /** It is stopped because its health checks fail. */
  isGivenUp(taskArn: string, nowMs: number): void {
    this.ends(taskArn, nowMs);
    if (this.givenUp?.atMs !== nowMs) this.givenUp = { atMs: nowMs, lastFailureMs: this.lastFailureMs };
    this.countFailure(nowMs);
  }

  /** The last failure that a step of the scheduler knew of when it began: whom it gives up it replaces in the same step. */
  lastFailureBeforeStepMs(nowMs: number): number {
    return this.givenUp?.atMs === nowMs ? this.givenUp.lastFailureMs : this.lastFailureMs;
  }

  /** When a task became healthy last, or seemed to. */
  lastHealthyMs(nowMs: number): number {
    return Math.max(this.seeminglyHealthyMs, this.lastProvenMs(nowMs));
  }

  /** A healthy task ends the row (when the breaker is set so). */
  failuresInARow(nowMs: number, { resetOnHealthyTask }: BreakerSettings): Row {
    if (!resetOnHealthyTask) return { least: this.failuresMs.length, most: this.failuresMs.length };
    const [healthyMs, provenMs] = [this.lastHealthyMs(nowMs), this.lastProvenMs(nowMs)];
    // In one instant a failure may come before or after: the next step of the scheduler ends the row.
    return {
      least: this.failuresMs.filter((ms) => ms > healthyMs).length,
      most: this.failuresMs.filter((ms) => ms >= provenMs).length,
    };
  }

  /** Tasks in a row that never reached RUNNING. */
  launchFailures(nowMs: number): number {
    const healthyMs = this.lastHealthyMs(nowMs);
    return this.launchFailuresMs.filter((ms) => ms > healthyMs).length;
  }

  /** A rollback came back to it: it begins anew, with the tasks that it has. */
  beginsAnew(): void {
    this.isFailed = false;
    this.failuresMs = [];
    this.launchFailuresMs = [];
    this.lastFailureMs = -Infinity;
  }

  private becomesHealthy(taskArn: string, healthyMs: number, toldMs: number): void {
    if (this.tasks.get(taskArn)?.healthyMs === Infinity) this.tasks.set(taskArn, { healthyMs, toldMs });
  }

  /** When it became healthy, if it did. */
  private leaves(taskArn: string, nowMs: number): number {
    const task = this.tasks.get(taskArn);
    this.tasks.delete(taskArn);
    if (task) this.leftMs.set(taskArn, nowMs);
    return task && task.healthyMs <= nowMs ? task.healthyMs : -Infinity;
  }

  private lastProvenMs(nowMs: number): number {
    let last = this.healthyMs;
    for (const { healthyMs } of this.tasks.values()) if (healthyMs <= nowMs && healthyMs > last) last = healthyMs;
    return last;
  }

  private countFailure(nowMs: number): void {
    this.failuresMs.push(nowMs);
    this.lastFailureMs = nowMs;
  }
}
