import { hash } from 'node:crypto';

/** In how many parts log groups are divided: each is served by one log aggregator at a time. For ever: files are named by it. */
export const LOG_PARTITIONS = 16;

/** Where a log group's lines are kept. `accountId`, `region`: the group's own. */
export function partitionOf(group: { readonly accountId: string; readonly region: string; readonly logGroup: string }): number {
  const digest = hash('sha256', `${group.accountId}\u0000${group.region}\u0000${group.logGroup}`);
  return Number.parseInt(digest.slice(0, 8), 16) % LOG_PARTITIONS;
}
