import { refuse, type Refusal } from '#lib/kernel';
import type { DiscoveryService, Namespace } from './model.js';

/** Cloud Map's errors, with the members that their shapes have beside the message. */
export const refusals = {
  invalidInput: (message: string): Refusal => refuse('InvalidInput', message),
  namespaceNotFound: (name: string): Refusal => refuse('NamespaceNotFound', `Namespace '${name}' was not found.`),
  namespaceExists: ({ id, name, creatorRequestId }: Namespace): Refusal =>
    refuse('NamespaceAlreadyExists', `A namespace with the name '${name}' already exists.`, {
      NamespaceId: id,
      ...(creatorRequestId === undefined ? {} : { CreatorRequestId: creatorRequestId }),
    }),
  serviceNotFound: (name: string): Refusal => refuse('ServiceNotFound', `Service '${name}' was not found.`),
  serviceExists: ({ id, arn, name, creatorRequestId }: DiscoveryService): Refusal =>
    refuse('ServiceAlreadyExists', `A service with the name '${name}' already exists in the namespace.`, {
      ServiceId: id,
      ServiceArn: arn,
      ...(creatorRequestId === undefined ? {} : { CreatorRequestId: creatorRequestId }),
    }),
  instanceNotFound: (id: string): Refusal => refuse('InstanceNotFound', `Instance '${id}' was not found in the service.`),
  customHealthNotFound: (serviceId: string): Refusal =>
    refuse(
      'CustomHealthNotFound',
      `Service '${serviceId}' has no custom health check: create it with a HealthCheckCustomConfig.`,
    ),
  operationNotFound: (id: string): Refusal => refuse('OperationNotFound', `Operation '${id}' was not found.`),
  inUse: (message: string): Refusal => refuse('ResourceInUse', message),
  limitExceeded: (message: string): Refusal => refuse('ResourceLimitExceeded', message),
  resourceNotFound: (arn: string): Refusal => refuse('ResourceNotFoundException', `Resource '${arn}' was not found.`),
  tooManyTags: (ResourceName: string): Refusal =>
    refuse('TooManyTagsException', 'A resource can have at most 50 tags.', { ResourceName }),
  tooManyAttributes: (): Refusal =>
    refuse('ServiceAttributesLimitExceededException', 'A service can have at most 30 attributes.'),
} as const;
