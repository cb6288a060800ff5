import {
  capabilities,
  grantsPrivileged,
  hostAccessAttributes,
  loggingDriverCapability,
  type HostAccess,
  volumeDriverCapability,
} from '#lib/ecs/placement';
import {
  ADDRESS_ATTRIBUTE,
  type Attribute,
  CONTAINER_ADDRESS_ATTRIBUTE,
  PUBLISHED_EVERYWHERE_ATTRIBUTE,
  UNDERLAY_ADDRESS_ATTRIBUTE,
} from '#lib/ecs/model';
import type { EngineInfo } from './ports.js';

/** Docker API versions whose features this agent passes on. */
const FIRST_DOCKER_API = 17;
const LAST_DOCKER_API = 41;

const HONOURED = [
  capabilities.ordering,
  capabilities.healthCheck,
  capabilities.restartPolicy,
  capabilities.taskLimits,
  capabilities.secretsSsm,
  capabilities.secretsAsm,
  capabilities.logSecretsSsm,
  capabilities.logSecretsAsm,
  capabilities.registryCredentials,
  loggingDriverCapability('none'),
  volumeDriverCapability('local'),
];

const FIRELENS = [
  loggingDriverCapability('awsfirelens'),
  capabilities.firelensFluentbit,
  capabilities.firelensFluentd,
  capabilities.firelensConfigFile,
];

/** What an instance says of itself at registration: exactly what its agent honours and its host allows, and nothing else. */
export function advertisedAttributes(
  info: EngineInfo,
  settings: {
    readonly availabilityZone: string;
    readonly custom: Readonly<Record<string, string>>;
    readonly hostAccess: HostAccess;
    /** Undefined where only the host itself reaches what it publishes. */
    readonly address?: string;
    /** It tells its loopback, and publishes at every address. */
    readonly publishesEverywhere?: boolean;
    /** What containers reach this host by. */
    readonly containerAddress?: string;
    /** Where other hosts send what is for its tasks with addresses of their own. */
    readonly underlayAddress?: string;
    /** Whether tasks are told of themselves here, and given their roles' keys. */
    readonly hasEndpoint?: boolean;
    /** Whether tasks can have addresses of their own here. */
    readonly hasNetworks?: boolean;
    /** Whether tasks may have a log router here. */
    readonly hasFirelens?: boolean;
  },
): Attribute[] {
  const dockerApis = Array.from({ length: LAST_DOCKER_API - FIRST_DOCKER_API + 1 }, (_, index) => ({
    name: `com.amazonaws.ecs.capability.docker-remote-api.1.${FIRST_DOCKER_API + index}`,
  }));
  // An execution role is asked for nothing but to reach CloudWatch Logs with: that is this installation.
  const shipping = info.logDrivers.includes('awslogs') ? [capabilities.executionRoleLogs] : [];
  const roles = settings.hasEndpoint ? [capabilities.taskRole, capabilities.taskRoleHostNetwork] : [];
  const networks = settings.hasNetworks ? [capabilities.taskEni] : [];
  const routing = settings.hasFirelens ? FIRELENS : [];
  return [
    ...dockerApis,
    ...(grantsPrivileged(settings.hostAccess) ? [{ name: capabilities.privileged.name }] : []),
    ...[...HONOURED, ...info.logDrivers.map(loggingDriverCapability), ...shipping, ...roles, ...networks, ...routing].map(
      ({ name }) => ({
        name,
      }),
    ),
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
    { name: 'ecs.cpu-architecture', value: info.cpuArchitecture },
    { name: 'ecs.availability-zone', value: settings.availabilityZone },
    ...(settings.address === undefined ? [] : [{ name: ADDRESS_ATTRIBUTE, value: settings.address }]),
    ...(settings.publishesEverywhere ? [{ name: PUBLISHED_EVERYWHERE_ATTRIBUTE }] : []),
    ...(settings.containerAddress === undefined ? [] : [{ name: CONTAINER_ADDRESS_ATTRIBUTE, value: settings.containerAddress }]),
    ...(settings.underlayAddress === undefined ? [] : [{ name: UNDERLAY_ADDRESS_ATTRIBUTE, value: settings.underlayAddress }]),
    ...hostAccessAttributes(settings.hostAccess),
    ...Object.entries(settings.custom).map(([name, value]) => ({ name, value })),
  ];
}
