import { ADDRESS_ATTRIBUTE, type ContainerInstance, type EcsState } from '#lib/ecs/model';
import { lastSegment, type Scope } from '#lib/kernel';
import { refusals } from '../domain/refusals.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { RegisteredTargetInput, TargetInput } from '../domain/target-input.js';

interface RegisterInput {
  readonly TargetGroupArn: string;
  readonly Targets: readonly TargetInput[];
}

/**
 * RegisterTargets with what the load-balancing journal does not know: where the hosts are. Targets of the type `instance` are named by a
 * container instance's EC2 id, or by its own. What is wrong with the rest of the request is the decider's to say.
 */
export function withAddresses(
  { containerInstances }: Pick<EcsState, 'containerInstances'>,
  { targetGroups }: Pick<LoadBalancingState, 'targetGroups'>,
  scope: Scope,
  input: RegisterInput,
): RegisterInput & { readonly Targets: readonly RegisteredTargetInput[] } {
  if (targetGroups.get(input.TargetGroupArn)?.targetType !== 'instance') return input;
  const wanted = new Set(input.Targets.map(({ Id }) => Id));
  const found = new Map<string, ContainerInstance>();
  // Few hosts and fewer such requests: no index is kept for them.
  for (const instance of containerInstances.values()) {
    if (instance.status === 'INACTIVE' || instance.accountId !== scope.accountId || instance.region !== scope.region) continue;
    for (const name of [instance.ec2InstanceId, lastSegment(instance.containerInstanceArn)]) {
      if (wanted.has(name)) found.set(name, instance);
    }
  }
  return {
    ...input,
    Targets: input.Targets.map((target) => ({ ...target, Address: addressOf(target.Id, found.get(target.Id)) })),
  };
}

function addressOf(id: string, instance: ContainerInstance | undefined): string {
  if (!instance) {
    throw refusals.invalidTarget(
      `Instance ID '${id}' is not valid: no container instance of this account and region has it. ` +
        'Name one by its ec2InstanceId or its own id, or use a target group of the type ip.',
    );
  }
  const address = instance.attributes.find(({ name }) => name === ADDRESS_ATTRIBUTE)?.value;
  if (address !== undefined) return address;
  throw refusals.invalidTarget(
    `The host of instance '${id}' has no address that load balancers reach: ./longshore join … --address says one.`,
  );
}
