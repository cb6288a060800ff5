import Docker from 'dockerode';
import { existsSync } from 'node:fs';
import { controlGroupPrefix, PACKET_FILTER_FAMILIES, packetFilterTable, PASSAGE_CHAIN } from '#lib/names';
import { removeControlGroups } from '#lib/platform';
import { findProgram, run } from './command.js';
import { dockerSocket, engineAnswers } from './docker-engine.js';

/** The agent labels every container with its instance (apps/agent/src/domain/container-spec.ts). */
export const INSTANCE_LABEL = 'longshore.container-instance-id';

/**
 * What a container instance of this host has left when its agent runs no more: its containers, volumes and rules. Returns how many
 * containers there were.
 */
export async function removeInstance(instanceId: string): Promise<number> {
  let removed = 0;
  if (await engineAnswers(dockerSocket())) {
    const docker = new Docker({ socketPath: dockerSocket() });
    const filters = { label: [`${INSTANCE_LABEL}=${instanceId}`] };
    for (const { Id } of await docker.listContainers({ all: true, filters })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
      removed += 1;
    }
    // The engine removes only nameless volumes with their container; those of scope `task` have names. Shared ones carry no label: they stay.
    const { Volumes } = await docker.listVolumes({ filters });
    for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
  }
  await removePacketFilter(instanceId);
  await removePassage(instanceId);
  await removeLinks(instanceId);
  await removeTaskGroups(instanceId);
  return removed;
}

/** What its agent left in the kernel's packet filter. One that is not there, or a host without `nft`, has nothing to remove. */
async function removePacketFilter(instanceId: string): Promise<void> {
  if (!findProgram('nft')) return;
  for (const family of PACKET_FILTER_FAMILIES) await run('nft', ['delete', 'table', family, packetFilterTable(instanceId)]);
}

/** The rules by which its agent let the engine's containers and its tasks reach each other. */
async function removePassage(instanceId: string): Promise<void> {
  if (!findProgram('iptables')) return;
  const { stdout } = await run('iptables', ['-w', '5', '-S', PASSAGE_CHAIN]);
  for (const line of stdout.split('\n')) {
    const rule = line.split(' ').slice(2);
    if (rule.includes(packetFilterTable(instanceId))) await run('iptables', ['-w', '5', '-D', PASSAGE_CHAIN, ...rule]);
  }
}

/** Its tasks' control groups: slices where systemd makes them, else directories beside the engine's own groups. */
async function removeTaskGroups(instanceId: string): Promise<void> {
  const prefix = controlGroupPrefix(instanceId);
  if (existsSync('/run/systemd/system')) await run('systemctl', ['stop', `system-${prefix}*.slice`]);
  await removeControlGroups((present) => present.filter((name) => name.startsWith(prefix)));
}

/** The devices by which its agent reached tasks on other hosts, and those of its own tasks that the kernel has not taken away yet. */
async function removeLinks(instanceId: string): Promise<void> {
  if (!findProgram('ip')) return;
  const { code, stdout } = await run('ip', ['-json', 'link', 'show']);
  if (code !== 0) return;
  const links = JSON.parse(stdout.trim() || '[]') as readonly { readonly ifname?: string; readonly ifalias?: string }[];
  for (const { ifname, ifalias = '' } of links) {
    // Overlays bear the agent's name, links of tasks where they lead behind it.
    if (ifname !== undefined && ifalias.split('/')[0] === packetFilterTable(instanceId))
      await run('ip', ['link', 'del', 'dev', ifname]);
  }
}
