import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

/**
 * What an operation of ECR is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html: repositories, where it
 * names some.
 */
export function registryResourcesOf(input: Input, { accountId, region }: Scope): readonly Resource[] {
  const { registryId = accountId, repositoryName, repositoryNames = [repositoryName], resourceArn } = input;
  if (typeof resourceArn === 'string') return [{ arn: resourceArn }];
  const names = Array.isArray(repositoryNames) ? (repositoryNames as readonly unknown[]) : [];
  return names.flatMap((name) =>
    typeof name === 'string' ? [{ arn: `arn:aws:ecr:${region}:${String(registryId)}:repository/${name}` }] : [],
  );
}
