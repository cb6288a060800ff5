import type { TaskFacts } from '../model/agent-protocol.js';
import type { TaskArn } from '../model/ids.js';
import { refusals } from '../model/refusals.js';
import type { QueryRule } from '../model/rules.js';
import type { EcsState } from '../model/state.js';

/** What a task's own metadata endpoint says of it that its host does not know. */
export function factsOf(state: EcsState, taskArn: string): TaskFacts | undefined {
  const task = state.tasks.get(taskArn as TaskArn);
  if (!task) return undefined;
  const service = task.replica && state.services.get(task.replica.serviceArn);
  return {
    launchType: task.launchType,
    availabilityZone: task.attributes.find(({ name }) => name === 'ecs.availability-zone')?.value ?? `${task.region}a`,
    ...(service ? { serviceName: service.serviceName } : {}),
    taskTags: task.tags,
    containerInstanceTags: state.containerInstances.get(task.containerInstanceArn)?.tags ?? [],
  };
}

export const taskFacts: QueryRule<{ taskArn: string }> = (state, { taskArn }) => {
  const facts = factsOf(state, taskArn);
  if (!facts) throw refusals.resourceNotFound('There is no such task.');
  return facts;
};
