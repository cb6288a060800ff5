import type { Service, ServiceConnect, Task } from '#lib/ecs/model';
import { parseArn, scopeKey } from '#lib/kernel';
import { isOfOther } from '../zones/owners.js';
import type { ZoneState } from '../zones/zone-answers.js';
import type { DiscoveryView } from './rule-types.js';
import { namespaceNameKey } from './tables.js';

type View = Pick<DiscoveryView, 'ecs' | 'namespaces'> & ZoneState;

/** `several`: who asks is nobody that is known, and the name means another service in each of several namespaces. */
export type AliasMeaning = Service | 'several' | undefined;

/**
 * The service that a name of Service Connect leads to. A task whose address says who it is sees the namespace that its service takes part in, and no
 * other. Of anybody else (tasks that have their host's address, or that it hides; hosts) nothing is known but the name.
 */
export function aliasMeaning(view: View, name: string, asker: string | undefined): AliasMeaning {
  const { ecs } = view;
  const tasks = asker === undefined ? [] : [...ecs.tasks.by('address', asker)];
  const seen = new Set(tasks.map((task) => namespaceOfClient(view, task)));
  const meanings = new Map<string, Service>();
  for (const service of ecs.services.by('alias', name)) {
    const key = namespaceKey(view, service, service.deployments[0]?.serviceConnectConfiguration);
    if (key === undefined || isOfOther(view, service.accountId, name)) continue;
    if (tasks.length === 0 || seen.has(key)) meanings.set(key, service);
  }
  if (meanings.size > 1) return 'several';
  const [only] = meanings.values();
  return only;
}

function namespaceOfClient(view: View, { replica }: Task): string | undefined {
  const service = replica && view.ecs.services.get(replica.serviceArn);
  const deployment = service?.deployments.find(({ id }) => id === replica?.deploymentId);
  return service && namespaceKey(view, service, deployment?.serviceConnectConfiguration);
}

/** The same for every way in which services name a namespace. */
function namespaceKey({ namespaces }: View, service: Service, connect: ServiceConnect | undefined): string | undefined {
  const { enabled, namespace } = connect ?? {};
  if (!enabled || namespace === undefined) return undefined;
  if (!namespace.startsWith('arn:')) return namespaceNameKey(service, namespace);
  const known = namespaces.get(parseArn(namespace)?.resourceId ?? '');
  return known ? namespaceNameKey(known, known.name) : `${scopeKey(service)} ${namespace}`;
}
