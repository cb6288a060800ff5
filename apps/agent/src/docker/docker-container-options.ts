import type Docker from 'dockerode';
import type { ContainerSpec } from '../domain/container-spec.js';
import { CPU_PERIOD_US, cpuQuotaUs } from '../domain/cpu-quota.js';

const NS_PER_MS = 1_000_000;

/** A spec in the words of `POST /containers/create`. */
export function dockerContainerOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
  return {
    name: spec.name,
    Image: spec.image,
    Labels: spec.labels,
    Cmd: mutable(spec.command),
    Entrypoint: mutable(spec.entryPoint),
    Env: [...spec.environment],
    WorkingDir: spec.workingDirectory,
    User: spec.user,
    Hostname: spec.hostname,
    OpenStdin: spec.interactive,
    Tty: spec.pseudoTerminal,
    NetworkDisabled: spec.networkDisabled,
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    Healthcheck: healthcheck(spec),
    HostConfig: hostConfig(spec),
  };
}

function hostConfig(spec: ContainerSpec): Docker.HostConfig {
  return {
    NetworkMode: spec.networkMode,
    PortBindings: portBindings(spec),
    Links: [...spec.links],
    CpuShares: spec.cpuShares,
    CpuPeriod: spec.cpuLimitUnits === undefined ? undefined : CPU_PERIOD_US,
    CpuQuota: spec.cpuLimitUnits === undefined ? undefined : cpuQuotaUs(spec.cpuLimitUnits),
    CgroupParent: spec.controlGroup,
    Memory: spec.memoryBytes,
    MemoryReservation: spec.memoryReservationBytes,
    MemorySwap: spec.swapBytes,
    MemorySwappiness: spec.swappiness,
    Binds: spec.mounts.map(({ source, target, readOnly }) => `${source}:${target}${readOnly ? ':ro' : ''}`),
    VolumesFrom: [...spec.volumesFrom],
    Ulimits: spec.ulimits.map(({ name, softLimit, hardLimit }) => ({ Name: name, Soft: softLimit, Hard: hardLimit })),
    Sysctls: { ...spec.sysctls },
    Dns: [...spec.dnsServers],
    DnsSearch: [...spec.dnsSearchDomains],
    ExtraHosts: [...spec.extraHosts],
    SecurityOpt: [...spec.securityOptions],
    Privileged: spec.privileged,
    ReadonlyRootfs: spec.readonlyRootFilesystem,
    PidMode: spec.pidMode,
    IpcMode: spec.ipcMode,
    Init: spec.init || undefined,
    CapAdd: [...spec.capabilitiesAdded],
    CapDrop: [...spec.capabilitiesDropped],
    Tmpfs: { ...spec.tmpfs },
    ShmSize: spec.sharedMemoryBytes,
    Devices: spec.devices.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath,
      CgroupPermissions: permissions,
    })),
    LogConfig: spec.logging && { Type: spec.logging.driver, Config: { ...spec.logging.options } },
  };
}

/** `NONE` silences a HEALTHCHECK of the image: ECS ignores those. */
function healthcheck({ healthCheck }: ContainerSpec): Docker.HealthConfig {
  if (!healthCheck) return { Test: ['NONE'] };
  return {
    Test: [...healthCheck.test],
    Interval: healthCheck.intervalMs * NS_PER_MS,
    Timeout: healthCheck.timeoutMs * NS_PER_MS,
    Retries: healthCheck.retries,
    StartPeriod: healthCheck.startPeriodMs * NS_PER_MS,
  };
}

function portBindings(spec: ContainerSpec): Docker.PortMap {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const opened = (port.addresses.length ? port.addresses : ['']).map((HostIp) => ({ HostIp, HostPort: String(port.hostPort) }));
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), ...opened];
  }
  return bindings;
}

const portKey = ({ containerPort, protocol }: { containerPort: number; protocol: string }) => `${containerPort}/${protocol}`;
const mutable = (list: readonly string[] | undefined) => list && [...list];
