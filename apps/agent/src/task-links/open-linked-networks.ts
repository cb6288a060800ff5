import { join } from 'node:path';
import { packetFilterTable } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import type { EngineInfo } from '../ports.js';
import { LinkedNetworks, type LinkedNetworksDeps } from './linked-networks.js';
import { TaskLinkLoop } from './task-link-loop.js';
import { TaskLinks } from './task-links.js';

/**
 * Undefined where this agent cannot connect tasks with the networks of VPCs (no root, no iproute2, an engine in another network than the
 * agent): it says why, and the host offers no tasks with addresses of their own.
 */
export async function openLinkedNetworks({
  info,
  instanceId,
  seesBridges,
  clock,
  logger,
  ...deps
}: Pick<LinkedNetworksDeps, 'bridges' | 'resolvConf'> & {
  readonly info: Pick<EngineInfo, 'directory'>;
  readonly instanceId: string;
  readonly seesBridges: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<{ readonly networks: LinkedNetworks; readonly loop: TaskLinkLoop } | undefined> {
  const links = new TaskLinks(packetFilterTable(instanceId));
  try {
    if (!seesBridges) throw new Error("The engine's bridge is not in this agent's network.");
    if (info.directory === undefined) throw new Error('The engine does not say where it keeps its containers.');
    const networks = new LinkedNetworks({ ...deps, links, containers: join(info.directory, 'containers') });
    await networks.tryOut();
    return { networks, loop: new TaskLinkLoop({ links, networks, clock, logger }) };
  } catch (error) {
    const problem = (error as Error).message;
    logger.warn({ problem }, 'tasks cannot be given addresses of their own here, so awsvpc and Fargate are not offered');
    return undefined;
  }
}
