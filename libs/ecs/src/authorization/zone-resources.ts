import type { Input, Resource } from './resource.js';

const CHANGES = new Set(['GetChange']);

/** As in https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html: zones and changes, of no account and no region. */
export function zoneResourcesOf(operation: string, { Id, HostedZoneId, ResourceId, ResourceIds }: Input): readonly Resource[] {
  const ids = [Id, HostedZoneId, ResourceId, ...(Array.isArray(ResourceIds) ? (ResourceIds as readonly unknown[]) : [])];
  const kind = CHANGES.has(operation) ? 'change' : 'hostedzone';
  return ids
    .filter((id) => typeof id === 'string' && id !== '')
    .map((id) => ({ arn: `arn:aws:route53:::${kind}/${(id as string).replace(/^\/?(hostedzone|change)\//, '')}` }));
}
