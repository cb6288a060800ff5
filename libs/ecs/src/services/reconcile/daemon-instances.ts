import type { ContainerInstance } from '../../model/container-instance.js';
import type { Task } from '../../model/task.js';
import type { Service } from '../../model/services.js';
import { countedAs } from '../../model/task.js';
import type { EcsState } from '../../model/state.js';
import { taskGroupsOn } from '../../placement/candidate.js';
import { eligibilityFilters, firstRefusal } from '../../placement/filters.js';

/**
 * DAEMON: one task on every ACTIVE instance that the required attributes and the placement constraints admit, whatever its load
 * (ecs-semantics §3.4). What a daemon's own task changes about an instance does not count, or it would drive itself away.
 */
export function daemonInstances(state: EcsState, service: Service): ReadonlyMap<string, ContainerInstance> {
  const definition = state.taskDefinitions.get(service.taskDefinitionArn!);
  const matching = new Map<string, ContainerInstance>();
  if (!definition || service.status !== 'ACTIVE') return matching;
  const own = tasksByInstance(state, service);
  const constraints = [...definition.placementConstraints, ...service.placementConstraints];
  const filters = eligibilityFilters({ definition, constraints });
  const group = `service:${service.serviceName}`;
  for (const instance of state.containerInstances.by('cluster', service.clusterArn)) {
    const tasks = own.get(instance.containerInstanceArn) ?? [];
    // One that is silent keeps what it runs; when that is given up as lost, nothing is wanted of it until it is back.
    const isThere = instance.agentConnected || tasks.some(({ desiredStatus }) => desiredStatus === 'RUNNING');
    if (instance.status !== 'ACTIVE' || !isThere) continue;
    const running = tasks.filter(({ lastStatus }) => countedAs(lastStatus) === 'running').length;
    const without = { ...instance, runningTasksCount: instance.runningTasksCount - running };
    const taskGroups = [...taskGroupsOn(state, instance)].filter((name) => name !== group);
    if (firstRefusal(filters, { instance: without, groupTasks: 0, taskGroups }) === undefined) {
      matching.set(instance.containerInstanceArn, instance);
    }
  }
  return matching;
}

/** How many tasks a service wants: a number that its user gave, or as many as there are instances for a daemon. */
export const desiredCountOf = (state: EcsState, service: Service): number =>
  service.schedulingStrategy === 'DAEMON' ? daemonInstances(state, service).size : service.desiredCount;

/** Of the service, not STOPPED. */
function tasksByInstance(state: EcsState, { serviceArn }: Service): ReadonlyMap<string, readonly Task[]> {
  const byInstance = new Map<string, Task[]>();
  for (const task of state.tasks.by('service', serviceArn)) {
    const there = byInstance.get(task.containerInstanceArn);
    if (there) there.push(task);
    else byInstance.set(task.containerInstanceArn, [task]);
  }
  return byInstance;
}
