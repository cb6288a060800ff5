import type { Cluster } from '../model/cluster.js';
import { clusterArn, isOwnArn, serviceArn, type ServiceArn } from '../model/ids.js';
import { parseArn, type Scope } from '#lib/kernel';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { Found } from './lookup.js';
import { refusals } from '../model/refusals.js';

const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;

export function checkServiceName(name: string | undefined): string {
  if (name !== undefined && NAME.test(name)) return name;
  throw refusals.invalidParameter(
    `Invalid service name ${name ?? ''}: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.`,
  );
}

/** The service of any status, from its name, short ARN or long ARN; a service of another cluster or scope is never found. */
export function findService(state: EcsState, scope: Scope, cluster: Cluster, nameOrArn: string): Found<ServiceArn, Service> {
  const arn = nameOrArn.startsWith('arn:') ? arnOf(scope, cluster, nameOrArn) : nameArn(scope, cluster, nameOrArn);
  const found = state.services.get(arn);
  return { arn, found: found?.clusterArn === cluster.clusterArn ? found : undefined };
}

const nameArn = (scope: Scope, cluster: Cluster, name: string) => serviceArn(scope, cluster.clusterName, checkServiceName(name));

function arnOf(scope: Scope, cluster: Cluster, text: string): ServiceArn {
  const parsed = parseArn(text);
  if (parsed?.service !== 'ecs' || parsed.resourceType !== 'service') {
    throw refusals.invalidParameter(`Invalid identifier: ${text} is not the ARN of an ECS service`);
  }
  const segments = parsed.resourceId.split('/');
  if (!isOwnArn(parsed, scope)) return text as ServiceArn;
  // The old short form has no cluster in it.
  if (segments.length === 1) return serviceArn(scope, cluster.clusterName, segments[0]!);
  if (segments.length > 2) throw refusals.invalidParameter('Invalid identifier: Unexpected number of separators');
  if (clusterArn(scope, segments[0]!) !== cluster.clusterArn) {
    throw refusals.invalidParameter(
      `Invalid identifier: Identifier is for cluster ${segments[0]}. Your cluster is ${cluster.clusterName}`,
    );
  }
  return text as ServiceArn;
}

/** A service that is not INACTIVE, or ServiceNotFoundException. */
export function resolveService(state: EcsState, scope: Scope, cluster: Cluster, nameOrArn: string): Service {
  const { found } = findService(state, scope, cluster, nameOrArn);
  if (!found || found.status === 'INACTIVE') throw refusals.serviceNotFound();
  return found;
}
