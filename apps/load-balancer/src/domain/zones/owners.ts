import { sameCase } from '../discovery/tables.js';
import type { LoadBalancingState } from '../state.js';
import { upwards } from './names.js';

type Names = Pick<LoadBalancingState, 'namespaces' | 'hostedZones'>;

/**
 * The private DNS namespace of another account that a name is, or stands in. DNS is one tree for all accounts and its longest name answers: what stood
 * below it would take that account's names away.
 */
export function namespaceOfOther({ namespaces }: Names, accountId: string, name: string): string | undefined {
  for (const one of upwards(sameCase(name))) {
    for (const namespace of namespaces.by('dnsName', one)) if (namespace.accountId !== accountId) return namespace.name;
  }
  return undefined;
}

/** The hosted zone of another account, likewise. */
export function zoneOfOther({ hostedZones }: Names, accountId: string, name: string): string | undefined {
  for (const one of upwards(sameCase(name))) {
    for (const zone of [...hostedZones.by('publicName', one), ...hostedZones.by('privateName', one)])
      if (zone.accountId !== accountId) return zone.name;
  }
  return undefined;
}

export const isOfOther = (state: Names, accountId: string, name: string): boolean =>
  namespaceOfOther(state, accountId, name) !== undefined || zoneOfOther(state, accountId, name) !== undefined;
