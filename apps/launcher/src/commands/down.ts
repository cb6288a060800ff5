import Docker from 'dockerode';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { controlGroupPrefix, PACKET_FILTER_FAMILIES, packetFilterTable } from '#lib/names';
import { removeControlGroups } from '#lib/platform';
import { findProgram, run } from '../host/command.js';
import { dockerSocket, engineAnswers } from '../host/docker-engine.js';
import { UserFault } from '../terminal/fault.js';
import { readJoined, type JoinedHost } from '../joining/joined-host-file.js';
import type { Layout } from '../host/layout.js';
import { endHaproxy, endLeftovers } from '../supervise/leftovers.js';
import { lockHolder } from '../supervise/lock.js';
import { terminate } from '../host/process-identity.js';
import { say } from '../terminal/terminal.js';

/** The agent labels every container with its instance (apps/agent/src/domain/container-spec.ts). */
const INSTANCE_LABEL = 'longshore.container-instance-id';
/** Of the network that gives a host the address of its tasks’ endpoint, and of those of VPCs (apps/agent/src/docker). */
const NETWORK_LABELS = ['longshore.task-endpoint', 'longshore.vpc-network'];
/** The supervisor gives its children 10 s, then the broker the same. */
const SUPERVISOR_GRACE_MS = 30_000;

export interface DownOptions {
  readonly purge?: boolean;
  readonly yes?: boolean;
}

/** Stops the control plane; with `purge` also removes this installation's containers and data. */
export async function down(layout: Layout, options: DownOptions): Promise<void> {
  const joined = readJoined(layout);
  if (options.purge && !options.yes) await confirmPurge(layout, joined);
  const supervisor = lockHolder(layout.lock);
  if (supervisor) await terminate([supervisor], SUPERVISOR_GRACE_MS);
  // A supervisor that was killed, now or earlier, leaves its children.
  const leftovers = await endLeftovers(layout.data);
  await endHaproxy(layout.data);
  if (!options.purge)
    return say(
      supervisor || leftovers > 0
        ? 'Stopped. Running tasks go on; the next ./longshore up finds them again.'
        : 'Longshore is not running.',
    );
  const containers = await removeContainers(layout);
  removeData(layout);
  if (!joined) return say(`Removed ${containers} containers, the journal and all other data of this checkout.`);
  say(`Removed ${containers} containers and this host's identity. The control plane still lists its instance; there:`);
  say(`  ./longshore hosts revoke ${joined.instanceId}`);
  say(`  ./longshore aws ecs deregister-container-instance --force --container-instance ${joined.instanceId}`);
}

async function confirmPurge(layout: Layout, joined: JoinedHost | undefined): Promise<void> {
  const what = joined ? "this host's tasks and its identity" : 'all tasks, the journal and the keys';
  if (!process.stdin.isTTY) throw new UserFault(`down --purge deletes ${what} for ever: add --yes to confirm that.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Delete ${what} in ${layout.data}? This cannot be undone. [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserFault('Nothing was deleted.');
}

/** Containers and volumes of this checkout's instances only: another installation may use the same engine. */
async function removeContainers(layout: Layout): Promise<number> {
  if (!(await engineAnswers(dockerSocket()))) return 0;
  const docker = new Docker({ socketPath: dockerSocket() });
  let removed = 0;
  for (const instanceId of localInstanceIds(layout)) {
    const filters = { label: [`${INSTANCE_LABEL}=${instanceId}`] };
    for (const { Id } of await docker.listContainers({ all: true, filters })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
      removed += 1;
    }
    // The engine removes only nameless volumes with their container; those of scope `task` have names. Shared ones carry no label: they stay.
    const { Volumes } = await docker.listVolumes({ filters });
    for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
    await removePacketFilter(instanceId);
    await removeOverlays(instanceId);
    await removeTaskGroups(instanceId);
  }
  await removeNetworks(docker);
  return removed;
}

/** What its agent left in the kernel's packet filter. One that is not there, or a host without `nft`, has nothing to remove. */
async function removePacketFilter(instanceId: string): Promise<void> {
  if (!findProgram('nft')) return;
  for (const family of PACKET_FILTER_FAMILIES) await run('nft', ['delete', 'table', family, packetFilterTable(instanceId)]);
}

/** Its tasks' control groups: slices where systemd makes them, else directories beside the engine's own groups. */
async function removeTaskGroups(instanceId: string): Promise<void> {
  const prefix = controlGroupPrefix(instanceId);
  if (existsSync('/run/systemd/system')) await run('systemctl', ['stop', `system-${prefix}*.slice`]);
  await removeControlGroups((present) => present.filter((name) => name.startsWith(prefix)));
}

/** The devices by which its agent reached tasks on other hosts. */
async function removeOverlays(instanceId: string): Promise<void> {
  if (!findProgram('ip')) return;
  const { code, stdout } = await run('ip', ['-json', '-d', 'link', 'show', 'type', 'vxlan']);
  if (code !== 0) return;
  const links = JSON.parse(stdout.trim() || '[]') as readonly { readonly ifname?: string; readonly ifalias?: string }[];
  for (const { ifname, ifalias } of links) {
    if (ifname !== undefined && ifalias === packetFilterTable(instanceId)) await run('ip', ['link', 'del', 'dev', ifname]);
  }
}

/** Other installations on this engine have the same ones: their agents answer at the same address, and their tasks are neighbours. */
async function removeNetworks(docker: Docker): Promise<void> {
  if ((await docker.listContainers({ all: true, filters: { label: [INSTANCE_LABEL] } })).length > 0) return;
  const listed = await Promise.all(NETWORK_LABELS.map((label) => docker.listNetworks({ filters: { label: [label] } })));
  for (const { Id } of listed.flat()) await docker.getNetwork(Id).remove();
}

function localInstanceIds(layout: Layout): string[] {
  if (!existsSync(layout.agents)) return [];
  return readdirSync(layout.agents)
    .map((name) => join(layout.agents, name, 'instance-id'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());
}

/** Everything but the downloads. */
function removeData(layout: Layout): void {
  if (!existsSync(layout.data)) return;
  for (const name of readdirSync(layout.data)) {
    const path = join(layout.data, name);
    if (path !== layout.bin) rmSync(path, { recursive: true, force: true });
  }
}
