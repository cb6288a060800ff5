import type { PlacementConstraint, TaskDefinition } from '../../model/task-definition.js';
import type { Resources, Tag } from '../../model/common.js';
import { clusterNameOf, taskSetArn } from '../../model/ids.js';
import { type Rollout, type Service, targetsOf } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { TaskTarget } from '../../model/task.js';
import { storageOf } from '../../tasks/run-task-input.js';
import { taskNeeds } from '../../placement/capacity.js';
import type { TaskTemplate } from '../../placement/proposal.js';

/** What a plan for the tasks of a deployment or task set needs to know: the service's counterpart of a prepared RunTask. */
export interface ReplicaRequest {
  readonly definition: TaskDefinition;
  readonly need: Resources;
  readonly template: TaskTemplate;
  /** The task definition's and the service's. */
  readonly constraints: readonly PlacementConstraint[];
  /** Where each task is to be registered; absent where there are no load balancers. */
  readonly targets?: readonly TaskTarget[];
}

/** Undefined when the task definition is gone (it is kept while a deployment or task set uses it). */
export function replicaRequest(state: EcsState, service: Service, deployment: Rollout): ReplicaRequest | undefined {
  const definition = state.taskDefinitions.get(deployment.taskDefinitionArn);
  if (!definition) return undefined;
  const need = taskNeeds(definition, {});
  const launchType = state.taskSets.get(taskSetArn(service.serviceArn, deployment.id))?.launchType ?? service.launchType;
  const { networkConfiguration } = deployment;
  const { capacityProviderStrategy } = service;
  const template: TaskTemplate = {
    group: `service:${service.serviceName}`,
    startedBy: deployment.id,
    launchType,
    ...(capacityProviderStrategy ? { capacityProviderStrategy } : {}),
    ...(networkConfiguration ? { networkConfiguration } : {}),
    ...storageOf(launchType, definition),
    overrides: {},
    enableExecuteCommand: service.enableExecuteCommand,
    tags: tagsOf(service, definition),
    cpu: String(need.cpu),
    memory: String(need.memoryMiB),
  };
  const constraints = [...definition.placementConstraints, ...service.placementConstraints];
  const targets = targetsOf(deployment).map((target): TaskTarget => ({ ...target, state: 'pending', health: 'initial' }));
  return { definition, need, template, constraints, ...(targets.length > 0 ? { targets } : {}) };
}

function tagsOf(service: Service, definition: TaskDefinition): readonly Tag[] {
  const { propagateTags, enableECSManagedTags, clusterArn, serviceName } = service;
  const source = propagateTags === 'SERVICE' ? service : propagateTags === 'TASK_DEFINITION' ? definition : undefined;
  const managed = [
    { key: 'aws:ecs:clusterName', value: clusterNameOf(clusterArn) },
    { key: 'aws:ecs:serviceName', value: serviceName },
  ];
  return [...(source?.tags ?? []), ...(enableECSManagedTags ? managed : [])];
}
