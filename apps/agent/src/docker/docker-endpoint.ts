import type Docker from 'dockerode';
import type { Clock } from '#lib/platform';
import { Iptables, type IptablesRule } from '../iptables.js';
import { ENDPOINT_ADDRESS, ENDPOINT_PLACE, ENDPOINT_PORT } from '../task-endpoint/domain/route.js';
import type { EngineContainer, EngineNetwork } from '../task-endpoint/domain/metadata.js';
import { hasAddress } from '../task-endpoint/listening.js';
import type { EndpointEngine } from '../task-endpoint/task-endpoint.js';
import { rethrowUnlessAnswered, unlessStatus } from './docker-errors.js';

export const ENDPOINT_NETWORK = 'longshore-task-endpoint';
const SUBNET = '169.254.170.0/29';
const ANSWER_MS = 5_000;
const LOOKS = 20;
const LOOK_AGAIN_MS = 250;
const within = () => AbortSignal.timeout(ANSWER_MS);

/**
 * The endpoint's address is that of a bridge which the engine makes for us and no container is on: so the host has it, containers of every
 * bridge reach it by their gateway, and it sees their own addresses. Of what ECS translates (amazon-ecs-init: the address, too, for a
 * listener on the loopback, where all tasks look alike) the port is left.
 */
export async function ensureEndpoint(docker: Docker, clock: Pick<Clock, 'sleep'>): Promise<void> {
  await ensureEndpointAddress(docker, clock);
  const iptables = new Iptables();
  for (const chain of ['PREROUTING', 'OUTPUT'] as const) await iptables.ensure(redirection(chain));
}

/** From containers, and from the host and tasks in its network. Who flushes them gets them again. */
const redirection = (chain: 'PREROUTING' | 'OUTPUT'): IptablesRule => {
  const { host, port } = ENDPOINT_PLACE;
  const from = ['-d', `${host}/32`, '-p', 'tcp', '--dport', String(ENDPOINT_PORT)];
  const named = ['-m', 'comment', '--comment', ENDPOINT_NETWORK];
  return { table: 'nat', chain, match: [...from, ...named, '-j', 'DNAT', '--to-destination', `${host}:${port}`] };
};

async function ensureEndpointAddress(docker: Docker, clock: Pick<Clock, 'sleep'>): Promise<void> {
  if (await hasAddress()) return;
  const refusal = await makeNetwork(docker);
  if (refusal === undefined) return;
  // Another agent of this host is making it: names and subnets are taken before the address is there.
  for (let look = 0; look < LOOKS; look++) {
    if (await hasAddress()) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  throw refusal;
}

/** The engine's refusal, if it is one. */
async function makeNetwork(docker: Docker): Promise<Error | undefined> {
  try {
    await docker.createNetwork({
      Name: ENDPOINT_NETWORK,
      Driver: 'bridge',
      CheckDuplicate: true,
      IPAM: { Driver: 'default', Config: [{ Subnet: SUBNET, Gateway: ENDPOINT_ADDRESS }] },
      Options: { 'com.docker.network.bridge.name': 'longshore-tasks', 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
      Labels: { 'longshore.task-endpoint': '1' },
      abortSignal: within(),
    } as Docker.NetworkCreateOptions);
    return undefined;
  } catch (error) {
    rethrowUnlessAnswered(error);
    return error as Error;
  }
}

export class DockerEndpointEngine implements EndpointEngine {
  constructor(private readonly docker: Docker) {}

  async describe(runtimeId: string): Promise<EngineContainer | undefined> {
    const inspected = await unlessStatus([404], this.docker.getContainer(runtimeId).inspect({ abortSignal: within() }));
    return inspected && engineContainer(inspected);
  }
}

function engineContainer(inspected: Docker.ContainerInspectInfo): EngineContainer {
  const { Health: health } = inspected.State;
  const last = health?.Log?.at(-1);
  return {
    runtimeId: inspected.Id,
    name: inspected.Name.replace(/^\//, ''),
    image: inspected.Config.Image,
    imageId: inspected.Image,
    labels: inspected.Config.Labels,
    createdAt: inspected.Created,
    ...(inspected.State.Pid > 0 ? { pid: inspected.State.Pid } : {}),
    health:
      health && health.Status !== 'none'
        ? { status: health.Status.toUpperCase(), since: last?.End, exitCode: last?.ExitCode, output: last?.Output }
        : undefined,
    volumes: inspected.Mounts.map(({ Name, Source, Destination }) => ({ name: Name, source: Source, destination: Destination })),
    networks: networksOf(inspected),
  };
}

const networksOf = ({ HostConfig, NetworkSettings }: Docker.ContainerInspectInfo): EngineNetwork[] =>
  Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => ({
    mode: name === 'bridge' || name === 'host' || name === 'none' ? name : (HostConfig.NetworkMode ?? name),
    addresses: IPAddress ? [IPAddress] : [],
  }));
