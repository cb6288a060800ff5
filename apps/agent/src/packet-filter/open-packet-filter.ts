import { packetFilterTable } from '#lib/names';
import { brokerAddresses } from './broker-addresses.js';
import { showBridgedPackets } from './bridged-packets.js';
import { ContainerPassage } from './container-passage.js';
import { Nft } from './nft.js';
import { PacketFilterLoop, type PacketFilterDeps } from './packet-filter-loop.js';
import { observePacketFilter } from './packet-filter-metrics.js';

/**
 * Undefined where this agent cannot filter packets (no root, no `nft`, an engine in another network than the agent): it says why, and the
 * host offers no tasks with addresses of their own, unless its operator says that they need no filter.
 */
export async function openPacketFilter({
  instanceId,
  seesBridges,
  engineBridge,
  containers,
  isReached,
  brokers,
  ...deps
}: Pick<PacketFilterDeps, 'memory' | 'overlays' | 'clock' | 'logger'> & {
  readonly instanceId: string;
  readonly seesBridges: boolean;
  readonly engineBridge: string | undefined;
  /** The range of its addresses. */
  readonly containers: string | undefined;
  /** By other machines. */
  readonly isReached: boolean;
  readonly brokers: readonly string[];
}): Promise<PacketFilterLoop | undefined> {
  const table = packetFilterTable(instanceId);
  const tables = new Nft(table);
  try {
    if (!seesBridges) throw new Error("The engine's bridge is not in this agent's network.");
    await showBridgedPackets();
    await tables.tryOut();
  } catch (error) {
    deps.logger.warn(
      { problem: (error as Error).message },
      'security groups cannot be enforced here, so awsvpc and Fargate are not offered; LONGSHORE_SECURITY_GROUPS=ignore offers them all the same',
    );
    return undefined;
  }
  const here = { senders: await brokerAddresses(brokers, deps.logger), containers };
  const { clock, logger } = deps;
  const passage =
    engineBridge === undefined ? undefined : new ContainerPassage({ owner: table, engineBridge, isReached, clock, logger });
  const loop = new PacketFilterLoop({ ...deps, here, table, tables, passage, showBridgedPackets });
  observePacketFilter(loop);
  return loop;
}
