import { describeInstances } from './health.js';
import { UserFault } from './fault.js';
import { listHosts, readHost, writeHost } from './host-records.js';
import type { HostRecord } from './domain/enrolment.js';
import type { Layout } from './layout.js';
import { loadIdentities } from './nats-users.js';
import { writeNatsConfig } from './prepare.js';
import { NATS_PROCESS } from './domain/process-specs.js';
import { signal } from './process-identity.js';
import { runningControlPlane, type RunState } from './run-state.js';
import { ensureSecrets } from './secrets.js';
import { table } from './table.js';
import { say } from './terminal.js';

/** What the first host knows of a host that joined: its own record, and what the API says of the instance. */
export interface KnownHost extends HostRecord {
  /** Of the instance: `ACTIVE`, `DRAINING`, `INACTIVE`. These are absent when it never registered, or the API does not answer. */
  readonly status?: string;
  readonly agentConnected?: boolean;
  readonly runningTasksCount?: number;
}

export async function knownHosts(layout: Layout, state: RunState): Promise<KnownHost[]> {
  const joined = listHosts(layout).filter((host) => host.joinedAt);
  const clusters = [...new Set(joined.map((host) => host.cluster))];
  const described = await Promise.all(
    clusters.map((cluster) => {
      const ids = joined.filter((host) => host.cluster === cluster).map((host) => host.instanceId);
      return describeInstances(state.endpoint, ensureSecrets(layout), cluster, ids);
    }),
  );
  const instances = described.flatMap((answer) => ('instances' in answer ? answer.instances : []));
  return joined.map((host) => {
    const found = instances.find(({ containerInstanceArn }) => containerInstanceArn.endsWith(`/${host.instanceId}`));
    const { status, agentConnected, runningTasksCount } = found ?? {};
    return { ...host, status, agentConnected, runningTasksCount };
  });
}

export const hostsText = (hosts: readonly KnownHost[]): string =>
  table([
    ['HOST', 'ADDRESS', 'INSTANCE', 'CLUSTER', 'AGENT', 'TASKS', 'JOINED'],
    ...hosts.map((host) => [
      host.hostName ?? '-',
      host.address ?? '-',
      host.instanceId,
      host.cluster,
      agentWord(host),
      String(host.runningTasksCount ?? '-'),
      host.joinedAt ?? '-',
    ]),
  ]);

function agentWord({ revokedAt, status, agentConnected }: KnownHost): string {
  if (revokedAt) return 'shut out';
  if (status === undefined) return 'not registered';
  if (status === 'INACTIVE') return 'deregistered';
  return agentConnected ? 'connected' : 'silent';
}

/** `hosts`. */
export async function printHosts(layout: Layout, options: { json?: boolean }): Promise<void> {
  const hosts = await knownHosts(layout, runningControlPlane(layout));
  if (options.json) return say(JSON.stringify(hosts, null, 2));
  say(hosts.length > 0 ? hostsText(hosts) : 'No other host has joined; ./longshore join-token makes a token for one.');
}

/**
 * `hosts revoke`: its NATS user is refused from now on, and its connection ended. Its instance and tasks are the API's business:
 * they count as lost after the grace, as those of a host that fell silent.
 */
export async function revokeHost(layout: Layout, instanceId: string): Promise<void> {
  const state = runningControlPlane(layout);
  const host = /^[0-9a-f]{32}$/.test(instanceId) ? readHost(layout, instanceId) : undefined;
  if (!host)
    throw new UserFault(`No token was made for the instance "${instanceId}"; ./longshore hosts lists those that joined.`);
  writeHost(layout, { ...host, revokedAt: host.revokedAt ?? new Date().toISOString() });
  await writeNatsConfig(layout, loadIdentities(layout), '127.0.0.1', Number(new URL(state.natsUrl).port));
  const broker = state.processes.find(({ name }) => name === NATS_PROCESS)?.process;
  // A broker that is just down reads it when it starts.
  if (broker) signal(broker, 'SIGHUP');
  if (!host.joinedAt) return say('The token can no longer be used.');
  say(`${host.hostName} is shut out. Its tasks count as lost when it has been silent for the grace; to remove its instance:`);
  say(`  ./longshore aws ecs deregister-container-instance --force --cluster ${host.cluster} --container-instance ${instanceId}`);
}
