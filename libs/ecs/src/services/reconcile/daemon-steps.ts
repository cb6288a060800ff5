import type { EcsState } from '../../model/state.js';
import type { ServiceCounts } from './service-counts.js';
import type { TaskToStop } from './stops.js';

/** Where a daemon is missing: stop first, then start, so that no host ever runs two. In the order of their ARNs. */
export function instancesWithout({ tasks, instances = new Map() }: ServiceCounts): readonly string[] {
  const taken = new Set<string>(tasks.map((task) => task.containerInstanceArn));
  const free = [...instances.values()].filter((instance) => instance.agentConnected && !taken.has(instance.containerInstanceArn));
  return free.map((instance) => instance.containerInstanceArn).sort();
}

/**
 * What a daemon service stops now: at once what is where it is not wanted, on a draining instance after the tasks of replica
 * services ("the last task to stop" [dg ecs_services]); what is out of date down to the minimum, if a new one may start; nothing on
 * an instance that is silent.
 */
export function daemonStops(state: EcsState, counts: ServiceCounts, mayReplace: boolean, most: number): TaskToStop[] {
  const { displaced, healthy, healthOf, isProtected, instances = new Map(), least } = counts;
  let spare = healthy.length - least;
  const stops: TaskToStop[] = [];
  for (const task of displaced) {
    if (stops.length >= most || isProtected(task)) continue;
    const { is } = healthOf(task);
    const wantedOn = instances.get(task.containerInstanceArn);
    if (!wantedOn) {
      const instance = state.containerInstances.get(task.containerInstanceArn);
      if (instance?.status === 'ACTIVE') stops.push({ task, why: 'constraint' });
      else if (!hasReplicas(state, task.containerInstanceArn)) stops.push({ task, why: 'scaling' });
    } else if (!wantedOn.agentConnected) {
      // Nothing could follow it; without it nothing would be wanted there, and the minimum of the others would shrink.
      continue;
    } else if (is === 'unhealthy') {
      stops.push({ task, why: 'unhealthy' });
    } else if (mayReplace && (is !== 'healthy' || spare-- > 0)) {
      stops.push({ task, why: 'scaling' });
    }
  }
  return stops;
}

function hasReplicas(state: EcsState, containerInstanceArn: string): boolean {
  for (const { replica } of state.tasks.by('instance', containerInstanceArn)) {
    if (replica && state.services.get(replica.serviceArn)?.schedulingStrategy === 'REPLICA') return true;
  }
  return false;
}
