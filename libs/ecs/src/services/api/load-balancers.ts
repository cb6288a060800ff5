import { canonicalJson, sameContent, type Scope } from '#lib/kernel';
import { refusals } from '../../model/refusals.js';
import type { ServiceLoadBalancer } from '../../model/services.js';
import type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';
import { type AdvancedInput, checkSides, refuseShared, sidesOf } from './sides.js';
import type { PortMapping, TaskDefinition } from '../../model/task-definition.js';

/** As the model gives it. */
export interface LoadBalancerInput {
  readonly targetGroupArn?: string;
  readonly loadBalancerName?: string;
  readonly containerName?: string;
  readonly containerPort?: number;
  readonly advancedConfiguration?: AdvancedInput;
}

interface Asked {
  readonly loadBalancers?: readonly LoadBalancerInput[];
  /** Of those asked for that there are. */
  readonly targetGroups?: readonly TargetGroupFacts[];
  readonly listenerRules?: readonly ListenerRuleFacts[];
}

interface Current {
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /** What its tasks run now. */
  readonly definition?: TaskDefinition;
}

/** "Up to five target groups" [sdk CreateService.loadBalancers]. */
const MOST_TARGET_GROUPS = 5;

/**
 * Where the tasks of a definition are to be registered: as the request says, or as it is, checked by ECS's rules. Undefined: nowhere,
 * and nothing ever was said of it.
 */
export function loadBalancersOf(
  { loadBalancers: given, targetGroups = [], listenerRules = [] }: Asked,
  now: Current,
  definition: TaskDefinition,
): readonly ServiceLoadBalancer[] | undefined {
  const wanted = given?.map(placeOf) ?? now.loadBalancers;
  const isUntouched = given === undefined && now.definition?.taskDefinitionArn === definition.taskDefinitionArn;
  if (!wanted || isUntouched) return wanted;
  if (wanted.length > MOST_TARGET_GROUPS) {
    throw refusals.invalidParameter(`loadBalancers can have at most ${MOST_TARGET_GROUPS} items.`);
  }
  for (const target of wanted) checkContainer(target, definition);
  const keys = wanted.map(keyOf);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice) throw refusals.invalidParameter(`loadBalancers names the same target twice: ${twice}.`);
  refuseShared(wanted);
  for (const { targetGroupArn: arn, advancedConfiguration: advanced } of wanted) {
    if (advanced && given) {
      checkSides(arn, advanced, { targetGroups, listenerRules });
      checkTargetType(
        targetGroups.find((group) => group.targetGroupArn === advanced.alternateTargetGroupArn)!,
        definition,
      );
    }
    // Those that stay were checked for the network mode of the definition that is replaced.
    const known = given
      ? targetGroups.find((group) => group.targetGroupArn === arn)
      : groupBehind(arn, now.definition ?? definition);
    if (!known) throw refusals.invalidParameter(`The target group with targetGroupArn ${arn} does not exist.`);
    if (!known.hasLoadBalancer && !advanced) {
      throw refusals.invalidParameter(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
    }
    checkTargetType(known, definition);
  }
  const before = now.loadBalancers ?? [];
  return sameContent(wanted.map(contentOf).toSorted(), before.map(contentOf).toSorted()) ? now.loadBalancers : wanted;
}

const keyOf = ({ targetGroupArn, containerName, containerPort }: ServiceLoadBalancer) =>
  `${containerName}:${containerPort} in ${targetGroupArn}`;

const contentOf = (one: ServiceLoadBalancer) => `${keyOf(one)} ${canonicalJson(one.advancedConfiguration ?? {})}`;

function placeOf({
  targetGroupArn,
  loadBalancerName,
  containerName,
  containerPort,
  advancedConfiguration,
}: LoadBalancerInput): ServiceLoadBalancer {
  if (loadBalancerName) {
    throw refusals.invalidParameter(
      'Longshore has no Classic Load Balancers. Leave loadBalancerName out, and name the target group of an Application or Network Load Balancer.',
    );
  }
  if (!targetGroupArn) throw refusals.invalidParameter('Target Group ARN can not be blank.');
  if (!containerName) throw refusals.invalidParameter('Container Name can not be blank.');
  if (containerPort === undefined) throw refusals.invalidParameter('Container Port can not be blank.');
  return {
    targetGroupArn,
    containerName,
    containerPort,
    ...(advancedConfiguration ? { advancedConfiguration: sidesOf(advancedConfiguration) } : {}),
  };
}

function checkContainer({ containerName, containerPort }: ServiceLoadBalancer, { containerDefinitions }: TaskDefinition): void {
  const container = containerDefinitions.find(({ name }) => name === containerName);
  if (!container) throw refusals.invalidParameter(`The container ${containerName} does not exist in the task definition.`);
  if (container.portMappings.some((mapping) => isMapped(mapping, containerPort))) return;
  throw refusals.invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`);
}

/** Load balancers here balance what goes over TCP. */
function isMapped({ containerPort, containerPortRange, protocol = 'tcp' }: PortMapping, port: number): boolean {
  if (protocol !== 'tcp') return false;
  if (containerPortRange === undefined) return containerPort === port;
  const [first, last] = containerPortRange.split('-').map(Number);
  return port >= first! && port <= last!;
}

/** Tasks in `awsvpc` mode have addresses of their own; all others are reached by their instance. */
const targetTypeFor = ({ networkMode }: Pick<TaskDefinition, 'networkMode'>) => (networkMode === 'awsvpc' ? 'ip' : 'instance');

const groupBehind = (targetGroupArn: string, definition: TaskDefinition): TargetGroupFacts => ({
  targetGroupArn,
  targetType: targetTypeFor(definition),
  hasLoadBalancer: true,
});

function checkTargetType({ targetGroupArn, targetType }: TargetGroupFacts, definition: TaskDefinition): void {
  if (targetType === targetTypeFor(definition)) return;
  const mode = definition.networkMode ?? 'bridge';
  throw refusals.invalidParameter(
    `The provided target group ${targetGroupArn} has target type ${targetType}, which is incompatible with the ${mode} network mode ` +
      'specified in the task definition.',
  );
}

/** As ECS shows it: a name is one of the caller's own account. */
export const roleArnOf = ({ accountId }: Scope, role: string | undefined): string | undefined =>
  role && (role.startsWith('arn:') ? role : `arn:aws:iam::${accountId}:role/${role}`);
