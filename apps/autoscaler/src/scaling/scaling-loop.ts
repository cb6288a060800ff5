import type { SendToWriter } from '#lib/app';
import type { Fold } from '#lib/journal';
import type { EcsState, Service } from '#lib/ecs/model';
import { type CommandReply, ownCommandOf, type SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { ScalingState } from '../domain/state.js';
import { type ActivityResult, type Decision, lastScaling, logOf } from '../domain/targets/activities.js';
import type { ScalableTarget, ScalingActivity, ScalingStep, TargetId } from '../domain/targets/model.js';
import { clusterOf, serviceOf } from '../domain/targets/names.js';
import { triggerMs } from '../domain/targets/scheduled-actions.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { Rounds } from '../rounds.js';
import { decideScaling } from './domain/decide-scaling.js';
import { scaledService } from './scaled-service.js';
import { runningTasks, situationOf } from './situation-of.js';

export interface ScalingLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state' | 'nowMs' | 'subscribe'>;
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'revision' | 'caughtUpWithStart'>;
  readonly store: MetricStore;
  readonly send: SendToWriter;
  /** To the writer of the `ecs` journal. */
  readonly toEcs: SendCommand;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 100;
/** What may let the loop have something to do at once; everything else waits for the next second. */
const WAKING = new Set([
  'AlarmStateChanged',
  'ScalableTargetRegistered',
  'ScalableTargetUpdated',
  'ScheduledActionPut',
  'ScalingActivityStarted',
]);

const ownCommand = ownCommandOf('autoscaler');

type Step = ScalingActivity & { readonly scaling: ScalingStep };

/**
 * Holds the desired counts of scalable targets against what their policies, bounds and schedules say; only the replica that writes does. A step is
 * in the journal before it is sent, and sent under its own id until it is answered: whoever writes next goes on where this one stopped, and
 * ECS's writer does it once.
 */
export class ScalingLoop {
  private readonly rounds: Rounds<ScalingState>;

  constructor(private readonly deps: ScalingLoopDeps) {
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
    const { fold, ecs, store } = this.deps;
    // A service that an old state does not have is no service that is gone.
    await ecs.caughtUpWithStart;
    await this.triggerSchedules();
    const nowMs = fold.nowMs();
    const seen = { scaling: fold.state, ecs: ecs.state, store, nowMs };
    const settled: TargetId[] = [];
    const decisions: Decision[] = [];
    const results: ActivityResult[] = [];
    const pending: { readonly target: ScalableTarget; readonly step: Step }[] = [];
    for (const target of fold.state.scalableTargets.values()) {
      const step = lastScaling(fold.state, target);
      // What ECS has answered is not in this state of its journal yet.
      if (step?.ecsRevision !== undefined && ecs.revision < step.ecsRevision) continue;
      const service = scaledService(ecs.state, target);
      if (step?.status === 'Pending') {
        pending.push({ target, step });
        continue;
      }
      const result = step?.status === 'InProgress' ? resultOf(ecs.state, step, service) : undefined;
      if (result) results.push({ ...idOf(target), id: step!.id, ...result });
      if (!service) {
        if (target.hasNewBounds) settled.push(idOf(target));
        continue;
      }
      const outcome =
        boundsOutcome(target, service, runningTasks(ecs.state, service)) ?? decideScaling(situationOf(seen, target, service));
      if (target.hasNewBounds) settled.push(idOf(target));
      const log = logOf(fold.state, target);
      if (!outcome || (!outcome.scaling && isSaid(log.at(-1), outcome))) continue;
      decisions.push({ ...idOf(target), after: log.at(-1)?.id, ...outcome });
    }
    await this.record('RecordActivityResults', 'results', results);
    await this.record('RecordScalingDecisions', 'decisions', decisions);
    await this.record('SettleScalableTargets', 'targets', settled);
    for (const { target, step } of pending) await this.scale(target, step);
  }

  private async triggerSchedules(): Promise<void> {
    const { fold } = this.deps;
    const nowMs = fold.nowMs();
    const due = [...fold.state.scheduledActions.values()].filter((action) => triggerMs(action, nowMs) !== undefined);
    await this.record(
      'TriggerScheduledActions',
      'actions',
      due.map((action) => ({ ...idOf(action), name: action.name })),
    );
  }

  private async scale(target: ScalableTarget, { id, cause, details, scaling }: Step): Promise<void> {
    const { toEcs, clock, random } = this.deps;
    const { accountId, region } = target;
    const { from, to: desiredCount } = scaling;
    const why = details === undefined ? cause : `${cause} (${details})`;
    const input = { cluster: clusterOf(target), service: serviceOf(target), desiredCount, from, why };
    const command = { ...ownCommand(random, 'UpdateService', input, { accountId, region }), id: `scaling/${id}` };
    const reply = await toEcs('UpdateService', command, clock.monotonicMs() + SEND_FOR_MS);
    if ('unavailable' in reply) return this.notDone(reply);
    const result: Omit<ActivityResult, keyof TargetId | 'id'> =
      'output' in reply
        ? {
            status: 'InProgress',
            statusMessage: `Successfully set desired count to ${desiredCount}. Waiting for change to be fulfilled by ecs.`,
          }
        : {
            status: 'Failed',
            statusMessage: `Failed to set desired count to ${desiredCount}. Reason: ${reply.rejection.message}`,
          };
    const ecsRevision = reply.revision;
    await this.record('RecordActivityResults', 'results', [{ ...idOf(target), id, ...result, ecsRevision }]);
  }

  private async record(name: string, member: string, items: readonly object[]): Promise<void> {
    const { send, random, clock } = this.deps;
    for (let at = 0; at < items.length; at += MOST_AT_ONCE) {
      const input = { [member]: items.slice(at, at + MOST_AT_ONCE) };
      const reply = await send({ name, ...ownCommand(random, name, input) }, clock.monotonicMs() + SEND_FOR_MS);
      if (!('output' in reply)) this.notDone(reply);
    }
  }

  private notDone(reply: CommandReply): void {
    this.deps.logger.warn({ reply }, 'a step of scaling did not get through; the next round tries again');
  }
}

const idOf = ({ accountId, region, resourceId }: TargetId): TargetId => ({ accountId, region, resourceId });

/** New bounds count at once, whatever policies say: a desired count outside of them is brought to the nearer one. */
function boundsOutcome(
  target: ScalableTarget,
  { desiredCount: from }: Service,
  base: number,
): Omit<Decision, keyof TargetId | 'after'> | undefined {
  const { hasNewBounds, minCapacity, maxCapacity } = target;
  if (!hasNewBounds || (from >= minCapacity && from <= maxCapacity)) return undefined;
  const to = from < minCapacity ? minCapacity : maxCapacity;
  const cause = `${from < minCapacity ? 'minimum' : 'maximum'} capacity was set to ${to}`;
  return { cause, scaling: { from, to, base, cooldownSeconds: 0 } };
}

/** What became of a step that ECS has taken; undefined: it goes on. */
function resultOf(
  ecs: EcsState,
  { scaling: { to } }: Step,
  service: Service | undefined,
): Omit<ActivityResult, keyof TargetId | 'id'> | undefined {
  if (!service) return { status: 'Failed', statusMessage: `Failed to set desired count to ${to}. Reason: the service is gone.` };
  if (service.desiredCount !== to)
    return {
      status: 'Overridden',
      statusMessage: `Successfully set desired count to ${to}. Found it was later changed to ${service.desiredCount}.`,
    };
  if (runningTasks(ecs, service) !== to) return undefined;
  return {
    status: 'Successful',
    statusMessage: `Successfully set desired count to ${to}. Change successfully fulfilled by ecs.`,
  };
}

/** The same reasons again are no news. */
const isSaid = (newest: ScalingActivity | undefined, { cause, notScaled }: Pick<Decision, 'cause' | 'notScaled'>): boolean =>
  newest?.cause === cause && JSON.stringify(newest.notScaled) === JSON.stringify(notScaled);
