import type { ContainerDefinition, TaskDefinition, Volume } from '../model/task-definition.js';

/** What of a task definition decides how far its containers reach. A registration has it before defaults are filled in. */
export type Reaching = Partial<Pick<TaskDefinition, 'networkMode' | 'pidMode' | 'ipcMode'>> & {
  readonly containerDefinitions?: readonly Partial<ContainerDefinition>[];
  readonly volumes?: readonly Volume[];
};

/** Ways in which a container could become its host. */
export const HOST_REACHES = [
  'privileged',
  'network',
  'pid',
  'ipc',
  'path',
  'capability',
  'device',
  'security-options',
  'volume-options',
] as const;
type Kind = (typeof HOST_REACHES)[number];

export interface HostReach {
  readonly kind: Kind;
  /** The path, capability or device. */
  readonly value?: string;
  /** The first member of the task definition that asks for it. */
  readonly field: string;
  /** For people: "the host path of the volume 'v'". */
  readonly words: string;
}

/** Options that take rights away. */
const HARMLESS = /^no-new-privileges([:=]true)?$/;

/**
 * Everything in a task definition by which a container could become its host. A host path may be Docker's socket, and a volume
 * driver's options may name a path as well (`type=none,o=bind,device=/`).
 */
export function reachesOf(definition: Reaching): readonly HostReach[] {
  const { networkMode, pidMode, ipcMode, volumes = [], containerDefinitions = [] } = definition;
  const reaches: HostReach[] = [];
  if (networkMode === 'host') reaches.push({ kind: 'network', field: 'networkMode', words: 'networkMode host' });
  if (pidMode === 'host') reaches.push({ kind: 'pid', field: 'pidMode', words: 'pidMode host' });
  if (ipcMode === 'host') reaches.push({ kind: 'ipc', field: 'ipcMode', words: 'ipcMode host' });
  volumes.forEach(({ name, host, dockerVolumeConfiguration: docker }, index) => {
    const at = `volumes[${index}]`;
    if (host?.sourcePath) {
      const words = `the host path of the volume '${name}'`;
      reaches.push({ kind: 'path', value: host.sourcePath, field: `${at}.host.sourcePath`, words });
    }
    if (Object.keys(docker?.driverOpts ?? {}).length > 0) {
      const words = `the driverOpts of the volume '${name}'`;
      reaches.push({ kind: 'volume-options', field: `${at}.dockerVolumeConfiguration.driverOpts`, words });
    }
  });
  return [...reaches, ...containerDefinitions.flatMap(reachesOfContainer)];
}

function reachesOfContainer(container: Partial<ContainerDefinition>, index: number): HostReach[] {
  const { name, privileged, linuxParameters, dockerSecurityOptions } = container;
  const of = (what: string, field: string) => ({
    words: `${what} of the container '${name}'`,
    field: `containerDefinitions[${index}].${field}`,
  });
  const added = of('the added capabilities', 'linuxParameters.capabilities.add');
  const devices = of('the devices', 'linuxParameters.devices');
  return [
    ...(privileged ? [{ kind: 'privileged', ...of('privileged', 'privileged') } as const] : []),
    ...(linuxParameters?.capabilities?.add ?? []).map((value) => ({ kind: 'capability', value, ...added }) as const),
    ...(linuxParameters?.devices ?? []).map(({ hostPath: value }) => ({ kind: 'device', value, ...devices }) as const),
    ...(dockerSecurityOptions?.some((option) => !HARMLESS.test(option))
      ? [{ kind: 'security-options', ...of('the dockerSecurityOptions', 'dockerSecurityOptions') } as const]
      : []),
  ];
}
