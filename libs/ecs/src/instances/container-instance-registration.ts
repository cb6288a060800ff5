import type { RegisterRequest } from '../model/agent-protocol.js';
import { type Attribute, isSystemAttribute, MAX_ATTRIBUTE_LENGTH, type Resources, type Tag } from '../model/common.js';
import type { Cluster } from '../model/cluster.js';
import type { ContainerInstance } from '../model/container-instance.js';
import { type EcsEvent, type EcsEvents, event } from '../model/events.js';
import { clusterNameOf, containerInstanceArn, type InstanceId, instanceIdOf } from '../model/ids.js';
import { type Caller, hashId, sameContent, type Scope, scopeKey } from '#lib/kernel';
import type { HostGrant } from '../model/host-grant.js';
import type { EcsState } from '../model/state.js';
import type { CommandRule } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { DEFAULT_CLUSTER, findCluster, findContainerInstance, knownCluster, resolveCluster } from '../lookup/lookup.js';
import { clusterCreated } from '../clusters/clusters.js';
import { checkHostClaims } from './host-claims.js';
import { describeContainerInstance, type ResourceShape, resourcesFrom } from './container-instance-view.js';
import { checkTags } from '../tags/tags.js';

type Registration = EcsEvents['ContainerInstanceRegistered'];

/** What the host says, and the custom attributes that users put on the instance, which only users take away. */
function mergeAttributes(known: ContainerInstance | undefined, given: readonly Attribute[]): Attribute[] {
  const latest = new Map(given.map(({ name, value }) => [name, value ? { name, value } : { name }]));
  const kept = known && known.status !== 'INACTIVE' ? known.attributes : [];
  return [...latest.values(), ...kept.filter(({ name }) => !latest.has(name) && !isSystemAttribute(name))];
}

/** An agent that starts again with nothing new leaves no trace in the journal. */
function registrationEvents(state: EcsState, data: Registration): EcsEvent[] {
  const known = state.containerInstances.get(data.containerInstanceArn);
  const contentOf = ({ registered, attributes, versionInfo, ec2InstanceId, withoutAgent }: Registration | ContainerInstance) => ({
    registered,
    attributes,
    versionInfo,
    ec2InstanceId,
    withoutAgent,
  });
  if (known?.status === 'INACTIVE' && state.tasks.countBy('instance', data.containerInstanceArn) > 0) {
    throw refusals.client('The instance was deregistered and its tasks are still ending. Register it again in a moment.');
  }
  if (!known || known.status === 'INACTIVE') return [event('ContainerInstanceRegistered', data)];
  if (!sameContent(contentOf(known), contentOf(data))) return [event('ContainerInstanceRegistered', data)];
  const { containerInstanceArn: arn } = known;
  return known.agentConnected ? [] : [event('ContainerInstanceAgentConnected', { containerInstanceArn: arn })];
}

/** ECS: at most 100 host ports of an instance are reserved at a time [dg]. */
function checkResources(resources: Resources): Resources {
  const { cpu, memoryMiB, gpu, portsTcp, portsUdp } = resources;
  if ([cpu, memoryMiB, gpu].some((amount) => !Number.isFinite(amount) || amount < 0)) {
    throw refusals.invalidParameter('The resources of a container instance cannot be negative.');
  }
  if (portsTcp.length + portsUdp.length > 100) {
    throw refusals.invalidParameter('A container instance can reserve at most 100 host ports.');
  }
  return resources;
}

/** An agent advertises about 60 attributes; users add at most 10 of their own. */
const MAX_HOST_ATTRIBUTES = 200;
const MAX_TEXT_LENGTH = 256;

/**
 * What a host says of itself is compared with every expression that is placed by. The text is the host's, of any characters;
 * its length is ECS's.
 */
function checkHostTexts(
  attributes: readonly Attribute[],
  hostId: string,
  versionInfo: Readonly<Record<string, string | undefined>>,
): void {
  if (attributes.length > MAX_HOST_ATTRIBUTES) {
    throw refusals.invalidParameter(`A container instance can register at most ${MAX_HOST_ATTRIBUTES} attributes.`);
  }
  for (const { name, value = '' } of attributes) {
    if (name === '' || name.length > MAX_ATTRIBUTE_LENGTH || value.length > MAX_ATTRIBUTE_LENGTH) {
      throw refusals.invalidParameter(
        `Attribute '${name.slice(0, MAX_ATTRIBUTE_LENGTH)}': a name has 1 to ${MAX_ATTRIBUTE_LENGTH} characters, a value at most ${MAX_ATTRIBUTE_LENGTH}.`,
      );
    }
  }
  if ([hostId, ...Object.values(versionInfo)].some((text) => (text ?? '').length > MAX_TEXT_LENGTH)) {
    throw refusals.invalidParameter(`A host's id and its versions have at most ${MAX_TEXT_LENGTH} characters.`);
  }
}

interface RegisterInput {
  readonly cluster?: string;
  readonly containerInstanceArn?: string;
  readonly clientToken?: string;
  readonly instanceIdentityDocument?: string;
  readonly totalResources?: readonly ResourceShape[];
  readonly versionInfo?: Readonly<Record<string, string>>;
  readonly attributes?: readonly Attribute[];
  readonly tags?: readonly Tag[];
}

/** What ECS itself reads from the document; agents do not send these. */
const FROM_DOCUMENT = {
  availabilityZone: 'ecs.availability-zone',
  imageId: 'ecs.ami-id',
  instanceType: 'ecs.instance-type',
} as const;

/** EC2's identity document names the host, its zone, image and type; anywhere else there is none. */
function hostFrom(document: string | undefined): { readonly id: string; readonly attributes: readonly Attribute[] } | undefined {
  if (!document) return undefined;
  let said: unknown;
  try {
    said = JSON.parse(document);
  } catch {
    throw refusals.client('The instance identity document is not valid JSON.');
  }
  const text = (name: string): string => {
    const value = (said as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : '';
  };
  const attributes = Object.entries(FROM_DOCUMENT).map(([member, name]) => ({ name, value: text(member) }));
  return { id: text('instanceId'), attributes: attributes.filter(({ value }) => value !== '') };
}

/** What the host says itself counts; one that comes back without its document is the same host still. */
function withHostFacts(
  said: readonly Attribute[],
  facts: readonly Attribute[] | undefined,
  known: ContainerInstance | undefined,
): readonly Attribute[] {
  const names: readonly string[] = Object.values(FROM_DOCUMENT);
  const all = facts ?? known?.attributes.filter(({ name }) => names.includes(name)) ?? [];
  return [...said, ...all.filter((fact) => said.every(({ name }) => name !== fact.name))];
}

/** The instance it re-registers as; a client token names the same instance again; otherwise a new one. */
function instanceIdFor(state: EcsState, scope: Scope, cluster: Cluster, input: RegisterInput, fresh: () => string): InstanceId {
  if (input.containerInstanceArn) {
    const { found } = findContainerInstance(state, scope, cluster, input.containerInstanceArn);
    if (!found) throw refusals.client(`The container instance ${input.containerInstanceArn} was not found. Register without it.`);
    return found.instanceId;
  }
  if (input.clientToken) return hashId('container-instance', cluster.clusterArn, input.clientToken) as InstanceId;
  return fresh() as InstanceId;
}

export const registerContainerInstance: CommandRule<RegisterInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const cluster = resolveCluster(state, context, input.cluster);
    const instanceId = instanceIdFor(state, context, cluster, input, () => context.id('container-instance'));
    const arn = containerInstanceArn(context, cluster.clusterName, instanceId);
    const known = state.containerInstances.get(arn);
    const { versionInfo = {} } = input;
    // An agent that comes back may leave its document out: the host is the same.
    const host = hostFrom(input.instanceIdentityDocument);
    const attributes = withHostFacts(input.attributes ?? [], host?.attributes, known);
    const ec2InstanceId = host?.id || (known?.ec2InstanceId ?? '');
    checkHostTexts(attributes, ec2InstanceId, versionInfo);
    return registrationEvents(state, {
      containerInstanceArn: arn,
      instanceId,
      clusterArn: cluster.clusterArn,
      accountId: context.accountId,
      region: context.region,
      ec2InstanceId,
      versionInfo,
      registered: checkResources(resourcesFrom(input.totalResources ?? [])),
      attributes: mergeAttributes(known, attributes),
      tags: checkTags(input.tags),
      ...(!known || known.status === 'INACTIVE' || known.withoutAgent ? { withoutAgent: true } : {}),
    });
  },
  reply(state, input, events, caller) {
    const registered = events.find(({ type }) => type.startsWith('ContainerInstance'));
    const { containerInstanceArn: named } = (registered?.data ?? {}) as { containerInstanceArn?: string };
    const instance = named === undefined ? knownInstance(state, caller, input) : state.containerInstances.get(named);
    return { containerInstance: instance && describeContainerInstance(instance, ['TAGS']) };
  },
};

/** Without an event the instance was there before: it was named, or its token was known. */
function knownInstance(state: EcsState, caller: Caller, input: RegisterInput): ContainerInstance | undefined {
  const cluster = knownCluster(state, caller, input.cluster);
  const instanceId = instanceIdFor(state, caller, cluster, input, () => '');
  return state.containerInstances.get(containerInstanceArn(caller, cluster.clusterName, instanceId));
}

export interface RegisterAgentInput {
  /** The agent's name on NATS, which its subject proves. */
  readonly instanceId: string;
  readonly request: RegisterRequest;
  /** Of the newest commit that the health monitor knew when it took the request in (ISO-8601, the journal's time). */
  readonly knownAt?: string;
  /** Of a host that has joined, which its subject proves as well. */
  readonly grant?: HostGrant;
}

/** An agent has one assignment, so it is in one cluster at a time. */
function refuseSecondCluster(state: EcsState, scope: Scope, instanceId: string, clusterName: string): void {
  for (const instance of state.containerInstances.by('instanceId', instanceId)) {
    if (instance.status === 'INACTIVE' || scopeKey(instance) !== scopeKey(scope)) continue;
    const other = clusterNameOf(instance.containerInstanceArn);
    if (other === clusterName) continue;
    throw refusals.invalidParameter(
      `This host is registered in cluster ${other}. Deregister it there before it joins cluster ${clusterName}.`,
    );
  }
}

/** On its way while the host was taken out: it would bring back what a user has just removed. An agent that is there asks again. */
function refuseLate({ status, deregisteredAt }: ContainerInstance, knownAt: string | undefined): void {
  if (status !== 'INACTIVE' || knownAt === undefined || deregisteredAt! <= knownAt) return;
  throw refusals.client('The instance was deregistered after this registration was sent. Register it again.');
}

/** A first agent makes the cluster "default", as ECS's agent does; any other cluster has to be there. */
function clusterForAgent(state: EcsState, caller: Caller, nameOrArn: string) {
  const { arn, found } = findCluster(state, caller, nameOrArn || DEFAULT_CLUSTER);
  const clusterName = clusterNameOf(arn);
  const isDefault = clusterName === DEFAULT_CLUSTER && arn === findCluster(state, caller).arn;
  if (found?.status === 'ACTIVE' || !isDefault) {
    return { cluster: resolveCluster(state, caller, nameOrArn || DEFAULT_CLUSTER), created: [] };
  }
  const created = clusterCreated(state, caller, caller.principal, { clusterName });
  return { cluster: created.data, created: [created] };
}

/** From the health monitor, which took the agent's request off the agent's own subject. */
export const registerAgentInstance: CommandRule<RegisterAgentInput> = {
  actors: ['health-monitor'],
  decide(state, { instanceId, request, knownAt, grant }, context) {
    if (!/^[0-9a-f]{32}$/.test(instanceId)) {
      throw refusals.invalidParameter(`An instance id has 32 hexadecimal digits, but is ${instanceId}.`);
    }
    checkHostTexts(request.attributes, request.hostId, request.versionInfo);
    checkHostClaims(request, grant);
    const { cluster, created } = clusterForAgent(state, context, request.cluster);
    refuseSecondCluster(state, context, instanceId, cluster.clusterName);
    const arn = containerInstanceArn(context, cluster.clusterName, instanceId);
    const known = state.containerInstances.get(arn);
    if (known) refuseLate(known, knownAt);
    const registered = registrationEvents(state, {
      containerInstanceArn: arn,
      instanceId: instanceIdOf(arn),
      clusterArn: cluster.clusterArn,
      accountId: context.accountId,
      region: context.region,
      ec2InstanceId: request.hostId,
      versionInfo: request.versionInfo,
      registered: checkResources(request.resources),
      attributes: mergeAttributes(known, request.attributes),
      tags: [],
    });
    return [...created, ...registered];
  },
  reply(state, { instanceId, request }, _events, caller) {
    const { arn } = findCluster(state, caller, request.cluster || DEFAULT_CLUSTER);
    const clusterName = clusterNameOf(arn);
    return { containerInstanceArn: containerInstanceArn(caller, clusterName, instanceId), clusterName };
  },
};
