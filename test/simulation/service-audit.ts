import { countsOf, type EcsEvents, type EcsState, isProtected } from '#lib/domain';
import type { EventRecord } from '#lib/journal';

/** What must hold of a service when the scheduler places or stops one of its tasks: the first sentence that does not. */
export function brokenService(
  state: EcsState,
  { type, data }: EventRecord,
  at: string,
  healthyBefore: number,
): string | undefined {
  if (type === 'TaskPlaced') {
    const { replica, taskArn, containerInstanceArn: instanceArn } = data as EcsEvents['TaskPlaced'];
    const service = replica && state.services.get(replica.serviceArn);
    if (!service) return undefined;
    const { live, most } = countsOf(state, service, service.deployments[0]!, Date.parse(at));
    if (service.schedulingStrategy === 'DAEMON') {
      const there = [...state.tasks.by('service', service.serviceArn)].filter(
        (task) => task.containerInstanceArn === instanceArn,
      );
      return there.length > 1 ? `${there.map((task) => task.taskArn).join()} are daemons on one instance` : undefined;
    }
    if (live.length > most) return `${taskArn} is number ${live.length} of at most ${most}`;
    const same = live.filter(
      (task) => task.replica!.deploymentId === replica.deploymentId && task.replica!.number === replica.number,
    );
    return same.length > 1 ? `${same.map((task) => task.taskArn).join()} are the same replica` : undefined;
  }
  if (type !== 'TaskStopRequested') return undefined;
  const { taskArn, stopCode } = data as EcsEvents['TaskStopRequested'];
  const service = state.services.get(state.tasks.get(taskArn)?.replica?.serviceArn ?? '');
  if (stopCode !== 'ServiceSchedulerInitiated' || service?.status !== 'ACTIVE') return undefined;
  const task = state.tasks.get(taskArn)!;
  if (isProtected(task, Date.parse(at)) && task.healthStatus !== 'UNHEALTHY')
    return `${taskArn} is protected until ${task.protectedUntil}`;
  const { healthy, least } = countsOf(state, service, service.deployments[0]!, Date.parse(at));
  const isLess = healthy.length < healthyBefore && healthy.length < least;
  return isLess ? `stopping ${taskArn} leaves ${healthy.length} healthy tasks of at least ${least}` : undefined;
}

/** Healthy tasks of the service whose task is to be stopped, before it is. */
export function healthyBeforeStop(state: EcsState, { type, data }: EventRecord, at: string): number {
  if (type !== 'TaskStopRequested') return 0;
  const task = state.tasks.get((data as EcsEvents['TaskStopRequested']).taskArn);
  const service = state.services.get(task?.replica?.serviceArn ?? '');
  return service?.deployments[0] ? countsOf(state, service, service.deployments[0], Date.parse(at)).healthy.length : 0;
}
