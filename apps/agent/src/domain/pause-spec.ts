import type { NetworkInterface, TaskDefinitionPayload } from '#lib/ecs/model';
import { type ContainerSpec, labels, LEAST_CPU_SHARES, ownLabels, runtimeName, type SpecContext } from './container-spec.js';

/** As the ECS agent calls the container that holds a task's network namespace; no container of a definition can be called so. */
export const PAUSE = '~internal~ecs~pause';

/** The network namespace of a task: it lasts as long as this container, whatever becomes of the task's own. */
export function pauseSpec(
  definition: TaskDefinitionPayload,
  { networkInterface, pause }: PausePlace,
  context: Pick<SpecContext, 'taskArn' | 'clusterName' | 'journalId' | 'instanceId' | 'hex'>,
): ContainerSpec {
  return {
    ...BARE,
    name: runtimeName(definition, 'pause', (part) => context.hex(`${PAUSE} ${part}`)),
    image: pause.image,
    labels: {
      [labels.cluster]: context.clusterName,
      [labels.containerName]: PAUSE,
      [labels.taskArn]: context.taskArn,
      [labels.family]: definition.family,
      [labels.revision]: String(definition.revision),
      ...ownLabels(context.journalId, context.instanceId),
      [labels.logs]: '',
    },
    // Containers that share its namespace share its name.
    hostname: networkInterface.privateDnsName,
    sysctls: pause.sysctls,
  };
}

/** What every pause container of a host has in common. */
export interface PauseContainer {
  readonly image: string;
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface PausePlace {
  readonly networkInterface: NetworkInterface;
  readonly pause: PauseContainer;
}

const BARE: Omit<ContainerSpec, 'name' | 'image' | 'labels'> = {
  environment: [],
  cpuShares: LEAST_CPU_SHARES,
  // A namespace with nothing in it: the engine knows of no network here, and the agent connects it (task-links).
  networkMode: 'none',
  networkDisabled: true,
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
