import type { TaskDefinition } from '../model/task-definition.js';
import { NOT_HONOURED } from '../model/not-honoured.js';

/** Where a task is otherwise than it would be on ECS: fields of its definition that nobody acts on. */
export function differencesOf(definition: TaskDefinition): string[] {
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
  ];
}

const told = (field: string, member: keyof typeof NOT_HONOURED): string => `${field}: ${NOT_HONOURED[member]}`;
