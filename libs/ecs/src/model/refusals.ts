import { refuse } from '#lib/kernel';

/**
 * The errors of ECS, with its own sentences where they are known (reference: ecs-semantics §3.1). ECS answers 400 for all
 * client errors, 500 for ServerException.
 */
export const refusals = {
  client: (message: string) => refuse('ClientException', message),
  invalidParameter: (message: string) => refuse('InvalidParameterException', message),
  accessDenied: (message: string) => refuse('AccessDeniedException', message),
  clusterNotFound: () => refuse('ClusterNotFoundException', 'Cluster not found.'),
  serviceNotFound: () => refuse('ServiceNotFoundException', 'Service not found.'),
  serviceNotActive: () => refuse('ServiceNotActiveException', 'Service was not ACTIVE.'),
  targetNotFound: (message: string) => refuse('TargetNotFoundException', message),
  resourceNotFound: (message: string) => refuse('ResourceNotFoundException', message),
  limitExceeded: (message: string) => refuse('LimitExceededException', message),
  conflict: (message: string, resourceIds: readonly string[]) => refuse('ConflictException', message, { resourceIds }),
  of: refuse,
} as const;
