import type { Commit } from '#lib/journal';
import { ImagesWorld } from '../../support/images-world.js';

/** Repositories, their policies, and images that come, move and go. */
export function recordImages(): Commit[] {
  const world = new ImagesWorld();
  const name = { repositoryName: 'team/web' };
  world.ok('CreateRepository', { ...name, imageTagMutability: 'MUTABLE', tags: [{ Key: 'team', Value: 'a' }] });
  const resourceArn = 'arn:aws:ecr:us-east-1:000000000000:repository/team/web';
  world.ok('TagResource', { resourceArn, tags: [{ Key: 'b', Value: '2' }] });
  world.ok('UntagResource', { resourceArn, tagKeys: ['team'] });
  world.ok('SetRepositoryPolicy', { ...name, policyText: '{"Version":"2012-10-17","Statement":[]}' });
  world.ok('DeleteRepositoryPolicy', name);
  for (const [of, tag] of [
    ['one', '1'],
    ['two', '2'],
    ['three', undefined],
  ] as const)
    world.push('team/web', of, tag);
  world.push('team/web', 'one', 'latest');
  world.list('team/web', ['one', 'two'], 'all');
  world.ok('BatchDeleteImage', { ...name, imageIds: [{ imageTag: 'latest' }] });
  const rule = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 };
  const rules = [{ rulePriority: 1, selection: rule, action: { type: 'expire' } }];
  world.ok('StartLifecyclePolicyPreview', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.push('team/web', 'four');
  world.ok('PutLifecyclePolicy', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.ok('Expire');
  world.ok('DeleteLifecyclePolicy', name);
  world.ok('PutImageTagMutability', { ...name, imageTagMutability: 'IMMUTABLE' });
  world.ok('CreateRepository', { repositoryName: 'gone' });
  world.ok('DeleteRepository', { repositoryName: 'gone' });
  return world.commits;
}

/** What the account's registry is told as a whole. */
export function recordRegistrySettings(): Commit[] {
  const world = new ImagesWorld();
  world.ok('PutRegistryPolicy', { policyText: '{"Version":"2012-10-17","Statement":[]}' });
  world.ok('DeleteRegistryPolicy');
  const rules = [{ destinations: [{ region: 'eu-west-1', registryId: '000000000000' }] }];
  world.ok('PutReplicationConfiguration', { replicationConfiguration: { rules } });
  const repositoryFilters = [{ filter: '*', filterType: 'WILDCARD' }];
  world.ok('PutRegistryScanningConfiguration', { rules: [{ scanFrequency: 'SCAN_ON_PUSH', repositoryFilters }] });
  world.ok('PutAccountSetting', { name: 'BLOB_MOUNTING', value: 'ENABLED' });
  return world.commits;
}

/** Policies of a repository that are deleted: what they were is said again. */
export function recordDeletedPolicies(): Commit[] {
  const world = new ImagesWorld();
  const name = { repositoryName: 'team/web' };
  world.ok('CreateRepository', name);
  world.ok('SetRepositoryPolicy', { ...name, policyText: '{"Version":"2012-10-17","Statement":[]}' });
  world.ok('DeleteRepositoryPolicy', name);
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 };
  const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }];
  world.ok('PutLifecyclePolicy', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.ok('DeleteLifecyclePolicy', name);
  return world.commits;
}
