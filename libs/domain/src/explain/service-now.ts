import type { Instant, Task } from '../model/entities.js';
import { lastSegment } from '../model/ids.js';
import type { Deployment, Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { breakerThreshold } from '../services/circuit-breaker.js';
import { countTasks, NO_TASKS } from '../services/describe-service.js';
import { countsOf } from '../services/service-counts.js';
import { healthOf } from '../services/task-health.js';
import type { DeploymentNow, FailureGroup, ServiceNow } from './explanation.js';
import { throttledUntil } from './live-service.js';
import { obstaclesOf } from './obstacles.js';
import { type Commits, eventOf, signature, toldOfService } from './told.js';
import { waitsOf } from './waits.js';
import { duration, whyStopped } from './words.js';

export function serviceNow(state: EcsState, service: Service, at: Instant, commits: Commits): ServiceNow {
  const nowMs = Date.parse(at);
  const [primary] = service.deployments;
  const counts = primary && countsOf(state, service, primary, nowMs);
  const live = counts && { state, service, counts, nowMs };
  const totals = [...countTasks(state, service).values()];
  const obstacles = live ? obstaclesOf(live) : [];
  const isUnplaced = obstacles.some(({ placement }) => placement?.willing === 0);
  return {
    status: service.status,
    steady: service.status === 'ACTIVE' && obstacles.length === 0,
    desiredCount: service.desiredCount,
    runningCount: totals.reduce((sum, { running }) => sum + running, 0),
    pendingCount: totals.reduce((sum, { pending }) => sum + pending, 0),
    healthyCount: counts?.healthy.length ?? 0,
    leastHealthy: counts?.least ?? 0,
    mostLive: counts?.most ?? 0,
    deployments: service.deployments.map((deployment) => deploymentNow(state, service, deployment, nowMs, commits)),
    obstacles,
    waitsFor: live ? waitsOf(live, isUnplaced) : [],
    failures: failuresOf(state, service),
  };
}

function deploymentNow(
  state: EcsState,
  service: Service,
  deployment: Deployment,
  nowMs: number,
  commits: Commits,
): DeploymentNow {
  const { id, status, rolloutState, taskDefinitionArn, createdAt, failedTasks, healthyAfterMs, healthChecked } = deployment;
  const { running, pending, live } = countTasks(state, service).get(id) ?? NO_TASKS;
  const tasks = [...state.tasks.by('service', service.serviceArn)].filter(({ replica }) => replica!.deploymentId === id);
  const isHealthy = (task: Task) =>
    task.desiredStatus === 'RUNNING' && healthOf(service, deployment, task, nowMs).is === 'healthy';
  const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
  const throttledUntilMs = throttledUntil(service, deployment);
  const asked = startOf(service, deployment, commits);
  return {
    id,
    status,
    rolloutState,
    taskDefinitionArn,
    wanted: status === 'PRIMARY' ? service.desiredCount : 0,
    running,
    pending,
    healthy: tasks.filter(isHealthy).length,
    stopping: tasks.length - live,
    startedAt: createdAt,
    ...(asked ? { startedBy: asked } : {}),
    failedTasks,
    ...(breaker.enable ? { failureThreshold: breakerThreshold(breaker, service.desiredCount) } : {}),
    ...(throttledUntilMs !== undefined && throttledUntilMs > nowMs
      ? { throttledUntil: new Date(throttledUntilMs).toISOString() }
      : {}),
    healthyWhen: healthChecked
      ? 'the health checks of its essential containers say HEALTHY'
      : `it has been RUNNING for ${duration(healthyAfterMs)}: no essential container has a health check, so the state store's ` +
        'LONGSHORE_SERVICE_HEALTHY_AFTER_MS decides, as it was when the deployment began',
    ...(healthChecked ? {} : { healthyAfterMs }),
  };
}

function startOf(service: Service, { id }: Deployment, commits: Commits): DeploymentNow['startedBy'] {
  const story = toldOfService(commits, service.serviceArn);
  const asked = story.find(({ events }) => eventOf(events, 'DeploymentStarted')?.deploymentId === id);
  return asked && signature(asked);
}

/** How a task ended by itself: not because the scheduler or a user asked. */
const ENDED_BY_ITSELF: readonly unknown[] = ['TaskFailedToStart', 'EssentialContainerExited', 'InfrastructureHealth'];

/** Tasks of the service that ended by themselves and are not forgotten yet (an hour), the newest first. */
export function failedTasksOf(state: EcsState, service: Service): readonly Task[] {
  const failed: Task[] = [];
  for (const task of state.tasks.by('stopped', 'yes')) {
    if (task.replica?.serviceArn === service.serviceArn && ENDED_BY_ITSELF.includes(task.stopCode)) failed.push(task);
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

/** "2 of 3 tasks are healthy" and what stands in the way, in one or two sentences. */
export function serviceSummary(service: Service, now: ServiceNow): string {
  const { desiredCount, healthyCount } = now;
  if (now.status === 'INACTIVE') return 'It was deleted: INACTIVE, without tasks.';
  if (now.status === 'DRAINING') return 'It was deleted and is DRAINING: its tasks are being stopped.';
  const healthy = `${healthyCount} of ${desiredCount} wanted tasks healthy`;
  const definition = lastSegment(service.taskDefinitionArn);
  if (now.steady) return `Steady: ${healthy}, all of ${definition}.`;
  const [primary] = now.deployments;
  const ofPrimary = now.deployments.length > 1 ? `, ${primary!.healthy} of them of ${definition}` : '';
  return `Not steady: ${healthy}${ofPrimary}.`;
}
