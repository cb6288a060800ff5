import type { EcsState, HookState, Service } from '#lib/ecs/model';
import { type HookAnswer, hookAnswerOf, hookCall, type RecordHookAnswerInput } from '#lib/ecs/services/lifecycle';
import type { Fold } from '#lib/journal';
import type { CommandSender } from '#lib/messaging';
import { type Clock, type Logger, pauseAfter, Periodic, type PostLimits, type PostOutcome, type Random } from '#lib/platform';

export interface HookLoopDeps {
  readonly fold: Pick<Fold<EcsState>, 'state' | 'nowMs' | 'subscribe'>;
  readonly commands: Pick<CommandSender, 'send'>;
  readonly call: (target: string, payload: object, signal: AbortSignal) => Promise<PostOutcome>;
  /** One scheduler calls: the one that moves services on. */
  readonly isActive: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** As long as a Lambda function may take. */
export const HOOK_LIMITS: PostLimits = { timeoutMs: 15 * 60 * 1_000, mostBytes: 64 * 1_024 };

const LOOK_EVERY_MS = 500;
const COMMAND_TIMEOUT_MS = 8_000;
const MOST_CALLS_AT_ONCE = 32;
/** A server that does not answer, or says that it cannot just now, is asked again; then the hook has failed. */
const MOST_ATTEMPTS = 5;
const PAUSES = { firstMs: 1_000, longestMs: 8_000 };

/**
 * Calls the hooks that the fold says are due, and tells the writer what they answered. Whatever it remembers may be lost: who takes
 * over calls again, under the same executionId.
 */
export class HookLoop {
  private readonly calls = new Map<string, AbortController>();
  private readonly attempts = new Map<string, { readonly failures: number; readonly notBeforeMs: number }>();
  private readonly looking: Periodic;
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly deps: HookLoopDeps) {
    this.looking = new Periodic(deps.clock, LOOK_EVERY_MS, () => this.look(), { first: 'at-once' });
  }

  start(): void {
    this.unsubscribe = this.deps.fold.subscribe(({ transactions }) => {
      if (transactions.some(({ events }) => events.some(({ type }) => type === 'DeploymentHooksStarted'))) this.look();
    });
    this.looking.start();
  }

  stop(): void {
    this.unsubscribe?.();
    this.looking.stop();
    for (const call of this.calls.values()) call.abort();
  }

  private look(): void {
    const { fold, isActive, clock } = this.deps;
    if (!isActive()) return this.attempts.clear();
    const open = new Set<string>();
    for (const service of fold.state.services.by('callsHooks', 'yes')) {
      for (const hook of service.deployments[0]!.lifecycle!.hooks!) {
        if (hook.status !== 'IN_PROGRESS') continue;
        open.add(hook.hookId);
        const notBeforeMs = this.attempts.get(hook.hookId)?.notBeforeMs ?? -Infinity;
        const isDue = hook.nextCallAt === undefined || Date.parse(hook.nextCallAt) <= fold.nowMs();
        const isFree = !this.calls.has(hook.hookId) && this.calls.size < MOST_CALLS_AT_ONCE;
        if (isDue && isFree && clock.monotonicMs() >= notBeforeMs) void this.call(service, hook);
      }
    }
    // Its stage is over: nobody waits for its answer.
    for (const [hookId, call] of this.calls) if (!open.has(hookId)) call.abort();
    for (const hookId of this.attempts.keys()) if (!open.has(hookId)) this.attempts.delete(hookId);
  }

  private async call(service: Service, hook: HookState): Promise<void> {
    const { call, clock, logger } = this.deps;
    const [deployment] = service.deployments;
    const { hookId, targetArn } = hook;
    const control = new AbortController();
    this.calls.set(hookId, control);
    try {
      const outcome = await call(targetArn!, hookCall(service, deployment!, hook), control.signal);
      if (control.signal.aborted) return;
      const answer = this.answerOf(hookId, outcome);
      if (!answer) return;
      const isTold = await this.tell({ serviceArn: service.serviceArn, deploymentId: deployment!.id, hookId, ...answer });
      this.attempts.set(hookId, { failures: 0, notBeforeMs: clock.monotonicMs() + (isTold ? LOOK_EVERY_MS : PAUSES.firstMs) });
    } catch (error) {
      logger.error({ err: error, hookId }, 'a lifecycle hook could not be called; it is tried again');
      this.attempts.set(hookId, { failures: 0, notBeforeMs: clock.monotonicMs() + PAUSES.longestMs });
    } finally {
      this.calls.delete(hookId);
    }
  }

  /** Undefined: it is called again. */
  private answerOf(hookId: string, outcome: PostOutcome): HookAnswer | undefined {
    const isPassing = 'none' in outcome || outcome.status >= 500 || outcome.status === 429;
    if (!isPassing) return hookAnswerOf(outcome.status, outcome.body);
    const why = 'none' in outcome ? outcome.none : `it answered HTTP ${outcome.status}`;
    const failures = (this.attempts.get(hookId)?.failures ?? 0) + 1;
    if (failures >= MOST_ATTEMPTS) return { hookStatus: 'FAILED', reason: `${why}, ${failures} times` };
    const notBeforeMs = this.deps.clock.monotonicMs() + pauseAfter(PAUSES, failures - 1);
    this.attempts.set(hookId, { failures, notBeforeMs });
    this.deps.logger.warn({ hookId, why }, 'a lifecycle hook did not answer; it is called again');
    return undefined;
  }

  private async tell(input: RecordHookAnswerInput): Promise<boolean> {
    const { commands, clock, random, logger, fold } = this.deps;
    const { accountId, region } = fold.state.services.get(input.serviceArn) ?? {};
    if (accountId === undefined || region === undefined) return false;
    const id = random.hex(16);
    const reply = await commands.send(
      'RecordHookAnswer',
      { id, principal: 'scheduler', accountId, region, requestId: id, operation: 'RecordHookAnswer', input },
      clock.monotonicMs() + COMMAND_TIMEOUT_MS,
    );
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'what a lifecycle hook answered was refused');
    return 'output' in reply;
  }
}
