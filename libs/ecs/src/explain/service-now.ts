import type { Instant } from '../model/common.js';
import type { Task } from '../model/task.js';
import { lastSegment } from '#lib/kernel';
import { type Deployment, hasTaskSets, type Service, targetsOf } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { TaskSet } from '../model/task-sets.js';
import { isShifting } from '../services/lifecycle/stages.js';
import { breakerThreshold } from '../services/reconcile/circuit-breaker.js';
import { countTasks, NO_TASKS } from '../services/reconcile/task-counts.js';
import { healthJudge } from '../task-health/task-health.js';
import { computedDesiredCount, taskSetsOf } from '../services/reconcile/task-sets.js';
import type { DeploymentNow, FailureGroup, Obstacle, ServiceNow } from './explanation.js';
import { lifecycleNow } from './lifecycle.js';
import { type LiveService, liveOf, throttledUntil } from './live-service.js';
import { obstaclesOf } from './obstacles.js';
import { signature, startsRollout, type Told } from './told.js';
import { waitsOf } from './waits.js';
import { duration, whyStopped } from './words.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** `story`: the service's transactions, for who asked for its deployments. */
export function serviceNow(state: EcsState, service: Service, at: Instant, story: readonly Told[]): ServiceNow {
  const nowMs = Date.parse(at);
  const lives = liveOf(state, service, nowMs);
  const of = (part: (live: LiveService) => number) => sum(lives.map(part));
  const totals = [...countTasks(state, service).values()];
  const obstacles = lives.map(obstaclesOf);
  const isUnplaced = (ones: readonly Obstacle[]) => ones.some(({ placement }) => placement?.willing === 0);
  const rollouts = hasTaskSets(service) ? taskSetsOf(state, service) : service.deployments;
  const desiredCount = of(({ counts }) => counts.desiredCount);
  return {
    status: service.status,
    steady: service.status === 'ACTIVE' && obstacles.flat().length === 0,
    desiredCount,
    runningCount: sum(totals.map(({ running }) => running)),
    pendingCount: sum(totals.map(({ pending }) => pending)),
    healthyCount: of(({ counts }) => counts.healthy.length),
    leastHealthy: of(({ counts }) => counts.least),
    mostLive: of(({ counts }) => counts.most),
    deployments: rollouts.map((rollout) => {
      const wanted =
        'scale' in rollout
          ? computedDesiredCount(service, rollout)
          : rollout.status === 'PRIMARY' || isSource(service, rollout)
            ? desiredCount
            : 0;
      return deploymentNow({ state, service, rollout, nowMs }, wanted, story);
    }),
    obstacles: obstacles.flat(),
    waitsFor: lives.flatMap((live, i) => waitsOf(live, isUnplaced(obstacles[i]!))),
    failures: failuresOf(state, service),
  };
}

/** It runs beside the one that takes its traffic. */
const isSource = ({ deployments: [primary] }: Service, { id }: Deployment): boolean =>
  primary !== undefined && isShifting(primary) && primary.lifecycle!.sourceId === id;

function deploymentNow(
  { state, service, rollout, nowMs }: Omit<LiveService, 'counts'>,
  wanted: number,
  story: readonly Told[],
): DeploymentNow {
  const { id, status, taskDefinitionArn, createdAt, failedTasks, healthyAfterMs, healthChecked } = rollout;
  const hasTargets = targetsOf(rollout).length > 0;
  const { running, pending, live } = countTasks(state, service).get(id) ?? NO_TASKS;
  const tasks = [...state.tasks.by('service', service.serviceArn)].filter(({ replica }) => replica!.deploymentId === id);
  const judge = healthJudge(service, rollout, nowMs);
  const isHealthy = (task: Task) => task.desiredStatus === 'RUNNING' && judge(task).is === 'healthy';
  const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
  const throttledMs = throttledUntil(rollout, wanted, nowMs);
  const lifecycle = 'rolloutState' in rollout && rollout.status === 'PRIMARY' ? lifecycleNow(rollout) : undefined;
  const asked = story.find((one) => startsRollout(one)?.id === id);
  return {
    id,
    status,
    rolloutState: stateOf(rollout),
    taskDefinitionArn,
    wanted,
    running,
    pending,
    healthy: tasks.filter(isHealthy).length,
    stopping: tasks.length - live,
    startedAt: createdAt,
    ...(asked ? { startedBy: signature(asked) } : {}),
    failedTasks,
    ...(breaker.enable && !hasTaskSets(service) ? { failureThreshold: breakerThreshold(breaker, wanted) } : {}),
    ...(throttledMs === undefined ? {} : { throttledUntil: new Date(throttledMs).toISOString() }),
    healthyWhen: hasTargets
      ? `its targets are healthy${healthChecked ? ' and the health checks of its essential containers say HEALTHY' : ''}`
      : healthChecked
        ? 'the health checks of its essential containers say HEALTHY'
        : `it has been RUNNING for ${duration(healthyAfterMs)}: no essential container has a health check, so the state store's ` +
          'LONGSHORE_SERVICE_HEALTHY_AFTER_MS decides, as it was when the deployment began',
    ...(healthChecked || hasTargets ? {} : { healthyAfterMs }),
    ...(lifecycle ? { lifecycle } : {}),
  };
}

const stateOf = (rollout: Deployment | TaskSet): string =>
  'rolloutState' in rollout ? rollout.rolloutState : rollout.stabilityStatus;

const ENDS_BY_ITSELF: readonly unknown[] = ['TaskFailedToStart', 'EssentialContainerExited', 'InfrastructureHealth'];

/** Not because somebody asked: neither scaled in nor replaced nor stopped by a user. */
export const endedByItself = ({ stopCode }: Task): boolean => ENDS_BY_ITSELF.includes(stopCode);

/** Tasks of the service that failed and are not forgotten yet (an hour), the newest first: also those stopped for being unhealthy. */
export function failedTasksOf(state: EcsState, service: Service): readonly Task[] {
  const failed: Task[] = [];
  for (const task of state.tasks.by('stopped', 'yes')) {
    if (task.replica?.serviceArn !== service.serviceArn) continue;
    const wasSick = task.stopCode === 'ServiceSchedulerInitiated' && task.healthStatus === 'UNHEALTHY';
    if (wasSick || endedByItself(task)) failed.push(task);
  }
  return failed.sort((a, b) => (a.stoppedAt! < b.stoppedAt! ? 1 : -1));
}

/** Equal ends together; the newest first. */
function failuresOf(state: EcsState, service: Service): readonly FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const task of failedTasksOf(state, service)) {
    const why = whyStopped(task)!;
    const deploymentId = task.replica!.deploymentId;
    const key = `${deploymentId} ${why}`;
    const known = groups.get(key);
    groups.set(
      key,
      known
        ? { ...known, count: known.count + 1 }
        : { count: 1, why, deploymentId, lastAt: task.stoppedAt!, lastTaskArn: task.taskArn },
    );
  }
  return [...groups.values()];
}

/** "2 of 3 wanted tasks healthy", and whether that is all. */
export function serviceSummary(service: Service, now: ServiceNow): string {
  const { desiredCount, healthyCount, deployments } = now;
  if (now.status === 'INACTIVE') return 'It was deleted: INACTIVE, without tasks.';
  if (now.status === 'DRAINING') return 'It was deleted and is DRAINING: its tasks are being stopped.';
  if (deployments.length === 0) return 'It has no task set, so it runs nothing: CreateTaskSet makes one.';
  const healthy = `${healthyCount} of ${desiredCount} wanted tasks healthy`;
  const definition = lastSegment(service.taskDefinitionArn ?? deployments[0]!.taskDefinitionArn);
  if (now.steady) return `Steady: ${healthy}${hasTaskSets(service) ? '' : `, all of ${definition}`}.`;
  const ofPrimary =
    deployments.length > 1 && !hasTaskSets(service) ? `, ${deployments[0]!.healthy} of them of ${definition}` : '';
  return `Not steady: ${healthy}${ofPrimary}.`;
}
