import { type AccountId, hashId, refusable, type Region, type Rejection, type Scope } from '#lib/kernel';
import {
  describeTask,
  prepareRunTask,
  prepareStartTask,
  refuseEmptyCluster,
  type RunTaskInput,
  type StartTaskInput,
  type TaskRequest,
} from '#lib/ecs/tasks';
import { type EcsState, requestTokenKey, type Task, taskArn, taskIdFor } from '#lib/ecs/model';
import { findContainerInstance, grows } from '#lib/ecs/lookup';
import {
  type Placement,
  type PlacementFailure,
  type PlacementPlan,
  type PlaceTasksInput,
  type PlaceTasksReply,
  planOnNamed,
  planPlacement,
  providerOfTask,
  type StalePlacement,
} from '#lib/ecs/placement';
import type { NamedNetworks, NamesNetworks } from '#lib/app';
import type { Fold, Revision } from '#lib/journal';
import type { ApiAnswer, ApiContext, ApiRequest, CommandReply, CommandRequest, CommandSender } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { PlacementMetrics } from '../placement-metrics.js';

export interface RunTaskDeps {
  readonly fold: Pick<Fold<EcsState>, 'name' | 'state' | 'revision' | 'waitFor'>;
  readonly commands: Pick<CommandSender, 'send'>;
  readonly networks: Pick<NamedNetworks, 'problemOf'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Pick<PlacementMetrics, 'stalePlacements'>;
}

/** A stale placement means that the fold lags or that another scheduler was faster; both pass soon. */
const MAX_ROUNDS = 5;
const MAX_PLANNING_MS = 3_000;
/** gateway 10 s > scheduler 8 s > writer 3 s. */
const REQUEST_TIMEOUT_MS = 8_000;
const CATCH_UP_TIMEOUT_MS = 1_000;

type Refused = { readonly rejection: Rejection; readonly revision: Revision } | { readonly unavailable: string };

/** Makes the plan for the ordinals that are still without a place, on the state of this moment. */
type Planner = (ordinals: readonly number[]) => PlacementPlan;

interface Outcome {
  readonly tasks: readonly Task[];
  readonly failures: readonly PlacementFailure[];
  /** The state that the writer's last answer is about; undefined when it was not asked. */
  readonly revision?: Revision;
}

/**
 * RunTask and StartTask. The scheduler proposes (filters, scores, reserves on its fold) and the writer disposes: it commits what
 * still fits on the state as it is there, so any number of schedulers may plan at once and none over-commits. StartTask stands
 * here too: it is the same protocol with a plan that the caller made.
 */
export class RunTaskService {
  constructor(private readonly deps: RunTaskDeps) {}

  async runTask({ input, context }: ApiRequest): Promise<ApiAnswer> {
    const { state } = this.deps.fold;
    const problem = await this.deps.networks.problemOf(input as NamesNetworks, context);
    if (problem) return problem;
    return this.answer(context, (scope) => {
      const request = prepareRunTask(state, scope, input as RunTaskInput);
      // A request that was answered before is answered again, also when its cluster is empty by now.
      if (placedBefore(state, scope, tokenOf(request, context), request).length === 0) refuseEmptyCluster(state, request);
      const { cluster, strategies } = request;
      const parts = { ...planned(request), clusterArn: cluster.clusterArn, strategies };
      return { request, plan: (ordinals) => planPlacement(state, { ...parts, ordinals }, () => this.deps.random.next()) };
    });
  }

  async startTask({ input, context }: ApiRequest): Promise<ApiAnswer> {
    const { state } = this.deps.fold;
    const problem = await this.deps.networks.problemOf(input as NamesNetworks, context);
    if (problem) return problem;
    return this.answer(context, (scope) => {
      const request = prepareStartTask(state, scope, input as StartTaskInput);
      const { cluster } = request;
      const named = (input as StartTaskInput).containerInstances;
      const find = () => named.map((name) => findContainerInstance(state, scope, cluster, name));
      find();
      const parts = { ...planned(request), clusterArn: cluster.clusterArn };
      return { request, plan: (ordinals) => planOnNamed(state, { ...parts, ordinals }, find()) };
    });
  }

  private async answer(
    context: ApiContext,
    prepare: (scope: Scope) => { readonly request: TaskRequest; readonly plan: Planner },
  ): Promise<ApiAnswer> {
    const scope = { accountId: context.accountId as AccountId, region: context.region as Region };
    const prepared = refusable(() => prepare(scope));
    if ('rejection' in prepared) return prepared;
    const outcome = await this.place(context, scope, prepared.ok.request, prepared.ok.plan);
    if ('unavailable' in outcome) return outcome;
    if ('rejection' in outcome) return { rejection: outcome.rejection, revisions: { [this.deps.fold.name]: outcome.revision } };
    const { tasks, failures, revision } = outcome;
    // The caller's next request may be answered by any replica: it is told a revision that covers its own tasks.
    const revisions = revision === undefined ? {} : { [this.deps.fold.name]: revision };
    return { output: { tasks: tasks.map((task) => describeTask(task, { tags: true })), failures }, revisions };
  }

  /** Plan, propose, and again for what was stale, each time on a fold that has seen what made it stale. */
  private async place(context: ApiContext, scope: Scope, request: TaskRequest, plan: Planner): Promise<Outcome | Refused> {
    const { fold, clock } = this.deps;
    const startedAt = clock.monotonicMs();
    const deadlineAtMs = Math.min(startedAt + REQUEST_TIMEOUT_MS, context.deadlineAtMs);
    const before = placedBefore(fold.state, scope, tokenOf(request, context), request);
    let open = Array.from({ length: request.count }, (_, ordinal) => ordinal).filter((ordinal) => !before.includes(ordinal));
    let tasks: readonly Task[] = [];
    let refused: readonly PlacementFailure[] = [];
    let revision: Revision | undefined;
    for (let round = 1; ; round++) {
      const { placements, unplaced: without, failures } = plan(open);
      const waits = (ordinal: number) => grows(fold.state, scope, providerOfTask(request.template, ordinal));
      const waiting = without.filter(waits);
      const unplaced = without.filter((ordinal) => !waits(ordinal));
      // Only the writer knows for sure what became of a token, so it is asked although there is nothing to place.
      const askAnyway = round === 1 && (request.clientToken !== undefined || before.length > 0);
      // The last ACTIVE instance may be gone since the round before: then the plan has no instance to name, but the writer had one.
      if (placements.length === 0 && waiting.length === 0 && !askAnyway)
        return { tasks, failures: failures.length > 0 ? failures : refused, revision };
      const reply = await this.propose(context, request, { placements, waiting }, round, deadlineAtMs);
      // What an earlier round placed is true and has to be told; what this one did not is a failure.
      if (!('output' in reply) && tasks.length > 0)
        return { tasks, failures: [...failures, ...notAnswered(placements)], revision };
      if ('unavailable' in reply) return { unavailable: reply.unavailable };
      revision = reply.revision as Revision;
      if ('rejection' in reply) return { rejection: reply.rejection, revision };
      const { placed, stale } = reply.output as PlaceTasksReply;
      tasks = placed;
      refused = stale.map(failureOf);
      this.deps.metrics?.stalePlacements(stale);
      const isLastRound = round === MAX_ROUNDS || clock.monotonicMs() - startedAt >= MAX_PLANNING_MS;
      if (stale.length === 0 || isLastRound) {
        return { tasks, failures: [...failuresOf(tasks, request, unplaced.length, failures), ...refused], revision };
      }
      // The next plan is made on a fold that has seen what made this one stale.
      await fold.waitFor(revision, CATCH_UP_TIMEOUT_MS);
      this.deps.logger.debug({ requestId: context.requestId, round, stale }, 'placements were stale; planning again');
      open = [...stale.map(({ ordinal }) => ordinal), ...unplaced].sort((a, b) => a - b);
    }
  }

  private propose(
    context: ApiContext,
    request: TaskRequest,
    { placements, waiting }: { readonly placements: readonly Placement[]; readonly waiting: readonly number[] },
    round: number,
    deadlineAtMs: number,
  ): Promise<CommandReply> {
    const { cluster, definition, clientToken, operation, digest, count, template, placementConstraints } = request;
    const input: PlaceTasksInput = {
      clusterArn: cluster.clusterArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      requestToken: tokenOf(request, context),
      rememberToken: clientToken !== undefined,
      operation,
      digest,
      count,
      template,
      placementConstraints,
      placements,
      ...(waiting.length > 0 ? { waiting, placementStrategy: request.strategies } : {}),
    };
    const command: CommandRequest = {
      // The plan is part of the id: a request that the gateway repeats may be planned by two schedulers at once, and neither may
      // be given the writer's answer to the other's plan. That nothing is placed twice is the ordinals' part.
      id: `${context.requestId}/PlaceTasks/${round}/${planIdOf(placements, waiting)}`,
      principal: context.principal,
      accessKeyId: context.accessKeyId,
      accountId: context.accountId,
      region: context.region,
      requestId: context.requestId,
      operation,
      basisRevision: this.deps.fold.revision,
      input,
    };
    return this.deps.commands.send('PlaceTasks', command, deadlineAtMs);
  }
}

const planIdOf = (placements: readonly Placement[], waiting: readonly number[]): string =>
  hashId(
    ...placements.flatMap(({ ordinal, containerInstanceArn }) => [ordinal, containerInstanceArn]),
    ...waiting.flatMap((ordinal) => [ordinal, 'waits']),
  ).slice(0, 8);

const planned = ({ definition, need, template, placementConstraints }: TaskRequest) => ({
  definition,
  need,
  launchType: template.launchType,
  group: template.group,
  providerOf: (ordinal: number) => providerOfTask(template, ordinal),
  constraints: [...definition.placementConstraints, ...placementConstraints],
});

/** Ordinals that an earlier try of the request placed, as far as this fold knows: also when their tasks are forgotten by now. */
function placedBefore(state: EcsState, scope: Scope, token: string, request: TaskRequest): readonly number[] {
  const { operation, cluster, count } = request;
  const remembered = state.requestTokens.get(requestTokenKey(scope, operation, cluster.clusterArn, token))?.placedOrdinals ?? [];
  const { clusterName } = cluster;
  return Array.from({ length: count }, (_, ordinal) => ordinal).filter(
    (ordinal) =>
      remembered.includes(ordinal) || state.tasks.has(taskArn(scope, clusterName, taskIdFor(scope, clusterName, token, ordinal))),
  );
}

const tokenOf = (request: TaskRequest, context: ApiContext) => request.clientToken ?? context.requestId;

/** The plan's failures, unless the writer had placed everything before and the fold did not know yet. */
const failuresOf = (tasks: readonly Task[], { count }: TaskRequest, unplaced: number, failures: readonly PlacementFailure[]) =>
  unplaced > 0 && tasks.length < count ? failures : [];

const failureOf = ({ containerInstanceArn, reason }: StalePlacement): PlacementFailure => ({
  arn: containerInstanceArn,
  reason,
  detail: 'The container instance was planned for the task and could not take it any more.',
});

const notAnswered = (placements: readonly Placement[]): PlacementFailure[] =>
  placements.map(({ containerInstanceArn }) => ({
    arn: containerInstanceArn,
    reason: 'Capacity is unavailable at this time',
    detail: 'The task was not confirmed in time. Describe the tasks of the group before running it again.',
  }));
