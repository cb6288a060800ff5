import type { Task } from '../../model/task.js';
import { type EcsEvent, event } from '../../model/events.js';
import {
  clusterNameOf,
  type ContainerInstanceArn,
  replicaTaskIdFor,
  type ServiceArn,
  type TaskArn,
  taskArn,
} from '../../model/ids.js';
import type { CommandContext, Scope } from '#lib/kernel';
import { hasTaskSets, type Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { CommandRule } from '../../model/rules.js';
import { PlacementCheck, taskPlaced } from '../../tasks/placed-task.js';
import { unhealthyTarget } from '../../task-health/targets.js';
import { hasToDrain } from '../../tasks/drain.js';
import { messageId, subjectOf, targetLines } from '../../tasks/service-lines.js';
import { stopEvents } from '../../tasks/stop.js';
import { complaintOf, type Unplaced } from './complaint.js';
import type { ServiceSteps } from './converge.js';
import { lineOf, messages, type ServiceLine } from './messages.js';
import { movedAwayLines, movedLines } from './rebalance-messages.js';
import { reconcile } from './reconcile.js';
import { replicaRequest } from './replica-request.js';
import type { TaskToStop } from './stops.js';

/** Which instance one replica is to run on. */
export interface ReplicaPlacement {
  readonly replica: number;
  /** How many tasks the deployment had placed, as far as the planner knew: makes the task's id together with the replica. */
  readonly attempt: number;
  readonly containerInstanceArn: ContainerInstanceArn;
  /** Of a task that moves: the one it replaces. */
  readonly replaces?: TaskArn;
}

/**
 * One step of a service. The scheduler says where tasks may go and where it found no place; everything else (what to stop, what
 * has completed or failed, and whether a placement is still wanted) the writer finds out itself, with the same reconciler.
 */
export interface AdvanceServiceInput {
  readonly serviceArn: ServiceArn;
  /** Of the deployment or task set that the plan is for; another PRIMARY deployment by now makes the placements stale. */
  readonly deploymentId?: string;
  readonly placements: readonly ReplicaPlacement[];
  /** What the plan found no place for, and why the closest instance refused. */
  readonly unplaced?: Unplaced;
}

export interface AdvanceServiceReply {
  /** False: the writer found nothing to do, so its state or its clock is not where the planner's was. */
  readonly changed: boolean;
  readonly placed: number;
  /** Placements that do not hold any more on the state as the writer sees it. */
  readonly stale: number;
}

export const replicaTaskArn = (scope: Scope, service: Service, deploymentId: string, replica: number, attempt: number) =>
  taskArn(scope, clusterNameOf(service.clusterArn), replicaTaskIdFor(deploymentId, service.serviceArn, replica, attempt));

/** ECS's text for tasks that scale-in or a roll-out stops, and for those that fail their health checks. */
function stopReason({ task, why }: TaskToStop): string {
  if (why !== 'unhealthy') return `Scaling activity initiated by (deployment ${task.replica!.deploymentId})`;
  const target = unhealthyTarget(task);
  return target
    ? `Task failed ELB health checks in (target-group ${target.targetGroupArn})`
    : 'Task failed container health checks';
}

function placementEvents(
  state: EcsState,
  service: Service,
  steps: ServiceSteps,
  { deploymentId, placements }: AdvanceServiceInput,
): EcsEvent<'TaskPlaced'>[] {
  const place = steps.place.find(({ deployment }) => deployment.id === deploymentId);
  const request = place && replicaRequest(state, service, place.deployment);
  if (!request || deploymentId === undefined) return [];
  const { definition, template, constraints, targets } = request;
  const check = new PlacementCheck(state, service, definition, template, constraints);
  const held = new Set<number>();
  for (const { replica, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    if (replica!.deploymentId === deploymentId && desiredStatus === 'RUNNING') held.add(replica!.number);
  }
  const open = place.targets && [...place.targets];
  const events: EcsEvent<'TaskPlaced'>[] = [];
  for (const { replica: number, attempt, containerInstanceArn, replaces } of placements) {
    const arn = replicaTaskArn(service, service, deploymentId, number, attempt);
    if (events.length >= place.replicas.length || held.has(number) || state.tasks.has(arn)) continue;
    // A daemon goes only where one is missing, a task moves only where the writer, too, would have it; each only once.
    const target = open?.findIndex((it) => it.containerInstanceArn === containerInstanceArn && it.replaces?.taskArn === replaces);
    if (target === -1) continue;
    const taken = check.take(containerInstanceArn, number);
    if ('reason' in taken) continue;
    held.add(number);
    if (target !== undefined) open!.splice(target, 1);
    const replica = { serviceArn: service.serviceArn, deploymentId, number, attempt, ...(replaces ? { replaces } : {}) };
    const task = { taskArn: arn, clusterArn: service.clusterArn, definition, template, ordinal: number, replica, targets };
    events.push(taskPlaced(service, task, taken.instance));
  }
  return events;
}

function startedMessages(
  state: EcsState,
  service: Service,
  { place }: ServiceSteps,
  placed: readonly EcsEvent<'TaskPlaced'>[],
): readonly ServiceLine[] {
  const [first] = placed;
  if (!first) return [];
  const started = placed.map(({ data }) => data);
  const { deploymentId } = first.data.replica!;
  const targets = place.find(({ deployment }) => deployment.id === deploymentId)?.targets ?? [];
  if (targets.some(({ replaces }) => replaces)) return movedLines(state, service, targets, started);
  return [messages.started(subjectOf(service, { id: deploymentId }), started)];
}

function stoppedMessages(service: Service, stop: readonly TaskToStop[]): ServiceLine[] {
  const stopsOf = new Map<string, TaskToStop[]>();
  for (const each of stop) {
    const id = hasTaskSets(service) ? each.task.replica!.deploymentId : '';
    const known = stopsOf.get(id);
    if (known) known.push(each);
    else stopsOf.set(id, [each]);
  }
  return [...stopsOf].flatMap(([id, stops]) => stoppedFor(subjectOf(service, { id }), stops));
}

function stoppedFor(subject: Service, stop: readonly TaskToStop[]): ServiceLine[] {
  const because = (cause: TaskToStop['why']) => stop.filter(({ why }) => why === cause).map(({ task }) => task);
  const [scaled, unhealthy, outOfPlace] = [because('scaling'), because('unhealthy'), because('constraint')];
  return [
    ...unhealthy.map((task: Task) => messages.unhealthy(subject, task)),
    ...(scaled.length > 0 ? [messages.stopped(subject, scaled)] : []),
    ...(outOfPlace.length > 0 ? [messages.constraint(subject, outOfPlace)] : []),
  ];
}

function drainingLines(service: Service, stop: readonly TaskToStop[]): string[] {
  const counts = new Map<string, number>();
  for (const { task } of stop) {
    const id = task.replica!.deploymentId;
    if (hasToDrain(task)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts].map(([id, count]) => targetLines.draining(service, id, count));
}

function decide(state: EcsState, input: AdvanceServiceInput, context: CommandContext): readonly EcsEvent[] {
  const service = state.services.get(input.serviceArn);
  if (!service) return [];
  const { serviceArn } = service;
  const { deploymentId, unplaced } = input;
  const steps = reconcile(state, service, {
    nowMs: Date.parse(context.at),
    ...(unplaced ? { unplaced: { deploymentId, count: unplaced.count } } : {}),
  });
  const placed = placementEvents(state, service, steps, input);
  const lines = [
    ...startedMessages(state, service, steps, placed),
    ...stoppedMessages(service, steps.stop),
    ...drainingLines(service, steps.stop),
    ...movedAwayLines(
      state,
      service,
      steps.stop.flatMap(({ task, why }) => (why === 'rebalancing' ? [task] : [])),
    ),
    ...steps.messages,
    ...complaintOf(state, service, steps, input, context.at),
  ];
  return [
    ...steps.stop.flatMap((stop) =>
      stopEvents(stop.task, context.actor, 'ServiceSchedulerInitiated', stopReason(stop), context.at),
    ),
    ...placed,
    ...steps.transitions,
    ...lines.map((line, i) => event('ServiceMessageAdded', { serviceArn, id: messageId(context, i), ...lineOf(line) })),
  ];
}

export const advanceService: CommandRule<AdvanceServiceInput> = {
  actors: ['scheduler'],
  decide,
  reply: (_state, input, events): AdvanceServiceReply => {
    const placed = events.filter(({ type }) => type === 'TaskPlaced').length;
    return { changed: events.length > 0, placed, stale: input.placements.length - placed };
  },
};
