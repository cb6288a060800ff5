import type { NetworkInterface, TaskDefinitionPayload } from '#lib/ecs/model';
import { type ContainerSpec, labels, LEAST_CPU_SHARES, ownLabels, runtimeName, type SpecContext } from './container-spec.js';

/** As the ECS agent calls the container that holds a task's network namespace; no container of a definition can be called so. */
export const PAUSE = '~internal~ecs~pause';

/** The network namespace of a task: it lasts as long as this container, whatever becomes of the task's own. */
export function pauseSpec(
  definition: TaskDefinitionPayload,
  { networkInterface, networkName, image }: PausePlace,
  context: Pick<SpecContext, 'taskArn' | 'clusterName' | 'journalId' | 'instanceId' | 'hex' | 'dnsServers'>,
): ContainerSpec {
  return {
    ...BARE,
    name: runtimeName(definition, 'pause', (part) => context.hex(`${PAUSE} ${part}`)),
    image,
    labels: {
      [labels.cluster]: context.clusterName,
      [labels.containerName]: PAUSE,
      [labels.taskArn]: context.taskArn,
      [labels.family]: definition.family,
      [labels.revision]: String(definition.revision),
      ...ownLabels(context.journalId, context.instanceId),
      [labels.logs]: '',
    },
    // Containers that share its namespace share its name and its resolvers.
    hostname: networkInterface.privateDnsName,
    dnsServers: context.dnsServers ?? [],
    networkMode: networkName,
    address: { ipv4: networkInterface.privateIpv4Address, mac: networkInterface.macAddress },
  };
}

export interface PausePlace {
  readonly networkInterface: NetworkInterface;
  readonly networkName: string;
  readonly image: string;
}

const BARE: Omit<ContainerSpec, 'name' | 'image' | 'labels' | 'networkMode'> = {
  environment: [],
  cpuShares: LEAST_CPU_SHARES,
  networkDisabled: false,
  ports: [],
  links: [],
  volumes: [],
  mounts: [],
  volumesFrom: [],
  ulimits: [],
  sysctls: {},
  dnsServers: [],
  dnsSearchDomains: [],
  extraHosts: [],
  // A filter of system calls takes the engine 40 ms to load; this program makes one, for ever, has no capability, and nobody else's code is in it.
  securityOptions: ['seccomp=unconfined'],
  privileged: false,
  readonlyRootFilesystem: true,
  interactive: false,
  pseudoTerminal: false,
  init: false,
  capabilitiesAdded: [],
  capabilitiesDropped: ['ALL'],
  tmpfs: {},
  devices: [],
  logging: { driver: 'none', options: {} },
};
