import type { Scope } from '#lib/kernel';
import type { EcsState } from '../model/state.js';

/**
 * A sentence for whoever finds no instance: the account has some, in another region. Most files of Terraform name theirs, and hosts are in the one
 * that the installation's first `up` said. Empty where that is not why.
 */
export function hostsElsewhere({ containerInstances }: EcsState, { accountId, region }: Scope): string {
  const regions = new Set<string>();
  for (const { accountId: of, region: its, status } of containerInstances.values()) {
    if (of !== accountId || status !== 'ACTIVE') continue;
    if (its === region) return '';
    regions.add(its);
  }
  if (regions.size === 0) return '';
  return ` This account's hosts are in ${[...regions].sort().join(', ')}, and this is ${region}: ./longshore up --region says where an installation's hosts are.`;
}
