import Docker from 'dockerode';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { hashId } from '#lib/kernel';
import { type Bus, toJson } from '#lib/messaging';
import { type AgentName, subjects } from '#lib/names';
import type { RegisterRequest, TaskMetrics } from '#lib/ecs/model';
import type { Clock, Logger, Random } from '#lib/platform';
import { advertisedAttributes } from './advertised-attributes.js';
import { Agent } from './agent.js';
import { BoundedRuntime } from './bounded-runtime.js';
import type { AgentConfig, HostConfig } from './config.js';
import { ControlPlane } from './control-plane.js';
import { heartbeatsWithoutEngine } from './heartbeats.js';
import { openTaskGroups } from './control-groups/open-task-groups.js';
import { DockerEndpointEngine, ensureEndpoint } from './docker/docker-endpoint.js';
import { DockerNetworkProvider } from './docker/docker-network-provider.js';
import { DockerImagePuller } from './docker/docker-image-puller.js';
import { DockerOutputBrake } from './docker/docker-output-brake.js';
import { DockerRuntime } from './docker/docker-runtime.js';
import { FileAgentDisk } from './file-agent-disk.js';
import { FirelensFiles } from './firelens/firelens-files.js';
import { HostLimits, NO_LIMITS } from './host-limits.js';
import { BatchSender } from './logs/batch-sender.js';
import { LogCursors } from './logs/log-cursors.js';
import { LogShipping } from './logs/log-shipping.js';
import { observeShipping } from './logs/shipping-metrics.js';
import { CgroupReader } from './metrics/cgroup-reader.js';
import { ContainerMeter } from './metrics/container-meter.js';
import { NetworkReader } from './metrics/network-reader.js';
import { ObservedRuntime } from './observed-runtime.js';
import { TaskMeter } from './metrics/task-meter.js';
import { MemoryAgentDisk } from './memory-agent-disk.js';
import { EngineUnavailableError, type AssignmentSource, type ContainerRuntime, type EngineInfo } from './ports.js';
import { openOverlay } from './overlay/open-overlay.js';
import { openPacketFilter } from './packet-filter/open-packet-filter.js';
import { isPauseArchitecture } from './pause/pause-program.js';
import { realPath } from './real-path.js';
import { taskDnsServers, taskResolvConf } from './task-dns-servers.js';
import { openLinkedNetworks } from './task-links/open-linked-networks.js';
import { hasMembers } from './task-links/task-links.js';
import { reachableAddress } from './reachable-address.js';
import { hasAddress } from './task-endpoint/listening.js';
import { openEndpoint } from './task-endpoint/open-endpoint.js';
import { sharedTicks } from './simulated/shared-ticks.js';
import { SimulatedRuntime } from './simulated/simulated-runtime.js';

export const AGENT_VERSION = '0.1.0';
const ENGINE_RETRY_MS = 1_000;
/** Fewer cost nothing worth waiting for. */
const MANY = 100;
/**
 * Measured with 20 containers on two CPUs (`bench service-start`): 8 starts at once are up 5 % sooner than all at once, 4 no sooner than 8;
 * with 4 creations at once, so that starts begin before all is created, 5 % sooner again.
 */
const CREATIONS_AT_ONCE_PER_CPU = 2;
const STARTS_AT_ONCE_PER_CPU = 4;

/** What every agent of a process shares. */
export interface AgentEnvironment {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly hostName: string;
  readonly assignmentsOf: (instanceId: string) => AssignmentSource;
}

/** The agents that the configuration asks for, not started: one on Docker (waits for the engine), or many simulated ones. */
export async function createAgents(config: AgentConfig, environment: AgentEnvironment): Promise<Agent[]> {
  const { host } = config;
  if (host.kind === 'docker') return [await dockerAgent(config, host, environment)];
  const together = host.instances < MANY ? environment : { ...environment, clock: sharedTicks(environment.clock) };
  return Promise.all(Array.from({ length: host.instances }, (_, index) => simulatedAgent(config, index, together)));
}

async function dockerAgent(config: AgentConfig, host: HostConfig, environment: AgentEnvironment): Promise<Agent> {
  const { clock, logger } = environment;
  const docker = new Docker({ socketPath: host.dockerSocket });
  const cpus = availableParallelism();
  const atOnce = { creations: CREATIONS_AT_ONCE_PER_CPU * cpus, starts: STARTS_AT_ONCE_PER_CPU * cpus };
  const engine = new DockerRuntime(docker, clock, logger, atOnce);
  const store = await FileAgentDisk.open(host.stateDirectory, logger);
  const name = { accountId: config.accountId, region: config.region, instanceId: host.instanceId };
  const isKnown = (await store.loadIdentity()) !== undefined;
  const info = await engineInfo(
    new BoundedRuntime(engine, clock),
    environment,
    isKnown ? new ControlPlane(environment.bus, name, logger) : undefined,
  );
  const readers = { reader: new CgroupReader(), network: new NetworkReader(), clock };
  const logs = await logShipping(info, name, host, environment);
  const endpoint = await openEndpoint({
    instanceId: host.instanceId,
    stateDirectory: host.stateDirectory,
    directory: host.endpointDirectory,
    apiPort: host.api?.port,
    engine: new DockerEndpointEngine(docker),
    meter: new ContainerMeter(readers),
    keepAddress: () => ensureEndpoint(docker, clock),
    clock,
    logger,
  });
  const bridges = isPauseArchitecture(info.cpuArchitecture)
    ? new DockerNetworkProvider({ docker, architecture: info.cpuArchitecture, engine: info, isUsed: hasMembers, clock, logger })
    : undefined;
  const underlayAddress = host.underlayAddress && reachableAddress(host.underlayAddress, true);
  const overlays =
    bridges && host.enforcesSecurityGroups
      ? await openOverlay({
          instanceId: host.instanceId,
          underlayAddress,
          networks: bridges,
          clock,
          logger,
        })
      : undefined;
  const seesBridges = info.bridgeGateway === undefined || (await hasAddress(info.bridgeGateway));
  const packetFilter = host.enforcesSecurityGroups
    ? await openPacketFilter({
        instanceId: host.instanceId,
        seesBridges,
        engineBridge: info.bridge,
        containers: info.bridgeRange,
        isReached: underlayAddress !== undefined,
        brokers: host.brokers,
        memory: store,
        overlays,
        clock,
        logger,
      })
    : undefined;
  const dnsServers = host.taskDns === undefined ? undefined : await taskDnsServers(host.taskDns);
  const linked =
    bridges && (packetFilter || !host.enforcesSecurityGroups)
      ? await openLinkedNetworks({
          info,
          instanceId: host.instanceId,
          seesBridges,
          bridges,
          resolvConf: await taskResolvConf(dnsServers),
          clock,
          logger,
        })
      : undefined;
  const meter = new TaskMeter({
    ...readers,
    publish: (tasks) => environment.bus.publish(subjects.taskMetrics(name), toJson({ tasks } satisfies TaskMetrics)),
    logger,
  });
  const routes = info.logDrivers.includes('fluentd');
  const containerAddress = host.containerAddress === 'auto' ? info.bridgeGateway : host.containerAddress;
  const addresses = [host.address, ...(containerAddress && containerAddress !== 'none' ? [containerAddress] : [])];
  return new Agent(
    {
      name,
      registration: registration(
        config,
        { ...info, logDrivers: info.logDrivers.filter((driver) => driver !== 'awslogs' || logs) },
        environment.hostName,
        {
          containerAddress,
          underlayAddress: overlays && packetFilter ? underlayAddress : undefined,
          hasEndpoint: endpoint !== undefined,
          hasNetworks: linked !== undefined,
          hasFirelens: routes,
        },
      ),
      grant: config.grant?.token,
      // An address of all interfaces leaves nothing for a second one.
      addresses: host.address === '0.0.0.0' ? ['0.0.0.0'] : [...new Set(addresses)],
      dnsServers,
      cleanupWaitMs: config.cleanupWaitMs,
      ...(host.ownRegistry === undefined ? {} : { ownRegistry: host.ownRegistry }),
      shipsAllLogs: config.shipsAllLogs && logs !== undefined,
    },
    {
      ...environment,
      logs,
      endpoint,
      networks: linked?.networks,
      packetFilter,
      ...(routes ? { firelens: new FirelensFiles(join(host.stateDirectory, 'firelens')) } : {}),
      loops: linked ? [meter, linked.loop] : [meter],
      groups: await openTaskGroups(info, host.instanceId, logger),
      hostLimits: new HostLimits(config.hostAccess, realPath),
      assignments: environment.assignmentsOf(host.instanceId),
      store,
      runtime: new ObservedRuntime(engine, logs ? [logs, meter] : [meter]),
      puller: new DockerImagePuller(docker, host.pullBehaviourOf, clock, host.hostLogins, environment.random),
    },
  );
}

/** Undefined where this agent may not read what the engine writes: nobody is promised a line then. */
async function logShipping(
  info: EngineInfo,
  name: AgentName,
  host: HostConfig,
  { bus, clock, random, logger }: AgentEnvironment,
): Promise<LogShipping | undefined> {
  const files = info.directory === undefined ? undefined : join(info.directory, 'containers');
  try {
    if (files === undefined || !info.logDrivers.includes('json-file')) throw new Error('The engine has no log files.');
    await access(files, constants.R_OK | constants.X_OK);
  } catch (error) {
    const problem = (error as Error).message;
    logger.warn(
      { files, problem },
      "containers' lines are not shipped and awslogs is not offered: the engine's log files cannot be read",
    );
    return undefined;
  }
  const shipping = new LogShipping({
    sender: new BatchSender(bus, name),
    cursors: await LogCursors.open(join(host.stateDirectory, 'logs')),
    brake: new DockerOutputBrake(host.dockerSocket, logger),
    clock,
    random,
    logger,
  });
  observeShipping(shipping.counts);
  return shipping;
}

/** Its instance id depends on its number only, so that the next process is the same fleet again. */
export const simulatedInstanceId = (config: Pick<AgentConfig, 'accountId' | 'region' | 'cluster'>, index: number): string =>
  hashId('simulated-instance', config.accountId, config.region, config.cluster, index);

async function simulatedAgent(config: AgentConfig, index: number, environment: AgentEnvironment): Promise<Agent> {
  const instanceId = simulatedInstanceId(config, index);
  const runtime = new SimulatedRuntime({ ...environment });
  const info = { ...(await runtime.info()), cpuUnits: 4096, memoryMiB: 16_384 };
  return new Agent(
    {
      name: { accountId: config.accountId, region: config.region, instanceId },
      registration: registration(config, info, `simulated-${index}`, { hasEndpoint: true, hasFirelens: true }),
      addresses: ['127.0.0.1'],
      cleanupWaitMs: 0,
    },
    {
      ...environment,
      hostLimits: NO_LIMITS,
      assignments: environment.assignmentsOf(instanceId),
      store: new MemoryAgentDisk(),
      runtime,
      puller: runtime,
    },
  );
}

interface Offers {
  readonly containerAddress?: string;
  /** Where other hosts send what is for its tasks with addresses of their own. */
  readonly underlayAddress?: string;
  readonly hasEndpoint?: boolean;
  readonly hasNetworks?: boolean;
  /** Tasks may have a log router. */
  readonly hasFirelens?: boolean;
}

function registration(config: AgentConfig, info: EngineInfo, hostId: string, has: Offers = {}): RegisterRequest {
  const { grant, host } = config;
  return {
    cluster: config.cluster,
    resources: {
      cpu: Math.min(config.cpuUnits ?? info.cpuUnits, grant?.cpu ?? Infinity),
      memoryMiB: Math.min(config.memoryMiB ?? info.memoryMiB, grant?.memoryMiB ?? Infinity),
      gpu: 0,
      portsTcp: [...config.reservedPorts],
      portsUdp: [],
    },
    attributes: advertisedAttributes(info, {
      availabilityZone: config.availabilityZone,
      custom: config.customAttributes,
      hostAccess: config.hostAccess,
      address: host.kind === 'docker' ? reachableAddress(host.address, grant !== undefined) : '127.0.0.1',
      publishesEverywhere: grant === undefined && host.kind === 'docker' && host.address === '0.0.0.0',
      // Of no use to others: on a host that has joined, containers reach what all reach.
      containerAddress: grant === undefined && has.containerAddress !== 'none' ? has.containerAddress : undefined,
      underlayAddress: has.underlayAddress,
      hasEndpoint: has.hasEndpoint,
      hasNetworks: has.hasNetworks,
      hasFirelens: has.hasFirelens,
    }),
    versionInfo: {
      agentVersion: AGENT_VERSION,
      agentHash: hashId('agent', AGENT_VERSION).slice(0, 8),
      dockerVersion: `DockerVersion: ${info.version}`,
    },
    hostId,
  };
}

/**
 * Waits for the engine. A host that was registered before says meanwhile that it lives: its containers run on while the engine
 * does not answer, and nobody should take them for lost.
 */
export async function engineInfo(
  runtime: Pick<ContainerRuntime, 'info'>,
  { clock, logger }: Pick<AgentEnvironment, 'clock' | 'logger'>,
  knownTo: Pick<ControlPlane, 'heartbeat' | 'askingHeartbeat'> | undefined,
): Promise<EngineInfo> {
  return knownTo
    ? heartbeatsWithoutEngine(askUntilAnswered(runtime, clock, logger), knownTo, clock)
    : askUntilAnswered(runtime, clock, logger);
}

async function askUntilAnswered(runtime: Pick<ContainerRuntime, 'info'>, clock: Clock, logger: Logger): Promise<EngineInfo> {
  for (;;) {
    try {
      return await runtime.info();
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      logger.warn({ reason: error.message }, 'waiting for the container engine');
      await clock.sleep(ENGINE_RETRY_MS);
    }
  }
}
