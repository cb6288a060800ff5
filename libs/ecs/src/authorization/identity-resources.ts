import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

/** What an operation of IAM is about: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export function identityResourcesOf(
  { RoleName, PolicyName, PolicyArn }: Input,
  { accountId }: Pick<Scope, 'accountId'>,
): readonly Resource[] {
  const arn = (rest: string): Resource => ({ arn: `arn:aws:iam::${accountId}:${rest}` });
  // A policy that is named beside a role is within it, or attached to it.
  if (typeof RoleName === 'string') return [arn(`role/${RoleName}`)];
  if (typeof PolicyArn === 'string') return [{ arn: PolicyArn }];
  return typeof PolicyName === 'string' ? [arn(`policy/${PolicyName}`)] : [];
}
