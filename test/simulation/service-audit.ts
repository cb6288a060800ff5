import { countsOf, desiredCountOf } from '#lib/ecs/services/reconcile';
import { type EcsEvents, type EcsState, hasTaskSets, type Service, type Task } from '#lib/ecs/model';
import type { EventRecord, Transaction } from '#lib/kernel';
import { DeploymentModel, leastPauseMs, thresholdOf } from './deployment-model.js';
import { SEEN_OF_TARGETS } from './target-audit.js';
import { isBeside, SEEN_OF_TRAFFIC } from './traffic-audit.js';

type Must = (property: string, holds: boolean, message: string) => void;

const WITHIN = 'a service stays within its minimum and maximum';
const BREAKER = 'the circuit breaker counts as ECS does';
const ROLLBACK = 'a rollback goes to the revision that completed last';

/** What a run has to meet before it has shown anything about services. */
export const SEEN = [
  'deployment',
  'completed',
  'breaker',
  'rollback',
  'stopped by the user',
  'failures reset',
  'throttled start',
  'daemon',
  'protection',
  ...SEEN_OF_TARGETS,
  ...SEEN_OF_TRAFFIC,
] as const;
type Seen = (typeof SEEN)[number];

/** What ECS lets a service have at the same time: ceil for the minimum, floor for the maximum. */
function limitsOf({ deploymentConfiguration }: Service, desiredCount: number): { readonly least: number; readonly most: number } {
  const { minimumHealthyPercent, maximumPercent } = deploymentConfiguration;
  return {
    least: Math.min(desiredCount, Math.ceil((desiredCount * minimumHealthyPercent) / 100)),
    most: Math.floor((desiredCount * maximumPercent) / 100),
  };
}

/** The service that an event of `AdvanceService` is about. */
export function serviceOf(state: EcsState, { data }: EventRecord): Service | undefined {
  const { serviceArn, replica, taskArn } = data as { serviceArn?: string; replica?: Task['replica']; taskArn?: string };
  return state.services.get(serviceArn ?? (replica ?? state.tasks.get(taskArn ?? '')?.replica)?.serviceArn ?? '');
}

/**
 * Services by the stream of public transitions: counted anew, by rules that are written here a second time. Of the state it reads
 * only settings and what tasks show.
 */
export class ServiceAudit {
  /** deploymentId → */
  private readonly deployments = new Map<string, DeploymentModel>();
  /** serviceArn → the deployments that completed, the last one last. */
  private readonly completed = new Map<string, string[]>();
  /** How often each kind of thing was seen, so that a run can show that it tested something. */
  readonly seen = new Map<Seen, number>();

  constructor(
    private readonly state: EcsState,
    private readonly must: Must,
  ) {}

  /** Before `evolve`. */
  before({ type, data }: EventRecord, { operation }: Transaction, nowMs: number): void {
    switch (type) {
      case 'TaskPlaced':
        return this.beforePlaced(data as EcsEvents['TaskPlaced'], nowMs);
      case 'TaskStopRequested': {
        const stop = data as EcsEvents['TaskStopRequested'];
        const task = this.state.tasks.get(stop.taskArn)!;
        if (operation === 'AdvanceService') this.beforeStop(task, nowMs);
        return;
      }
      case 'DeploymentFailed':
        return this.beforeFailed(data as EcsEvents['DeploymentFailed'], operation, nowMs);
      case 'DeploymentRolledBack': {
        const { serviceArn, toDeploymentId } = data as EcsEvents['DeploymentRolledBack'];
        const last = this.completed.get(serviceArn)?.at(-1);
        this.must(ROLLBACK, toDeploymentId === last, `${serviceArn} goes back to ${toDeploymentId}, not to ${last}`);
        this.deployments.get(toDeploymentId)!.beginsAnew();
        return this.count('rollback');
      }
      case 'DeploymentFailuresReset': {
        const { deploymentId } = data as EcsEvents['DeploymentFailuresReset'];
        const deployment = this.deployments.get(deploymentId);
        if (!deployment) return;
        const isDue = deployment.lastHealthyMs(nowMs) >= deployment.lastFailureMs;
        this.must(BREAKER, isDue, `the failures of ${deploymentId} were forgotten without a healthy task`);
        return this.count('failures reset');
      }
    }
  }

  /** After `evolve`. */
  after({ type, data }: EventRecord, nowMs: number): void {
    switch (type) {
      case 'TaskProtectionChanged':
        return this.count('protection');
      case 'ServiceCreated':
        return void this.completed.set((data as EcsEvents['ServiceCreated']).serviceArn, []);
      case 'DeploymentStarted':
        return this.afterStarted(data as EcsEvents['DeploymentStarted']);
      case 'DeploymentCompleted': {
        const { serviceArn, deploymentId } = data as EcsEvents['DeploymentCompleted'];
        this.completed.get(serviceArn)!.push(deploymentId);
        return this.count('completed');
      }
      case 'DeploymentEnded':
        return void this.deployments.delete((data as EcsEvents['DeploymentEnded']).deploymentId);
      case 'TaskPlaced':
        return this.afterPlaced(data as EcsEvents['TaskPlaced']);
      case 'TaskContainersChanged': {
        const { taskArn, healthStatus } = data as EcsEvents['TaskContainersChanged'];
        return healthStatus === 'HEALTHY' ? this.afterCheck(taskArn, nowMs) : undefined;
      }
      case 'TaskTargetsChanged':
        return this.afterCheck((data as EcsEvents['TaskTargetsChanged']).taskArn, nowMs);
      case 'TaskStopRequested':
        return this.afterStop(data as EcsEvents['TaskStopRequested'], nowMs);
      case 'TaskStatusChanged':
        return this.afterMove(data as EcsEvents['TaskStatusChanged'], nowMs);
    }
  }

  /** Before and after a step of the scheduler: what it counts is what there is to count, and it reacts at once. */
  beforeStep({ events }: Transaction, nowMs: number): void {
    const service = serviceOf(this.state, events[0]!);
    const [primary] = service?.deployments ?? [];
    if (service?.status !== 'ACTIVE' || primary?.rolloutState !== 'IN_PROGRESS') return;
    // There is no way back any more.
    if (primary.lifecycle?.stage === 'CLEAN_UP') return;
    const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
    const { least } = this.deployments.get(primary.id)!.failuresInARow(nowMs, breaker);
    const threshold = thresholdOf(breaker, desiredCountOf(this.state, service));
    const reacts = events.some(({ type }) => type === 'DeploymentFailed' || type === 'DeploymentFailuresReset');
    this.must(
      BREAKER,
      !breaker.enable || least < threshold || reacts,
      `${primary.id} goes on after ${least} of ${threshold} failures`,
    );
  }

  afterStep({ events }: Transaction, nowMs: number): void {
    const service = serviceOf(this.state, events[0]!);
    const [primary] = service?.deployments ?? [];
    if (service?.status !== 'ACTIVE' || !primary) return;
    const { id, failedTasks } = primary;
    const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
    const { least, most } = this.deployments.get(id)!.failuresInARow(nowMs, breaker);
    const isRight = failedTasks >= least && failedTasks <= most;
    this.must(
      BREAKER,
      isRight,
      `${id} has failedTasks ${failedTasks}; ${least === most ? '' : `${least} to `}${most} failed in a row`,
    );
    const has = (type: string) => events.some((event) => event.type === type);
    if (!has('DeploymentFailed')) return;
    const last = this.completed.get(service.serviceArn)?.at(-1);
    // Of one whose hook failed nobody asks.
    const canRollBack = breaker.rollback && last !== undefined && last !== service.deployments[0]!.id;
    this.must(ROLLBACK, !canRollBack || has('DeploymentRolledBack'), `${id} failed and was not rolled back`);
  }

  private beforePlaced({ replica, taskArn, containerInstanceArn: instance }: EcsEvents['TaskPlaced'], nowMs: number): void {
    const service = replica && this.state.services.get(replica.serviceArn);
    if (!service || hasTaskSets(service)) return;
    const { deployments, schedulingStrategy } = service;
    const desiredCount = desiredCountOf(this.state, service);
    const deployment = this.deployments.get(replica.deploymentId);
    this.must(WITHIN, service.status === 'ACTIVE', `${taskArn} was placed for a service that is ${service.status}`);
    const isSource = isBeside(service) && deployments[0]!.lifecycle!.sourceId === replica.deploymentId;
    const isWanted = deployments[0]?.id === replica.deploymentId || isSource;
    this.must(WITHIN, isWanted, `${taskArn} was placed for a deployment that is not PRIMARY`);
    this.must(BREAKER, deployment?.isFailed === false, `${taskArn} was placed for a deployment that has FAILED`);
    const { most } = limitsOf(service, desiredCount);
    const live = this.liveBeside(service, replica.deploymentId);
    if (schedulingStrategy === 'DAEMON') {
      const there = [...this.state.tasks.by('service', service.serviceArn)].find(
        (task) => task.containerInstanceArn === instance,
      );
      this.must('a daemon runs once on an instance', !there, `${taskArn} joins ${there?.taskArn}`);
      this.count('daemon');
    } else this.must(WITHIN, live.length < most, `${taskArn} is number ${live.length + 1} of at most ${most}`);
    const same = live.find(
      (task) => task.replica!.deploymentId === replica.deploymentId && task.replica!.number === replica.number,
    );
    this.must('no replica runs twice', !same, `${taskArn} is the same replica as ${same?.taskArn}`);
    const lastFailureMs = deployment!.lastFailureBeforeStepMs(nowMs);
    const launchFailures = deployment!.launchFailures(nowMs);
    const leastMs = leastPauseMs(launchFailures, desiredCount);
    if (leastMs > 0) this.count('throttled start');
    this.must(
      'tasks that never start are started less and less often',
      nowMs - lastFailureMs >= leastMs,
      `${taskArn} was placed ${nowMs - lastFailureMs} ms after failure ${launchFailures} of ${desiredCount} tasks`,
    );
  }

  private beforeStop(task: Task, nowMs: number): void {
    const service = this.state.services.get(task.replica!.serviceArn);
    if (service?.status !== 'ACTIVE') return;
    const { protectedUntil } = task;
    const isProtected = protectedUntil !== undefined && nowMs < Date.parse(protectedUntil);

    this.must(
      'the scheduler stops no protected task',
      !isProtected || isSick(task),
      `${task.taskArn} is protected until ${protectedUntil}`,
    );
    if (hasTaskSets(service)) return;
    // A daemon counts where it is wanted.
    const { instances } = countsOf(this.state, service, service.deployments[0]!, nowMs);
    const isHealthy = (one: Task) => {
      const { taskArn, lastStatus, containerInstanceArn } = one;
      if (instances && !instances.has(containerInstanceArn)) return false;
      const deployment = this.deploymentOf(taskArn);
      const isUp = lastStatus === 'RUNNING' && deployment?.isHealthy(taskArn, nowMs) === true;
      return isUp && passesChecks(one, deployment);
    };
    if (!isHealthy(task)) return;
    const { deploymentId } = task.replica!;
    const [primary] = service.deployments;
    // What is neither rolled out nor has traffic may go whole.
    if (isBeside(service) && deploymentId !== primary!.id && deploymentId !== primary!.lifecycle!.sourceId) return;
    const healthy = this.liveBeside(service, deploymentId).filter(isHealthy).length;
    const { least } = limitsOf(service, instances?.size ?? service.desiredCount);
    this.must(WITHIN, healthy > least, `stopping ${task.taskArn} leaves ${healthy - 1} healthy tasks of at least ${least}`);
  }

  private beforeFailed({ serviceArn, deploymentId }: EcsEvents['DeploymentFailed'], operation: string, nowMs: number): void {
    const service = this.state.services.get(serviceArn)!;
    const deployment = this.deployments.get(deploymentId)!;
    deployment.isFailed = true;
    if (operation !== 'AdvanceService') return this.count('stopped by the user');
    const hooks = service.deployments[0]!.lifecycle?.hooks ?? [];
    if (hooks.some(({ status }) => status === 'FAILED' || status === 'TIMED_OUT')) return;
    this.count('breaker');
    const { deploymentCircuitBreaker: breaker } = service.deploymentConfiguration;
    const { most } = deployment.failuresInARow(nowMs, breaker);
    const threshold = thresholdOf(breaker, desiredCountOf(this.state, service));
    this.must(BREAKER, breaker.enable && most >= threshold, `${deploymentId} failed after ${most} of ${threshold} failures`);
  }

  private afterStarted({ deploymentId, taskDefinitionArn, healthyAfterMs, serviceArn }: EcsEvents['DeploymentStarted']): void {
    const { containerDefinitions } = this.state.taskDefinitions.get(taskDefinitionArn)!;
    const hasContainerChecks = containerDefinitions.some(({ essential, healthCheck }) => essential && healthCheck !== undefined);
    const isBalanced = (this.state.services.get(serviceArn)!.loadBalancers?.length ?? 0) > 0;
    this.deployments.set(deploymentId, new DeploymentModel(deploymentId, hasContainerChecks, isBalanced, healthyAfterMs));
    this.count('deployment');
  }

  /** By task, in the time of the commits. */
  private readonly ranSinceMs = new Map<string, number>();
  private readonly endsSinceMs = new Map<string, number>();

  /** ECS: with both, both have to be passed. */
  private afterCheck(taskArn: string, nowMs: number): void {
    const deployment = this.deploymentOf(taskArn);
    if (deployment && passesChecks(this.state.tasks.get(taskArn)!, deployment)) deployment.passedHealthCheck(taskArn, nowMs);
  }

  private afterPlaced({ replica, taskArn }: EcsEvents['TaskPlaced']): void {
    if (replica) this.deployments.get(replica.deploymentId)?.placed(taskArn);
  }

  private afterStop({ taskArn, stopCode }: EcsEvents['TaskStopRequested'], nowMs: number): void {
    if (!this.endsSinceMs.has(taskArn)) this.endsSinceMs.set(taskArn, nowMs);
    const deployment = this.deploymentOf(taskArn);
    if (stopCode === 'ServiceSchedulerInitiated' && isSick(this.state.tasks.get(taskArn)!)) deployment?.isGivenUp(taskArn, nowMs);
    else deployment?.ends(taskArn, nowMs);
  }

  private afterMove({ taskArn, to }: EcsEvents['TaskStatusChanged'], nowMs: number): void {
    const task = this.state.tasks.get(taskArn)!;
    const deployment = this.deploymentOf(taskArn);
    if (!deployment) return;
    if (to === 'RUNNING') {
      this.ranSinceMs.set(taskArn, nowMs);
      return deployment.runs(taskArn, nowMs, nowMs);
    }
    // Its containers run; it is nothing else yet.
    if (to === 'ACTIVATING') return;
    if (!this.endsSinceMs.has(taskArn)) this.endsSinceMs.set(taskArn, nowMs);
    if (!this.isFailure(task)) deployment.ends(taskArn, nowMs);
    else if (to === 'STOPPED') deployment.fails(taskArn, nowMs, this.ranSinceMs.has(taskArn));
  }

  /** It ended by itself before it was ever healthy. What hosts' clocks say of it decides nothing. */
  private isFailure({ taskArn, stopCode, startedAt, firstHealthyAt, replica }: Task): boolean {
    if (stopCode !== 'TaskFailedToStart' && stopCode !== 'EssentialContainerExited') return false;
    if (startedAt === undefined) return true;
    const { isHealthChecked, healthyAfterMs } = this.deployments.get(replica!.deploymentId)!;
    if (isHealthChecked) return firstHealthyAt === undefined;
    return this.endsSinceMs.get(taskArn)! - this.ranSinceMs.get(taskArn)! < healthyAfterMs;
  }

  /** Two revisions that run side by side are counted each for itself. */
  private liveBeside(service: Service, deploymentId: string): Task[] {
    const all = this.liveTasks(service);
    return isBeside(service) ? all.filter(({ replica }) => replica!.deploymentId === deploymentId) : all;
  }

  private liveTasks({ serviceArn }: Service): Task[] {
    return [...this.state.tasks.by('service', serviceArn)].filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  }

  private deploymentOf(taskArn: string): DeploymentModel | undefined {
    return this.deployments.get(this.state.tasks.get(taskArn)?.replica?.deploymentId ?? '');
  }

  count(what: Seen): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}

const isSick = ({ healthStatus, targets = [] }: Task): boolean =>
  healthStatus === 'UNHEALTHY' || targets.some(({ health }) => health === 'unhealthy');

const passesChecks = ({ healthStatus, targets = [] }: Task, { hasContainerChecks }: DeploymentModel): boolean =>
  (!hasContainerChecks || healthStatus === 'HEALTHY') && targets.every(({ health }) => health === 'healthy');
