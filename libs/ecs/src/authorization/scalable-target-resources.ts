import type { Input, Resource } from './resource.js';

/**
 * What an operation of Application Auto Scaling is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html: a scalable target where its ARN is
 * given. Its id is not in its names, so operations that name the service are about everything.
 */
export function scalableTargetResourcesOf({ ResourceARN }: Input): readonly Resource[] {
  return typeof ResourceARN === 'string' && ResourceARN !== '' ? [{ arn: ResourceARN }] : [];
}
