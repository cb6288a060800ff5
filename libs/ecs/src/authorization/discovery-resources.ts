import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Operations whose `Id` names a namespace; of the others it names a service. */
const OF_NAMESPACES = /Namespace$/;

/**
 * What an operation of Cloud Map is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html: a service or a namespace by its id or ARN;
 * what is made has no id yet, and discovery goes by names.
 */
export function discoveryResourcesOf(operation: string, input: Input, { accountId, region }: Scope): readonly Resource[] {
  const arnOf = (kind: string, idOrArn: string) => ({
    arn: idOrArn.startsWith('arn:') ? idOrArn : `arn:aws:servicediscovery:${region}:${accountId}:${kind}/${idOrArn}`,
  });
  const [id, serviceId, tagged] = [text(input.Id), text(input.ServiceId), text(input.ResourceARN)];
  if (tagged) return [{ arn: tagged }];
  if (serviceId) return [arnOf('service', serviceId)];
  if (id) return [arnOf(OF_NAMESPACES.test(operation) ? 'namespace' : 'service', id)];
  const namespaceId = text(input.NamespaceId) ?? text((input.DnsConfig as Input | undefined)?.NamespaceId);
  return operation === 'CreateService' && namespaceId ? [arnOf('namespace', namespaceId)] : [];
}
