import type { ContainerInstanceArn } from '../../model/ids.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { type Placement, providerOfTask } from '../../placement/proposal.js';
import { planOnNamed, planPlacement } from '../../placement/plan.js';
import { taskPlaced } from '../../tasks/placed-task.js';
import { type AdvanceServiceInput, replicaTaskArn } from './advance-service.js';
import { complaintOf } from './complaint.js';
import { isEmpty, type ServiceSteps } from './converge.js';
import { whyUnplaced } from './messages.js';
import { reconcile } from './reconcile.js';
import { type ReplicaRequest, replicaRequest } from './replica-request.js';
import { strategiesOf } from './service-strategies.js';
import type { Target, TasksToPlace } from './tasks-to-place.js';

export interface PlannedStep {
  /** What to send to the writer; undefined when there is nothing to do now. */
  readonly command?: AdvanceServiceInput;
  /** A task waits for capacity: whatever frees some is worth another pass. */
  readonly waitsForCapacity: boolean;
  readonly wakeAtMs?: number;
}

/** The scheduler's half of a step: reconcile, and a place on this fold for each task that has to start. Pure. */
export function planStep(state: EcsState, service: Service, nowMs: number, random: () => number): PlannedStep {
  const { serviceArn } = service;
  const wanted = reconcile(state, service, { nowMs });
  const { deploymentId, placements, unplaced } = placeFirst(state, service, wanted, random);
  const steps = unplaced ? reconcile(state, service, { nowMs, unplaced: { deploymentId, count: unplaced.count } }) : wanted;
  const { wakeAtMs } = steps;
  const complaint = complaintOf(state, service, steps, { deploymentId, unplaced }, new Date(nowMs).toISOString());
  const isIdle = placements.length === 0 && complaint.length === 0 && isEmpty({ ...steps, place: [] });
  return {
    waitsForCapacity: unplaced !== undefined,
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
    ...(isIdle
      ? {}
      : {
          command: {
            serviceArn,
            placements,
            ...(deploymentId === undefined ? {} : { deploymentId }),
            ...(unplaced ? { unplaced } : {}),
          },
        }),
  };
}

type Placed = Pick<AdvanceServiceInput, 'deploymentId' | 'placements' | 'unplaced'>;

/** One deployment or task set a step: the first that finds room for some of its tasks, else the first that finds none. */
function placeFirst(state: EcsState, service: Service, { place }: ServiceSteps, random: () => number): Placed {
  let first: Placed | undefined;
  for (const each of place) {
    const placed = placeReplicas(state, service, each, random);
    if (placed.placements.length > 0) return placed;
    first ??= placed;
  }
  return first ?? { placements: [] };
}

function placeReplicas(state: EcsState, service: Service, place: TasksToPlace, random: () => number): Placed {
  const deploymentId = place.deployment.id;
  const request = replicaRequest(state, service, place.deployment);
  if (!request) return { deploymentId, placements: [] };
  const { clusterArn } = service;
  const strategies = strategiesOf(service);
  const { definition, need, template, constraints } = request;
  const ordinals = place.replicas.map((_, i) => i);
  const { group, launchType } = template;
  const providerOf = (ordinal: number) => providerOfTask(template, place.replicas[ordinal]!);
  const parts = { clusterArn, definition, need, group, launchType, constraints, strategies, ordinals, providerOf };
  const plan = place.targets
    ? planOnNamed(
        state,
        parts,
        place.targets.map((target) => namedInstance(state, target.containerInstanceArn)),
      )
    : planPlacement(state, parts, random);
  const most = mostInOneCommit(state, service, deploymentId, request, plan.placements[0]);
  const placements = plan.placements.slice(0, most).map(({ ordinal, containerInstanceArn }) => ({
    replica: place.replicas[ordinal]!,
    attempt: place.deployment.placedTasks + ordinal,
    containerInstanceArn,
    ...replacing(place.targets?.[ordinal]),
  }));
  if (plan.unplaced.length === 0) return { deploymentId, placements };
  const [closest] = plan.failures;
  return {
    deploymentId,
    placements,
    unplaced: { count: plan.unplaced.length, reason: whyUnplaced(state, service, closest), code: closest?.reason },
  };
}

const replacing = (target: Target | undefined) => (target?.replaces ? { replaces: target.replaces.taskArn } : {});

const namedInstance = (state: EcsState, arn: string) => ({
  arn: arn as ContainerInstanceArn,
  found: state.containerInstances.get(arn),
});

/** A transaction has to fit into a commit (256 KiB) with room for what else it says. */
const MOST_PLACED_BYTES = 160 * 1024;

/** Tasks are alike, so one says how large all are: with many containers or tags fewer fit into a step, the rest comes after it. */
function mostInOneCommit(
  state: EcsState,
  service: Service,
  deploymentId: string,
  { definition, template, targets }: ReplicaRequest,
  first: Placement | undefined,
): number {
  const instance = first && state.containerInstances.get(first.containerInstanceArn);
  if (!instance) return 0;
  const { serviceArn, clusterArn } = service;
  const arn = replicaTaskArn(service, service, deploymentId, 0, 0);
  const replica = { serviceArn, deploymentId, number: 0, attempt: 0 };
  const one = taskPlaced(service, { taskArn: arn, clusterArn, definition, template, ordinal: 0, replica, targets }, instance);
  return Math.max(1, Math.floor(MOST_PLACED_BYTES / Buffer.byteLength(JSON.stringify(one))));
}
