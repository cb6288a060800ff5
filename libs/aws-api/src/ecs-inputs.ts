import { ecsConstraints } from './constraints.js';
import type { Constraint } from './model.js';

/**
 * What ECS does with input beyond what its model says. Sources: its own sentences as public logs and code that compares them quote
 * them, and exported task definitions and templating tools, which send empty strings for whatever was not set.
 */

/** Empty strings that are values: the container gets them, they are kept, or ECS has a sentence of its own for them. */
const EMPTY_VALUES = new Set([
  'KeyValuePair.value',
  'SystemControl.value',
  'Tag.key',
  'Tag.value',
  'HostVolumeProperties.sourcePath',
]);

/**
 * Lists whose empty elements say nothing. In all others they stay: the words of a command are what the container gets, and where
 * a list names things, an empty name is refused (dropped, `--clusters ''` would be answered with the default cluster).
 */
const LISTS_OF_SETTINGS = new Set([
  'AwsVpcConfiguration.securityGroups',
  'AwsVpcConfiguration.subnets',
  'ContainerDefinition.credentialSpecs',
  'ContainerDefinition.dnsSearchDomains',
  'ContainerDefinition.dnsServers',
  'ContainerDefinition.dockerSecurityOptions',
  'ContainerDefinition.links',
  'KernelCapabilities.add',
  'KernelCapabilities.drop',
  'Tmpfs.mountOptions',
]);

export function emptyIsAbsentInEcs(path: string, place: 'member' | 'element'): boolean {
  if (place === 'member') return !EMPTY_VALUES.has(path);
  const [structure, member] = path.split('.') as [string, string];
  return LISTS_OF_SETTINGS.has(path) || ecsConstraints[structure]?.[member]?.each?.enum !== undefined;
}

/** In the form of "Volume.name should not be null or empty."; a request's own members have sentences of their own in the deciders. */
export const emptySentenceOfEcs = (structure: string, member: string): string | undefined =>
  structure.endsWith('Request') ? undefined : `${structure}.${member} should not be null or empty.`;

/** Where ECS's sentence names fewer values than its model permits. */
const NAMED_BY_ECS: Readonly<Record<string, readonly string[]>> = {
  launchType: ['EC2', 'FARGATE', 'EXTERNAL'],
  'DescribeClustersRequest.include': ['ATTACHMENTS', 'SETTINGS', 'STATISTICS', 'TAGS'],
};

const words = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();

/** "launch type should be one of [EC2,FARGATE,EXTERNAL]"; `type` alone says too little, so there the structure is named. */
export function enumSentenceOfEcs(structure: string, member: string, permitted: readonly string[]): string {
  const owner = structure.endsWith('Request') || /[A-Z]/.test(member) ? '' : `${words(structure)} `;
  const named = NAMED_BY_ECS[`${structure}.${member}`] ?? NAMED_BY_ECS[member] ?? permitted;
  return `${owner}${words(member)} should be one of [${named.join(',')}]`;
}

const TOKEN = '[!-~]*';
const STARTED_BY = '[a-zA-Z0-9\\-_/]*';

/** "startedBy longer than 36." is what ECS said when that was the limit; the other is what it says of names. */
const limited = (member: string, max: number, pattern?: string): Constraint => ({
  max,
  ...(pattern === undefined ? {} : { pattern }),
  sentences: { max: `${member} longer than ${max}.`, pattern: `${member} contains invalid characters.` },
});

/** Lengths and characters that are only in the words of the model's documentation, and ECS keeps to. */
export const documentedLimits: Readonly<Record<string, Constraint>> = {
  'CreateServiceRequest.clientToken': limited('clientToken', 36, TOKEN),
  'CreateTaskSetRequest.clientToken': limited('clientToken', 36, TOKEN),
  'RunTaskRequest.clientToken': limited('clientToken', 64, TOKEN),
  'RunTaskRequest.startedBy': limited('startedBy', 128, STARTED_BY),
  'StartTaskRequest.startedBy': limited('startedBy', 128, STARTED_BY),
  'RunTaskRequest.referenceId': limited('referenceId', 1_024),
  'StartTaskRequest.referenceId': limited('referenceId', 1_024),
  'PlacementConstraint.expression': limited('expression', 2_000),
  'TaskDefinitionPlacementConstraint.expression': limited('expression', 2_000),
};
