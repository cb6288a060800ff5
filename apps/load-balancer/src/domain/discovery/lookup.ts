import { parseArn, type Scope } from '#lib/kernel';
import type { DiscoveryService, Namespace } from './model.js';
import { refusals } from './refusals.js';
import { type DiscoveryTables, namespaceNameKey, serviceNameKey } from './tables.js';

const SERVICE = 'servicediscovery';

export type ResourceKind = 'namespace' | 'service';

export const arnOf = ({ accountId, region }: Scope, kind: ResourceKind, id: string): string =>
  `arn:aws:${SERVICE}:${region}:${accountId}:${kind}/${id}`;

/** The id in an ARN of the kind, or what was given: requests may name things by either. */
function idOf(kind: ResourceKind, idOrArn: string): string {
  if (!idOrArn.startsWith('arn:')) return idOrArn;
  const parsed = parseArn(idOrArn);
  if (parsed?.service !== SERVICE || parsed.resourceType !== kind) {
    throw refusals.invalidInput(`'${idOrArn}' is not the id or the ARN of a ${kind}.`);
  }
  return parsed.resourceId;
}

const isOwn = (thing: Scope, scope: Scope) => thing.accountId === scope.accountId && thing.region === scope.region;

/** By id or ARN; what is another account's is not there. */
export function namespaceOf({ namespaces }: Pick<DiscoveryTables, 'namespaces'>, scope: Scope, idOrArn: string): Namespace {
  const found = namespaces.get(idOf('namespace', idOrArn));
  if (!found || !isOwn(found, scope)) throw refusals.namespaceNotFound(idOrArn);
  return found;
}

export function serviceOf(
  { discoveryServices }: Pick<DiscoveryTables, 'discoveryServices'>,
  scope: Scope,
  idOrArn: string,
): DiscoveryService {
  const found = discoveryServices.get(idOf('service', idOrArn));
  if (!found || !isOwn(found, scope)) throw refusals.serviceNotFound(idOrArn);
  return found;
}

export function namespaceNamed({ namespaces }: DiscoveryTables, scope: Scope, name: string): Namespace | undefined {
  for (const found of namespaces.by('name', namespaceNameKey(scope, name))) return found;
  return undefined;
}

export function serviceNamed(
  { discoveryServices }: DiscoveryTables,
  namespaceId: string,
  name: string,
): DiscoveryService | undefined {
  for (const found of discoveryServices.by('name', serviceNameKey(namespaceId, name))) return found;
  return undefined;
}
