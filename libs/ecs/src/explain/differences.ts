import type { Task } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';
import { NOT_HONOURED } from '../model/not-honoured.js';

/** What programs written for ECS look for, and miss. */
const NO_METADATA =
  'its containers are given no ECS_CONTAINER_METADATA_URI_V4 and no ECS_AGENT_URI: there is no task metadata endpoint yet';

/** Where this task is otherwise than it would be on ECS: fields of its definition that nobody acts on, and what its containers miss. */
export function differencesOf(task: Task, definition: TaskDefinition): string[] {
  const failed = task.containers.some(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  return [
    ...(definition.executionRoleArn ? [told('executionRoleArn', 'RegisterTaskDefinitionRequest.executionRoleArn')] : []),
    ...definition.containerDefinitions.flatMap(({ versionConsistency, portMappings }, index) => [
      ...(versionConsistency === 'enabled'
        ? [told(`containerDefinitions[${index}].versionConsistency`, 'ContainerDefinition.versionConsistency')]
        : []),
      ...portMappings.flatMap(({ appProtocol }, port) =>
        appProtocol ? [told(`containerDefinitions[${index}].portMappings[${port}].appProtocol`, 'PortMapping.appProtocol')] : [],
      ),
    ]),
    // Only where somebody looks for a reason.
    ...(failed ? [NO_METADATA] : []),
  ];
}

const told = (field: string, member: keyof typeof NOT_HONOURED): string => `${field}: ${NOT_HONOURED[member]}`;
