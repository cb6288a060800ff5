import type { NetworkBinding, TaskDefinitionPayload, TaskFacts } from '#lib/ecs/model';
import type { ContainerRecord, TaskRecord } from '../../domain/task-record.js';
import { vpcNetwork } from '../../domain/vpc-network.js';

/** What an engine says of a container beyond what tasks are run by. */
export interface EngineContainer {
  readonly runtimeId: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt?: string;
  /** While it runs: its process on the host. */
  readonly pid?: number;
  readonly health?: { readonly status: string; readonly since?: string; readonly exitCode?: number; readonly output?: string };
  readonly volumes: readonly { readonly name?: string; readonly source: string; readonly destination: string }[];
  readonly networks: readonly EngineNetwork[];
}

export interface EngineNetwork {
  readonly mode: string;
  readonly addresses: readonly string[];
  /** Of a task that has an interface of its own. */
  readonly own?: {
    readonly macAddress: string;
    readonly subnet: string;
    readonly gateway: string;
    readonly dnsServers: readonly string[];
    readonly hostname: string;
  };
}

/** A task as its host knows it. */
export interface KnownTask {
  readonly record: TaskRecord;
  readonly definition: TaskDefinitionPayload;
  /** Whom its host has tasks ask for names, where it was told one. */
  readonly dnsServers?: readonly string[] | undefined;
}

/** Names and members as the ECS agent has them (amazon-ecs-agent `ecs-agent/tmds/handlers/{v2,v4/state}/response.go`); what is unknown is left out. */
export function containerMetadata(
  { record: task, definition, dnsServers }: KnownTask,
  container: ContainerRecord,
  engine: EngineContainer | undefined,
  version: 3 | 4,
): object {
  const defined = definition.containerDefinitions.find(({ name }) => name === container.name)!;
  const ports = container.networkBindings.map((binding) => portOf(binding, version));
  return {
    DockerId: engine?.runtimeId ?? container.runtimeId ?? '',
    Name: container.name,
    DockerName: engine?.name ?? '',
    Image: engine?.image ?? defined.image,
    ImageID: engine?.imageId ?? '',
    Ports: ports.length > 0 ? ports : undefined,
    Labels: engine?.labels ?? {},
    DesiredStatus: task.desiredStatus,
    KnownStatus: container.phase,
    ExitCode: container.phase === 'STOPPED' ? container.exitCode : undefined,
    Limits: { CPU: defined.cpu, Memory: defined.memory },
    CreatedAt: engine?.createdAt,
    StartedAt: container.startedAt,
    FinishedAt: container.phase === 'STOPPED' ? container.finishedAt : undefined,
    Type: 'NORMAL',
    Health: engine?.health && {
      status: engine.health.status,
      statusSince: engine.health.since,
      exitCode: engine.health.exitCode,
      output: engine.health.output,
    },
    Volumes: engine?.volumes.length
      ? engine.volumes.map(({ name, source, destination }) => ({ DockerName: name, Source: source, Destination: destination }))
      : undefined,
    LogDriver: version === 4 ? defined.logConfiguration?.logDriver : undefined,
    LogOptions: version === 4 ? defined.logConfiguration?.options : undefined,
    ContainerARN: version === 4 ? task.entry.containerArns[container.name] : undefined,
    RestartCount: version === 4 && defined.restartPolicy?.enabled ? container.restartCount : undefined,
    Networks: (ownNetworkOf(task, dnsServers) ?? engine?.networks)?.map((network, index) => networkOf(network, index, version)),
  };
}

/** All containers of a task in `awsvpc` mode have the task's. */
function ownNetworkOf({ network }: TaskRecord, dnsServers: readonly string[] = []): EngineNetwork[] | undefined {
  if (!network?.given) return undefined;
  const { networkInterface, vpcCidrBlock, subnetCidrBlock = vpcCidrBlock } = network.given;
  const { gateway } = vpcNetwork(network.given);
  return [
    {
      mode: 'awsvpc',
      addresses: [networkInterface.privateIpv4Address],
      own: {
        macAddress: networkInterface.macAddress,
        subnet: subnetCidrBlock,
        // The VPC's router, whom all its subnets share, with the size of the subnet, as ECS says it.
        gateway: `${gateway}/${subnetCidrBlock.split('/')[1]}`,
        dnsServers,
        hostname: networkInterface.privateDnsName,
      },
    },
  ];
}

const portOf = ({ containerPort, hostPort, protocol, bindIP }: NetworkBinding, version: 3 | 4) => ({
  ContainerPort: containerPort,
  Protocol: protocol,
  HostPort: hostPort,
  HostIp: version === 4 ? bindIP : undefined,
});

function networkOf({ mode, addresses, own }: EngineNetwork, index: number, version: 3 | 4): object {
  const common = { NetworkMode: mode, IPv4Addresses: addresses };
  if (!own || version === 3) return common;
  return {
    ...common,
    AttachmentIndex: index,
    MACAddress: own.macAddress,
    IPv4SubnetCIDRBlock: own.subnet,
    DomainNameServers: own.dnsServers,
    PrivateDNSName: own.hostname,
    SubnetGatewayIpv4Address: own.gateway,
  };
}

/** `tags`: of `taskWithTags`. Without `facts` (the control plane is away) what the host knows is said. */
export function taskMetadata(
  { record: task, definition }: KnownTask,
  containers: readonly object[],
  facts: TaskFacts | undefined,
  version: 3 | 4,
  tags: 'tags' | 'no tags',
): object {
  const limits = {
    CPU: definition.cpu === undefined ? undefined : Number(definition.cpu) / 1024,
    Memory: definition.memory === undefined ? undefined : Number(definition.memory),
  };
  return {
    Cluster: task.clusterName,
    TaskARN: task.taskArn,
    Family: definition.family,
    Revision: String(definition.revision),
    ServiceName: version === 4 ? facts?.serviceName : undefined,
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.status,
    Limits: limits.CPU === undefined && limits.Memory === undefined ? undefined : limits,
    PullStartedAt: task.pullStartedAt,
    PullStoppedAt: task.pullStoppedAt,
    ExecutionStoppedAt: task.executionStoppedAt,
    AvailabilityZone: facts?.availabilityZone,
    LaunchType: version === 4 ? facts?.launchType : undefined,
    TaskTags: tags === 'tags' ? mapOf(facts?.taskTags) : undefined,
    ContainerInstanceTags: tags === 'tags' ? mapOf(facts?.containerInstanceTags) : undefined,
    Containers: containers,
  };
}

const mapOf = (tags: TaskFacts['taskTags'] = []): Record<string, string> | undefined =>
  tags.length === 0 ? undefined : Object.fromEntries(tags.map(({ key, value }) => [key, value]));
