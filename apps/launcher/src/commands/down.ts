import Docker from 'dockerode';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { dockerSocket, engineAnswers } from '../host/docker-engine.js';
import { INSTANCE_LABEL, removeInstance } from '../host/instance-remains.js';
import { UserFault } from '../terminal/fault.js';
import { readJoined, type JoinedHost } from '../joining/joined-host-file.js';
import type { Layout } from '../host/layout.js';
import { endHaproxy, endLeftovers } from '../supervise/leftovers.js';
import { lockHolder } from '../supervise/lock.js';
import { terminate } from '../host/process-identity.js';
import { say } from '../terminal/terminal.js';

/** Of the network that gives a host the address of its tasks’ endpoint, and of those of VPCs (apps/agent/src/docker). */
const ENDPOINT_LABEL = 'longshore.task-endpoint';
const VPC_NETWORK_LABEL = 'longshore.vpc-network';
const BRIDGE_NAME = 'com.docker.network.bridge.name';
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
  let removed = 0;
  for (const instanceId of localInstanceIds(layout)) removed += await removeInstance(instanceId);
  await removeNetworks(new Docker({ socketPath: dockerSocket() }));
  return removed;
}

/**
 * Other installations on this engine have the same endpoint, and tasks in the networks of VPCs. Of these only those go then on which nobody is:
 * whoever needs one makes it again.
 */
async function removeNetworks(docker: Docker): Promise<void> {
  const isShared = (await docker.listContainers({ all: true, filters: { label: [INSTANCE_LABEL] } })).length > 0;
  const labelled = (label: string) => docker.listNetworks({ filters: { label: [label] } });
  const vpcs = (await labelled(VPC_NETWORK_LABEL)).filter(({ Options }) => !isShared || isIdle(Options?.[BRIDGE_NAME] ?? ''));
  for (const { Id } of [...vpcs, ...(isShared ? [] : await labelled(ENDPOINT_LABEL))]) await docker.getNetwork(Id).remove();
}

/** Docker does not know who is on a bridge: agents put tasks there themselves. */
function isIdle(bridge: string): boolean {
  const members = `/sys/class/net/${bridge}/brif`;
  return !existsSync(members) || readdirSync(members).length === 0;
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
