import type { Attribute, Resources } from '../model/common.js';
import { providerOfInstance } from '../lookup/capacity-providers.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsState } from '../model/state.js';

/** ECS's Resource: the number stands in the field of its type, the others are zero. */
export interface ResourceShape {
  readonly name?: string;
  readonly type?: string;
  readonly doubleValue?: number;
  readonly longValue?: number;
  readonly integerValue?: number;
  readonly stringSetValue?: readonly string[];
}

const integer = (name: string, integerValue: number): ResourceShape => ({
  name,
  type: 'INTEGER',
  doubleValue: 0,
  longValue: 0,
  integerValue,
});
const set = (name: string, stringSetValue: readonly string[]): ResourceShape => ({
  name,
  type: 'STRINGSET',
  doubleValue: 0,
  longValue: 0,
  integerValue: 0,
  stringSetValue,
});

const asStrings = (...ports: (readonly number[])[]) => [...new Set(ports.flat())].sort((a, b) => a - b).map(String);

function shapeOf(cpu: number, memoryMiB: number, gpus: readonly string[], tcp: string[], udp: string[]): ResourceShape[] {
  const shape = [integer('CPU', cpu), integer('MEMORY', memoryMiB), set('PORTS', tcp), set('PORTS_UDP', udp)];
  return gpus.length === 0 ? shape : [...shape, set('GPU', gpus)];
}

const gpuIds = (count: number, from = 0) => Array.from({ length: Math.max(0, count - from) }, (_, i) => String(from + i));

/** The agent's form: CPU, MEMORY, PORTS (never given to tasks), PORTS_UDP; GPU where there is one. */
export const registeredResources = ({ cpu, memoryMiB, gpu, portsTcp, portsUdp }: Resources): ResourceShape[] =>
  shapeOf(cpu, memoryMiB, gpuIds(gpu), asStrings(portsTcp), asStrings(portsUdp));

/** What is left; for ports, ECS lists those *in use*. */
export const remainingResources = ({ registered, reserved }: ContainerInstance): ResourceShape[] =>
  shapeOf(
    registered.cpu - reserved.cpu,
    registered.memoryMiB - reserved.memoryMiB,
    gpuIds(registered.gpu, reserved.gpu),
    asStrings(registered.portsTcp, reserved.portsTcp),
    asStrings(registered.portsUdp, reserved.portsUdp),
  );

/** `totalResources` of a registration; what is not given is nothing. */
export function resourcesFrom(shapes: readonly ResourceShape[]): Resources {
  const named = (name: string) => shapes.find((shape) => shape.name === name);
  const number = (name: string) => Math.trunc(named(name)?.integerValue || named(name)?.longValue || 0);
  const ports = (name: string) => (named(name)?.stringSetValue ?? []).map(Number).filter((port) => port > 0 && port < 65_536);
  return {
    cpu: number('CPU'),
    memoryMiB: number('MEMORY'),
    gpu: named('GPU')?.stringSetValue?.length ?? 0,
    portsTcp: ports('PORTS'),
    portsUdp: ports('PORTS_UDP'),
  };
}

const shownAttribute = ({ name, value }: Attribute) => (value === undefined || value === '' ? { name } : { name, value });

/** What is known of an instance's container runtime is what its agent says; of a silent one nothing is. */
function healthOf(agentConnected: boolean) {
  const status = agentConnected ? 'OK' : 'INSUFFICIENT_DATA';
  return { overallStatus: status, details: [{ type: 'CONTAINER_RUNTIME', status }] };
}

/** An instance as ECS shows it. */
export function describeContainerInstance(instance: ContainerInstance, include: readonly string[] = [], state?: EcsState) {
  const provider = state && providerOfInstance(state, instance);
  const { containerInstanceArn, ec2InstanceId, version, versionInfo, status, statusReason, agentConnected } = instance;
  return {
    containerInstanceArn,
    ...(ec2InstanceId ? { ec2InstanceId } : {}),
    ...(provider ? { capacityProviderName: provider.name } : {}),
    version,
    versionInfo,
    remainingResources: remainingResources(instance),
    registeredResources: registeredResources(instance.registered),
    status,
    ...(statusReason ? { statusReason } : {}),
    agentConnected,
    runningTasksCount: instance.runningTasksCount,
    pendingTasksCount: instance.pendingTasksCount,
    attributes: instance.attributes.map(shownAttribute),
    registeredAt: instance.registeredAt,
    attachments: [],
    tags: include.includes('TAGS') ? instance.tags : [],
    ...(include.includes('CONTAINER_INSTANCE_HEALTH') ? { healthStatus: healthOf(agentConnected) } : {}),
  };
}
