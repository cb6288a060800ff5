import type { ContainerInstance } from '../model/container-instance.js';
import type { ContainerOverride, TaskOverride } from '../model/task.js';
import type { PortMapping, TaskDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';

/**
 * The ledger of an instance: what a task needs, whether it fits, and what is left. `fits` is the one answer to that question:
 * the scheduler plans with it, the writer decides with it, the simulator checks every commit against it.
 */
export type ResourceReason = 'RESOURCE:CPU' | 'RESOURCE:MEMORY' | 'RESOURCE:PORTS' | 'RESOURCE:GPU';

export const noResources: Resources = { cpu: 0, memoryMiB: 0, gpu: 0, portsTcp: [], portsUdp: [] };

/** Undefined when `need` can be reserved; else the first resource that is short. */
export function fits(instance: Pick<ContainerInstance, 'registered' | 'reserved'>, need: Resources): ResourceReason | undefined {
  const { registered, reserved } = instance;
  if (need.cpu > registered.cpu - reserved.cpu) return 'RESOURCE:CPU';
  if (need.memoryMiB > registered.memoryMiB - reserved.memoryMiB) return 'RESOURCE:MEMORY';
  if (need.gpu > registered.gpu - reserved.gpu) return 'RESOURCE:GPU';
  if (takenPort(registered.portsTcp, reserved.portsTcp, need.portsTcp) !== undefined) return 'RESOURCE:PORTS';
  if (takenPort(registered.portsUdp, reserved.portsUdp, need.portsUdp) !== undefined) return 'RESOURCE:PORTS';
  return undefined;
}

/** Why `need` does not fit, as the end of "the instance …"; undefined when it fits. */
export function explainMisfit(instance: Pick<ContainerInstance, 'registered' | 'reserved'>, need: Resources): string | undefined {
  const { registered, reserved } = instance;
  switch (fits(instance, need)) {
    case 'RESOURCE:CPU':
      return `has ${registered.cpu - reserved.cpu} of ${registered.cpu} CPU units left, the task needs ${need.cpu}`;
    case 'RESOURCE:MEMORY':
      return `has ${registered.memoryMiB - reserved.memoryMiB} of ${registered.memoryMiB} MiB of memory left, the task needs ${need.memoryMiB}`;
    case 'RESOURCE:GPU':
      return `has ${registered.gpu - reserved.gpu} of ${registered.gpu} GPUs left, the task needs ${need.gpu}`;
    case 'RESOURCE:PORTS': {
      const tcp = takenPort(registered.portsTcp, reserved.portsTcp, need.portsTcp);
      const taken = tcp === undefined ? `${takenPort(registered.portsUdp, reserved.portsUdp, need.portsUdp)}/udp` : `${tcp}/tcp`;
      return `is already using port ${taken}, which the task needs`;
    }
    case undefined:
      return undefined;
  }
}

/** Tasks want one port or two mostly, but may want thousands: never the one times the other. */
function takenPort(never: readonly number[], reserved: readonly number[], wanted: readonly number[]): number | undefined {
  if (wanted.length === 0) return undefined;
  if (wanted.length <= 2) return wanted.find((port) => reserved.includes(port) || never.includes(port));
  const taken = new Set([...reserved, ...never]);
  return wanted.find((port) => taken.has(port));
}

export const remaining = ({ registered, reserved }: Pick<ContainerInstance, 'registered' | 'reserved'>) => ({
  cpu: registered.cpu - reserved.cpu,
  memoryMiB: registered.memoryMiB - reserved.memoryMiB,
  gpu: registered.gpu - reserved.gpu,
});

/**
 * Ports are a bag, not a set: two agents on one host may report the same dynamic port for a moment, and taking one of them
 * away must leave the other.
 */
export const addResources = (held: Resources, more: Resources): Resources => ({
  cpu: held.cpu + more.cpu,
  memoryMiB: held.memoryMiB + more.memoryMiB,
  gpu: held.gpu + more.gpu,
  portsTcp: more.portsTcp.length === 0 ? held.portsTcp : [...held.portsTcp, ...more.portsTcp],
  portsUdp: more.portsUdp.length === 0 ? held.portsUdp : [...held.portsUdp, ...more.portsUdp],
});

/** Throws when `less` is not held: a ledger that would go below zero is a broken invariant, not a rounding matter. */
export function subtractResources(held: Resources, less: Resources): Resources {
  const left: Resources = {
    cpu: held.cpu - less.cpu,
    memoryMiB: held.memoryMiB - less.memoryMiB,
    gpu: held.gpu - less.gpu,
    portsTcp: withoutPorts(held.portsTcp, less.portsTcp),
    portsUdp: withoutPorts(held.portsUdp, less.portsUdp),
  };
  if (left.cpu < 0 || left.memoryMiB < 0 || left.gpu < 0) {
    throw new Error(`released ${JSON.stringify(less)} of ${JSON.stringify(held)}, which is less`);
  }
  return left;
}

function withoutPorts(held: readonly number[], less: readonly number[]): readonly number[] {
  if (less.length === 0) return held;
  const leaving = new Map<number, number>();
  for (const port of less) leaving.set(port, (leaving.get(port) ?? 0) + 1);
  const left = held.filter((port) => {
    const count = leaving.get(port) ?? 0;
    if (count > 0) leaving.set(port, count - 1);
    return count === 0;
  });
  for (const [port, count] of leaving) if (count > 0) throw new Error(`released port ${port}, which is not held`);
  return left;
}

type Sized = Pick<TaskDefinition, 'cpu' | 'memory' | 'containerDefinitions' | 'networkMode'>;

/**
 * What placement subtracts (ecs-semantics §3.3): task-level cpu and memory where set, else the containers' sums, where a soft
 * limit counts instead of the hard one. Overrides come first on both levels.
 */
export function taskNeeds(definition: Sized, overrides: TaskOverride = {}): Resources {
  const byName = new Map((overrides.containerOverrides ?? []).map((override) => [override.name, override]));
  const cpu = overrides.cpu ?? definition.cpu;
  const memory = overrides.memory ?? definition.memory;
  let [cpuSum, memorySum, gpu] = [0, 0, 0];
  for (const container of definition.containerDefinitions) {
    const override: ContainerOverride = byName.get(container.name) ?? {};
    cpuSum += override.cpu ?? container.cpu;
    memorySum += override.memoryReservation ?? container.memoryReservation ?? override.memory ?? container.memory ?? 0;
    gpu += gpusOf(override.resourceRequirements ?? container.resourceRequirements ?? []);
  }
  const ports = fixedHostPorts(definition);
  return {
    cpu: taskLevel(cpu, parseCpu) ?? cpuSum,
    memoryMiB: taskLevel(memory, parseMemoryMiB) ?? memorySum,
    gpu,
    portsTcp: ports.tcp,
    portsUdp: ports.udp,
  };
}

function taskLevel(text: string | undefined, parse: (text: string) => number | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const amount = parse(text);
  // Registration and overrides refuse such text; taking it for "not set" would place the task with less than it asked for.
  if (amount === undefined) throw new Error(`"${text}" is not an amount of CPU or memory`);
  return amount;
}

const gpusOf = (requirements: readonly { type: string; value: string }[]) =>
  requirements.reduce((sum, { type, value }) => (type === 'GPU' ? sum + (gpuCount(value) ?? 0) : sum), 0);

/** GPUs are asked for in text. Undefined unless it is a whole number above 0: anything else would poison the ledger for good. */
export const gpuCount = (text: string): number | undefined => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined);

/** CPU units of `1024`, `1 vCPU` or `.5 vcpu`, the ways in which ECS lets one write task-level cpu; undefined for other text. */
export function parseCpu(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i.exec(text) ?? [];
  return number === undefined ? undefined : unit ? Math.round(Number(number) * 1024) : Number(number);
}

/** MiB of `512`, `1 GB` or `0.5GB`; undefined for other text. */
export function parseMemoryMiB(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d*\.?\d+)\s*(gb|mb|mib|gib)?\s*$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return unit?.toLowerCase().startsWith('g') ? Math.round(Number(number) * 1024) : Number(number);
}

/**
 * The host ports that are known before the start. In bridge mode a host port of 0, or none, is the agent's to choose, and so
 * is that of a range; in host mode the container port is the host port, of each port in a range.
 */
export function fixedHostPorts(definition: Pick<Sized, 'containerDefinitions' | 'networkMode'>): {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
} {
  const ports = { tcp: new Set<number>(), udp: new Set<number>() };
  // An awsvpc task has an interface of its own, a task without network opens nothing.
  if (definition.networkMode === 'awsvpc' || definition.networkMode === 'none') return { tcp: [], udp: [] };
  const isHost = definition.networkMode === 'host';
  for (const container of definition.containerDefinitions) {
    for (const mapping of container.portMappings) {
      const set = mapping.protocol?.toLowerCase() === 'udp' ? ports.udp : ports.tcp;
      for (const port of hostPortsOf(mapping, isHost)) set.add(port);
    }
  }
  return { tcp: [...ports.tcp], udp: [...ports.udp] };
}

function hostPortsOf(mapping: PortMapping, isHost: boolean): readonly number[] {
  if (mapping.containerPortRange !== undefined) {
    if (!isHost) return [];
    const [first, last] = mapping.containerPortRange.split('-').map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
  }
  const port = isHost ? mapping.hostPort || mapping.containerPort : mapping.hostPort;
  return port ? [port] : [];
}
