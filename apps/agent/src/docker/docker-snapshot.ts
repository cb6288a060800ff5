import type Docker from 'dockerode';
import type { HealthStatus, NetworkBinding } from '#lib/ecs/model';
import type { ContainerSnapshot } from '../ports.js';

/** `GET /containers/{id}/json` in our words. */
export function snapshotOf(inspected: Docker.ContainerInspectInfo): ContainerSnapshot {
  const { State: state } = inspected;
  const phase = stateOf(state.Status);
  return {
    runtimeId: inspected.Id,
    labels: inspected.Config.Labels,
    state: phase,
    exitCode: phase === 'exited' ? state.ExitCode : undefined,
    oomKilled: state.OOMKilled,
    startedAt: instantOf(state.StartedAt),
    finishedAt: instantOf(state.FinishedAt),
    healthStatus: healthOf(phase === 'running' ? state.Health?.Status : undefined),
    networkBindings: bindingsOf(inspected.HostConfig),
    logPath: inspected.LogPath || undefined,
    pid: phase === 'running' ? state.Pid : undefined,
  };
}

/** What an inspection of a container just created would say: nothing that the options do not. A question less a start. */
export const createdSnapshot = (
  runtimeId: string,
  { Labels: labels = {}, HostConfig: hostConfig = {} }: Docker.ContainerCreateOptions,
): ContainerSnapshot => ({
  runtimeId,
  labels,
  state: 'created',
  exitCode: undefined,
  oomKilled: false,
  startedAt: undefined,
  finishedAt: undefined,
  healthStatus: 'UNKNOWN',
  networkBindings: bindingsOf(hostConfig),
});

function stateOf(status: string): ContainerSnapshot['state'] {
  if (status === 'created') return 'created';
  return status === 'running' || status === 'paused' || status === 'restarting' ? 'running' : 'exited';
}

const healthOf = (status: string | undefined): HealthStatus =>
  status === 'healthy' ? 'HEALTHY' : status === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';

/** Docker's year 1 is "never". Milliseconds suffice to tell runs apart. */
function instantOf(text: string): string | undefined {
  const at = Date.parse(text);
  return at > 0 ? new Date(at).toISOString() : undefined;
}

/** One binding a mapping: a port open on several addresses is reported at the first, the one for clients on the host. */
function bindingsOf(hostConfig: Docker.HostConfig): NetworkBinding[] {
  const portMap = (hostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>;
  return Object.entries(portMap).flatMap(([key, bindings]) => {
    const [containerPort, protocol] = key.split('/') as [string, 'tcp' | 'udp'];
    const firstOfPort = new Map((bindings ?? []).toReversed().map((binding) => [binding.HostPort, binding]));
    return [...firstOfPort.values()].map(({ HostIp, HostPort }) => ({
      bindIP: HostIp || '0.0.0.0',
      containerPort: Number(containerPort),
      hostPort: Number(HostPort),
      protocol,
    }));
  });
}
