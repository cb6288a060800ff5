import { attributesOf } from '../model/attributes.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsState } from '../model/state.js';
import type { ExpressionSubject } from './query-comparisons.js';

/** A container instance in the eyes of one plan (or of the writer that checks one). */
export interface Candidate {
  /** With everything reserved that the plan has put on it so far. */
  readonly instance: ContainerInstance;
  /** Tasks of the request's group that run on it or are about to, those of the plan included. */
  readonly groupTasks: number;
  /** The groups of all its tasks, the plan's included. */
  readonly taskGroups: Iterable<string>;
}

/** Groups of the tasks that are on the instance and not STOPPED. */
export function* taskGroupsOn(state: EcsState, instance: ContainerInstance): Iterable<string> {
  for (const task of state.tasks.by('instance', instance.containerInstanceArn)) yield task.group;
}

/** The instance as the cluster query language sees it: for constraints, and for the filter of ListContainerInstances. */
export function expressionSubject(instance: ContainerInstance, taskGroups: Iterable<string>): ExpressionSubject {
  return {
    attribute: (name) => attributesOf(instance).get(name),
    taskGroups,
    ec2InstanceId: instance.ec2InstanceId,
    agentVersion: instance.versionInfo.agentVersion ?? '',
    agentConnected: instance.agentConnected,
    registeredAt: instance.registeredAt,
    runningTasksCount: instance.runningTasksCount,
  };
}
