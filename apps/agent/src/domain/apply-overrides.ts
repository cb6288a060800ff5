import type { ContainerDefinition, NameValue, TaskDefinitionPayload, TaskOverride } from '#lib/ecs/model';
import { routerFirst } from '../firelens/domain/firelens-task.js';

/** The definition as this task runs it: RunTask's and StartTask's overrides put over the registered fields, and its log router first. */
export function applyOverrides(definition: TaskDefinitionPayload, overrides: TaskOverride): TaskDefinitionPayload {
  return routerFirst({
    ...definition,
    cpu: overrides.cpu ?? definition.cpu,
    memory: overrides.memory ?? definition.memory,
    taskRoleArn: overrides.taskRoleArn ?? definition.taskRoleArn,
    containerDefinitions: definition.containerDefinitions.map((container) => overrideContainer(container, overrides)),
  });
}

function overrideContainer(container: ContainerDefinition, overrides: TaskOverride): ContainerDefinition {
  const override = overrides.containerOverrides?.find(({ name }) => name === container.name);
  if (!override) return container;
  return {
    ...container,
    // An empty list in an override is "not given", as in ECS: it cannot take a command away.
    command: override.command?.length ? override.command : container.command,
    environment: mergeEnvironment(container.environment, override.environment ?? []),
    cpu: override.cpu ?? container.cpu,
    memory: override.memory ?? container.memory,
    memoryReservation: override.memoryReservation ?? container.memoryReservation,
  };
}

/** Overrides replace variables by name, in place, and add the new ones at the end. */
function mergeEnvironment(base: readonly NameValue[], over: readonly NameValue[]): NameValue[] {
  return [...new Map([...base, ...over].map((variable) => [variable.name, variable])).values()];
}
