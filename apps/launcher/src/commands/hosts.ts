import { revoked, type HostRecord } from '../joining/domain/enrolment.js';
import { UserFault } from '../terminal/fault.js';
import { describeInstances } from '../supervise/health.js';
import { listHosts, readHost, writeHost } from '../joining/host-records.js';
import type { Layout } from '../host/layout.js';
import { refuseAtBroker } from '../supervise/broker-files.js';
import { runningControlPlane, type RunState } from '../supervise/run-state.js';
import { ensureSecrets, regionOf } from '../host/secrets.js';
import { table } from '../terminal/table.js';
import { say } from '../terminal/terminal.js';

/** As many as DescribeContainerInstances takes. */
const INSTANCES_PER_QUESTION = 100;

/** What the first host knows of a host that joined: its own record, and what the API says of the instance. */
export interface KnownHost extends HostRecord {
  /** Of the instance: `ACTIVE`, `DRAINING`, `INACTIVE`; absent when it never registered. */
  readonly status?: string;
  readonly agentConnected?: boolean;
  readonly runningTasksCount?: number;
  /** The API did not say: why. */
  readonly problem?: string;
}

export async function knownHosts(layout: Layout, state: RunState): Promise<KnownHost[]> {
  const joined = listHosts(layout).filter((host) => host.joinedAt);
  const clusters = [...new Set(joined.map((host) => host.cluster))];
  const known = await Promise.all(
    clusters.map(async (cluster) => {
      const hosts = joined.filter((host) => host.cluster === cluster);
      const described: KnownHost[] = [];
      for (let from = 0; from < hosts.length; from += INSTANCES_PER_QUESTION)
        described.push(...(await describeHosts(layout, state, cluster, hosts.slice(from, from + INSTANCES_PER_QUESTION))));
      return described;
    }),
  );
  return known.flat();
}

async function describeHosts(
  layout: Layout,
  state: RunState,
  cluster: string,
  hosts: readonly HostRecord[],
): Promise<KnownHost[]> {
  const ids = hosts.map((host) => host.instanceId);
  const answer = await describeInstances(state.endpoint, { ...ensureSecrets(layout), region: regionOf(layout) }, cluster, ids);
  if ('problem' in answer) return hosts.map((host) => ({ ...host, problem: answer.problem }));
  return hosts.map((host) => {
    const found = answer.instances.find(({ containerInstanceArn }) => containerInstanceArn.endsWith(`/${host.instanceId}`));
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

function agentWord({ revokedAt, status, agentConnected, problem }: KnownHost): string {
  if (revokedAt) return 'shut out';
  if (problem !== undefined) return 'unknown: no API';
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
  writeHost(layout, revoked(host, new Date().toISOString()));
  await refuseAtBroker(layout, state);
  if (!host.joinedAt) return say('The token can no longer be used.');
  say(`${host.hostName} is shut out. Its tasks count as lost when it has been silent for the grace; to remove its instance:`);
  say(`  ./longshore aws ecs deregister-container-instance --force --cluster ${host.cluster} --container-instance ${instanceId}`);
}
