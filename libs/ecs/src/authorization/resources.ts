import { lastSegment, parseArn, type Scope } from '#lib/kernel';
import { clusterArn } from '../model/ids.js';
import { certificateResourcesOf } from './certificate-resources.js';
import { alarmResourcesOf } from './alarm-resources.js';
import { groupResourcesOf } from './group-resources.js';
import { identityResourcesOf } from './identity-resources.js';
import { keyResourcesOf } from './key-resources.js';
import { discoveryResourcesOf } from './discovery-resources.js';
import { loadBalancingResourcesOf } from './load-balancing-resources.js';
import { logResourcesOf } from './log-resources.js';
import { networkResourcesOf } from './network-resources.js';
import { registryResourcesOf } from './registry-resources.js';
import type { Input, Resource } from './resource.js';
import { ruleResourcesOf, scheduleResourcesOf } from './rule-resources.js';
import { scalableTargetResourcesOf } from './scalable-target-resources.js';
import { parameterResourcesOf, secretResourcesOf } from './secret-resources.js';
import { zoneResourcesOf } from './zone-resources.js';

type Resources = (input: Input, scope: Scope) => readonly Resource[];

const EVERYTHING: Resource = { arn: '*' };

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).flatMap((one) => text(one) ?? []);

const clusterOf = (scope: Scope, nameOrArn: string = 'default'): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : clusterArn(scope, nameOrArn);
const arnIn = (scope: Scope, resource: string): string => `arn:aws:ecs:${scope.region}:${scope.accountId}:${resource}`;

const cluster: Resources = (input, scope) => {
  const arn = clusterOf(scope, text(input.cluster));
  return [{ arn, cluster: arn }];
};

/** The account's things, of which AWS has no ARN either; `cluster`: those of one cluster. */
const everything: Resources = () => [EVERYTHING];
const everythingInCluster: Resources = (input, scope) => [{ arn: '*', cluster: clusterOf(scope, text(input.cluster)) }];

/**
 * Things of a cluster that `member` names by id, name, short or long ARN. All are made the same long ARN, so that a policy means them
 * whatever the caller writes; and an ARN's own cluster counts, because it is where the thing is looked for.
 */
const inCluster =
  (type: string, member: string, whenNone: 'each' | 'nothing' = 'nothing'): Resources =>
  (input, scope) => {
    const given = clusterOf(scope, text(input.cluster));
    const named = texts(input[member]).map((name) => resourceInCluster(scope, type, given, name));
    return named.length > 0 ? named : whenNone === 'each' ? [resourceInCluster(scope, type, given, '*')] : [EVERYTHING];
  };

function resourceInCluster(scope: Scope, type: string, inputCluster: string, name: string): Resource {
  const [, ...segments] = name.startsWith('arn:') ? (name.split(':').slice(5).join(':') || name).split('/') : ['', name];
  if (segments.length !== 1) return { arn: name, cluster: clusterOf(scope, segments[0]) };
  return { arn: arnIn(scope, `${type}/${lastSegment(inputCluster)}/${segments[0]}`), cluster: inputCluster };
}

/** As the caller names it: a family without a revision is the ARN without one, as on ECS. */
const taskDefinition = (scope: Scope, name: string) => (name.startsWith('arn:') ? name : arnIn(scope, `task-definition/${name}`));

const taskDefinitionInCluster: Resources = (input, scope) => [
  { arn: taskDefinition(scope, text(input.taskDefinition) ?? ''), cluster: clusterOf(scope, text(input.cluster)) },
];

const taskSets: Resources = (input, scope) => {
  const [service] = inCluster('service', 'service')(input, scope);
  const named = [...texts(input.taskSets), ...texts(input.taskSet)];
  const arnOf = (id: string) => (id.startsWith('arn:') ? id : `${service!.arn.replace(':service/', ':task-set/')}/${id}`);
  return (named.length > 0 ? named : ['*']).map((id) => ({ ...service, arn: arnOf(id) }));
};

/** ARNs that the caller gives whole. */
const arns =
  (member: string): Resources =>
  (input) => {
    const given = texts(input[member]);
    return given.length > 0 ? given.map((arn) => ({ arn })) : [EVERYTHING];
  };

/** In no cluster. All of them where none is named. */
const capacityProviders =
  (member: string): Resources =>
  (input, scope) => {
    const named = texts(input[member]);
    const arnOf = (name: string) => (name.startsWith('arn:') ? name : arnIn(scope, `capacity-provider/${name}`));
    return named.length > 0 ? named.map((name) => ({ arn: arnOf(name) })) : [EVERYTHING];
  };

/** A tagged thing may be in a cluster: the second segment of those ARNs. */
const tagged: Resources = (input, scope) =>
  texts(input.resourceArn).map((arn) => {
    const parsed = parseArn(arn);
    const inside = parsed && /^(task|service|container-instance|task-set|cluster)$/.test(parsed.resourceType);
    return inside ? { arn, cluster: clusterOf(scope, arn.split('/')[1]) } : { arn };
  });

/** Targets of attributes. */
const attributed: Resources = (input, scope) => {
  const attributes = Array.isArray(input.attributes) ? (input.attributes as readonly Input[]) : [];
  const targets = attributes.flatMap(({ targetId }) => text(targetId) ?? []);
  return inCluster('container-instance', 'targets', 'each')({ ...input, targets }, scope);
};

/**
 * Operation → what it is about, as in https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html.
 * An operation that is not here is about `*`.
 */
const RESOURCES: Readonly<Record<string, Resources>> = {
  CreateCluster: (input, scope) => cluster({ cluster: input.clusterName }, scope),
  DeleteCluster: cluster,
  UpdateCluster: cluster,
  UpdateClusterSettings: cluster,
  PutClusterCapacityProviders: cluster,
  CreateCapacityProvider: capacityProviders('name'),
  UpdateCapacityProvider: capacityProviders('name'),
  DeleteCapacityProvider: capacityProviders('capacityProvider'),
  DescribeCapacityProviders: capacityProviders('capacityProviders'),
  DescribeClusters: ({ clusters }, scope) =>
    (texts(clusters).length > 0 ? texts(clusters) : ['default']).flatMap((name) => cluster({ cluster: name }, scope)),
  RegisterContainerInstance: cluster,
  DeregisterContainerInstance: cluster,
  ListContainerInstances: cluster,
  ListAttributes: cluster,
  DescribeContainerInstances: inCluster('container-instance', 'containerInstances'),
  UpdateContainerInstancesState: inCluster('container-instance', 'containerInstances'),
  UpdateContainerAgent: inCluster('container-instance', 'containerInstance'),
  PutAttributes: attributed,
  DeleteAttributes: attributed,
  ListTasks: inCluster('container-instance', 'containerInstance', 'each'),
  RunTask: taskDefinitionInCluster,
  StartTask: taskDefinitionInCluster,
  StopTask: inCluster('task', 'task'),
  DescribeTasks: inCluster('task', 'tasks'),
  GetTaskProtection: inCluster('task', 'tasks', 'each'),
  UpdateTaskProtection: inCluster('task', 'tasks'),
  ExecuteCommand: inCluster('task', 'task'),
  CreateService: inCluster('service', 'serviceName'),
  UpdateService: inCluster('service', 'service'),
  DeleteService: inCluster('service', 'service'),
  DescribeServices: inCluster('service', 'services'),
  UpdateServicePrimaryTaskSet: inCluster('service', 'service'),
  ListServiceDeployments: inCluster('service', 'service'),
  ListServices: everythingInCluster,
  ListServicesByNamespace: everything,
  StopServiceDeployment: arns('serviceDeploymentArn'),
  ContinueServiceDeployment: arns('serviceDeploymentArn'),
  DescribeServiceDeployments: arns('serviceDeploymentArns'),
  DescribeServiceRevisions: arns('serviceRevisionArns'),
  CreateTaskSet: taskSets,
  UpdateTaskSet: taskSets,
  DeleteTaskSet: taskSets,
  DescribeTaskSets: taskSets,
  RegisterTaskDefinition: ({ family }, scope) => [{ arn: arnIn(scope, `task-definition/${text(family)}:*`) }],
  DeleteTaskDefinitions: ({ taskDefinitions }, scope) =>
    texts(taskDefinitions).map((name) => ({ arn: taskDefinition(scope, name) })),
  TagResource: tagged,
  UntagResource: tagged,
  ListTagsForResource: tagged,
};

function resourcesIn(service: string, operation: string, input: Input, scope: Scope): readonly Resource[] {
  if (service === 'elasticloadbalancing') return loadBalancingResourcesOf(operation, input, scope);
  if (service === 'servicediscovery') return discoveryResourcesOf(operation, input, scope);
  if (service === 'ec2') return networkResourcesOf(operation, input, scope);
  if (service === 'acm') return certificateResourcesOf(input);
  if (service === 'route53') return zoneResourcesOf(operation, input);
  if (service === 'kms') return keyResourcesOf(input, scope);
  if (service === 'monitoring') return alarmResourcesOf(input, scope);
  if (service === 'application-autoscaling') return scalableTargetResourcesOf(input);
  if (service === 'scheduler') return scheduleResourcesOf(operation, input, scope);
  if (service === 'events') return ruleResourcesOf(operation, input, scope);
  if (service === 'autoscaling') return groupResourcesOf(input, scope);
  if (service === 'logs') return logResourcesOf(operation, input, scope);
  if (service === 'secretsmanager') return secretResourcesOf(operation, input, scope);
  if (service === 'iam') return identityResourcesOf(input, scope);
  if (service === 'sts') return arns('RoleArn')(input, scope);
  if (service === 'ecr') return registryResourcesOf(input, scope);
  if (service === 'ssm') return parameterResourcesOf(operation, input, scope);
  const named = service === 'ecs' && Object.hasOwn(RESOURCES, operation) ? RESOURCES[operation]! : everything;
  return named(input, scope);
}

/** Never empty. */
export function resourcesOf(service: string, operation: string, input: Input, scope: Scope): readonly Resource[] {
  const named = resourcesIn(service, operation, input, scope);
  return named.length > 0 ? named : [EVERYTHING];
}
