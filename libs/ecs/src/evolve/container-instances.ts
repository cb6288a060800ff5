import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsState } from '../model/state.js';
import type { Evolvers } from './evolver.js';
import { required } from '#lib/kernel';

const NOTHING = { cpu: 0, memoryMiB: 0, gpu: 0, portsTcp: [], portsUdp: [] } as const;

/** Puts a changed instance. `version` rises with what ECS's state change events would show. */
export function changeInstance(state: EcsState, arn: string, change: Partial<ContainerInstance>): void {
  const instance = required(state.containerInstances, arn, 'container instance');
  state.containerInstances.put(arn, { ...instance, ...change, version: instance.version + 1 });
}

export const containerInstanceEvolvers: Evolvers<
  | 'ContainerInstanceRegistered'
  | 'ContainerInstanceStatusChanged'
  | 'ContainerInstanceDeregistered'
  | 'ContainerInstanceForgotten'
  | 'ContainerInstanceAgentConnected'
  | 'ContainerInstanceAgentDisconnected'
  | 'AttributesPut'
  | 'AttributesDeleted'
> = {
  ContainerInstanceRegistered: (state, data, { at }) => {
    const known = state.containerInstances.get(data.containerInstanceArn);
    // An instance that registers again keeps its tasks, its tags and whether it is draining; one that was INACTIVE starts anew.
    const kept =
      known && known.status !== 'INACTIVE'
        ? { ...known, version: known.version + 1, tags: known.tags.length > 0 ? known.tags : data.tags }
        : {
            registeredAt: at,
            reserved: known?.reserved ?? NOTHING,
            runningTasksCount: known?.runningTasksCount ?? 0,
            pendingTasksCount: known?.pendingTasksCount ?? 0,
            version: (known?.version ?? 0) + 1,
            status: 'ACTIVE' as const,
            tags: data.tags,
          };
    const registered = { ...data, ...kept, ...fresh(data), agentConnected: true };
    if (!data.withoutAgent) delete registered.withoutAgent;
    state.containerInstances.put(data.containerInstanceArn, registered);
  },
  ContainerInstanceStatusChanged: (state, { containerInstanceArn, status, reason }) =>
    changeInstance(state, containerInstanceArn, { status, statusReason: reason }),
  ContainerInstanceDeregistered: (state, { containerInstanceArn }, { at }) =>
    changeInstance(state, containerInstanceArn, { status: 'INACTIVE', agentConnected: false, deregisteredAt: at }),
  ContainerInstanceForgotten: (state, { containerInstanceArn }) => state.containerInstances.delete(containerInstanceArn),
  ContainerInstanceAgentConnected: (state, { containerInstanceArn }) =>
    changeInstance(state, containerInstanceArn, { agentConnected: true }),
  ContainerInstanceAgentDisconnected: (state, { containerInstanceArn }) =>
    changeInstance(state, containerInstanceArn, { agentConnected: false }),
  AttributesPut: (state, { containerInstanceArn, attributes }) => {
    const instance = required(state.containerInstances, containerInstanceArn, 'container instance');
    const names = new Set(attributes.map((attribute) => attribute.name));
    const kept = instance.attributes.filter((attribute) => !names.has(attribute.name));
    changeInstance(state, containerInstanceArn, { attributes: [...kept, ...attributes] });
  },
  AttributesDeleted: (state, { containerInstanceArn, names }) => {
    const instance = required(state.containerInstances, containerInstanceArn, 'container instance');
    const attributes = instance.attributes.filter((attribute) => !names.includes(attribute.name));
    changeInstance(state, containerInstanceArn, { attributes });
  },
};

/** What a registration always replaces. Attributes that a user put stay when the event's list carries them (the decider merges). */
const fresh = (data: Pick<ContainerInstance, 'registered' | 'attributes' | 'versionInfo' | 'ec2InstanceId'>) => ({
  registered: data.registered,
  attributes: data.attributes,
  versionInfo: data.versionInfo,
  ec2InstanceId: data.ec2InstanceId,
});
