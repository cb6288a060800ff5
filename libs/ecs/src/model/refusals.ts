import { refuse, type Rejection } from '#lib/kernel';

/**
 * The errors of ECS, with its own sentences where they are known (reference: ecs-semantics §3.1). ECS answers 400 for all
 * client errors, 500 for ServerException.
 */
export const refusals = {
  client: (message: string) => refuse('ClientException', message),
  invalidParameter: (message: string) => refuse('InvalidParameterException', message),
  accessDenied: (message: string) => refuse('AccessDeniedException', message),
  clusterNotFound: () => refuse('ClusterNotFoundException', 'Cluster not found.'),
  instanceNotFound: () => refuse('InvalidParameterException', 'The referenced container instance was not found.'),
  serviceNotFound: () => refuse('ServiceNotFoundException', 'Service not found.'),
  serviceNotActive: () => refuse('ServiceNotActiveException', 'Service was not ACTIVE.'),
  namespaceNotFound: () => refuse('NamespaceNotFoundException', 'The specified namespace was not found.'),
  targetNotFound: (message: string) => refuse('TargetNotFoundException', message),
  resourceNotFound: (message: string) => refuse('ResourceNotFoundException', message),
  limitExceeded: (message: string) => refuse('LimitExceededException', message),
  conflict: (message: string, resourceIds: readonly string[]) => refuse('ConflictException', message, { resourceIds }),
  of: refuse,
} as const;

/**
 * Whether a container instance is not there, or its cluster is not (any more). The class of the first is that of other mistakes, too, so its
 * sentence is compared, which is written once.
 */
export function saysNoInstance({ code, message }: Rejection): boolean {
  const { rejection } = refusals.instanceNotFound();
  return code === 'ClusterNotFoundException' || (code === rejection.code && message === rejection.message);
}
