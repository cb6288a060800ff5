import { beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf, ImagesWorld } from '../../../../test/support/images-world.js';

const NAME = { repositoryName: 'team/web' };

describe('a repository', () => {
  let world: ImagesWorld;
  beforeEach(() => {
    world = new ImagesWorld();
  });
  const described = () => world.ask('DescribeRepositories', { repositoryNames: ['team/web'] }).repositories[0];

  it('reads back as it was made, and with what ECR adds', () => {
    const given = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/images' },
    };
    const { repository } = world.ok('CreateRepository', { ...NAME, ...given, tags: [{ Key: 'team', Value: 'a' }] });
    expect(repository).toMatchObject(given);
    expect(described()).toEqual(repository);
    expect(repository).toMatchObject({
      repositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/team/web',
      registryId: '000000000000',
      repositoryUri: '000000000000/us-east-1/team/web',
    });
    expect(world.ask('ListTagsForResource', { resourceArn: repository.repositoryArn })).toEqual({
      tags: [{ Key: 'team', Value: 'a' }],
    });
    world.ok('CreateRepository', { repositoryName: 'plain' });
    expect(world.ask('DescribeRepositories', { repositoryNames: ['plain'] }).repositories[0]).toMatchObject({
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    });
  });

  it('is there once, is deleted when it is empty or by force, and is nobody else’s', () => {
    world.ok('CreateRepository', NAME);
    expect(world.refusal('CreateRepository', NAME)).toBe(
      "RepositoryAlreadyExistsException: The repository with name 'team/web' already exists in the registry with id '000000000000'",
    );
    expect(world.refusal('DescribeRepositories', { repositoryNames: ['team/web'], registryId: '111122223333' })).toBe(
      "RepositoryNotFoundException: The repository with name 'team/web' does not exist in the registry with id '111122223333'",
    );
    world.push('team/web', 'one', '1');
    expect(world.refusal('DeleteRepository', NAME)).toContain('RepositoryNotEmptyException');
    expect(world.ok('DeleteRepository', { ...NAME, force: true }).repository).toMatchObject(NAME);
    expect([world.state.images.size, world.state.imageTags.size]).toEqual([0, 0]);
    expect(world.refusal('DeleteRepository', NAME)).toContain('RepositoryNotFoundException');
  });

  it('keeps its policy as it was given, and tells of none', () => {
    world.ok('CreateRepository', NAME);
    const policyText = '{ "Statement":\n {"Effect": "Allow", "Principal": "*", "Action": "ecr:*"} }';
    expect(world.refusal('GetRepositoryPolicy', NAME)).toContain('RepositoryPolicyNotFoundException');
    world.ok('SetRepositoryPolicy', { ...NAME, policyText });
    expect(world.ask('GetRepositoryPolicy', NAME).policyText).toBe(policyText);
    for (const bad of ['no', '[]', '{}', 'null', '{"Statement":[]}', '{"Statement":[{"Effect":"Allow"}]}', '{"Statement":["x"]}'])
      expect(world.refusal('SetRepositoryPolicy', { ...NAME, policyText: bad })).toContain('Invalid repository policy provided');
    expect(world.ok('DeleteRepositoryPolicy', NAME).policyText).toBe(policyText);
    expect(world.refusal('DeleteRepositoryPolicy', NAME)).toContain('RepositoryPolicyNotFoundException');
  });
});

describe('an image', () => {
  let world: ImagesWorld;
  const make = (more: object = {}) => world.ok('CreateRepository', { ...NAME, ...more });
  const remove = (...imageIds: object[]) => world.ok('BatchDeleteImage', { ...NAME, imageIds });
  beforeEach(() => {
    world = new ImagesWorld();
  });

  it('has its tags, which move to what is pushed under them', () => {
    make();
    const one = world.push('team/web', 'one', '1');
    world.push('team/web', 'one', 'latest');
    const two = world.push('team/web', 'two', 'latest');
    const of = (imageTag: string) => world.ask('DescribeImages', { ...NAME, imageIds: [{ imageTag }] }).imageDetails[0];
    expect(of('latest')).toMatchObject({ imageDigest: two, imageTags: ['latest'], imageSizeInBytes: 100 });
    expect(of('1')).toMatchObject({ imageDigest: one, imageTags: ['1'] });
    expect(world.pushRefusal('team/web', 'two', 'latest')).toContain('ImageAlreadyExistsException');
    expect(world.refusal('DescribeImages', { ...NAME, imageIds: [{ imageTag: 'none' }] })).toContain(
      "ImageNotFoundException: The image with imageId {imageDigest:'null', imageTag:'none'} does not exist",
    );
  });

  it('is not replaced under an immutable tag, and what is excluded is', () => {
    make({ imageTagMutability: 'IMMUTABLE' });
    world.push('team/web', 'one', '1');
    expect(world.pushRefusal('team/web', 'two', '1')).toBe(
      "ImageTagAlreadyExistsException: The image tag '1' already exists in the 'team/web' repository and cannot be overwritten because the tag is immutable.",
    );
    world.push('team/web', 'one', 'another');
    const imageTagMutabilityExclusionFilters = [{ filterType: 'WILDCARD', filter: 'an*er' }];
    world.ok('PutImageTagMutability', {
      ...NAME,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters,
    });
    world.push('team/web', 'two', 'another');
    expect(world.pushRefusal('team/web', 'two', '1')).toContain('ImageTagAlreadyExistsException');
  });

  it('goes with its last tag, and by digest with all of them', () => {
    make();
    const one = world.push('team/web', 'one', '1');
    world.push('team/web', 'one', 'latest');
    expect(remove({ imageTag: '1' })).toEqual({ imageIds: [{ imageDigest: one, imageTag: '1' }], failures: [] });
    expect(world.digests('team/web')).toEqual([one]);
    expect(remove({ imageTag: 'latest' }).imageIds).toEqual([{ imageDigest: one, imageTag: 'latest' }]);
    expect(world.digests('team/web')).toEqual([]);
    world.push('team/web', 'one', '1');
    world.push('team/web', 'one', '2');
    expect(remove({ imageDigest: one }, { imageTag: 'none' }, {})).toEqual({
      imageIds: ['1', '2'].map((imageTag) => ({ imageDigest: one, imageTag })),
      failures: [
        expect.objectContaining({ failureCode: 'ImageNotFound', failureReason: 'Requested image not found' }),
        expect.objectContaining({ failureCode: 'MissingDigestAndTag' }),
      ],
    });
  });

  it('that a list names stays as long as the list, whose size is that of its images', () => {
    make();
    const [one, two] = [world.push('team/web', 'one'), world.push('team/web', 'two')];
    const list = world.list('team/web', ['one', 'two'], 'all');
    expect(world.ask('DescribeImages', { ...NAME, imageIds: [{ imageTag: 'all' }] }).imageDetails[0]).toMatchObject({
      imageSizeInBytes: 200,
    });
    expect(remove({ imageDigest: one }).failures).toEqual([
      expect.objectContaining({ failureCode: 'ImageReferencedByManifestList' }),
    ]);
    expect(remove({ imageDigest: list }, { imageDigest: one }, { imageDigest: two }).failures).toEqual([]);
    expect(world.digests('team/web')).toEqual([]);
    expect(() => world.list('team/web', ['none'])).toThrow(digestOf('none'));
  });

  it('is not scanned: ECR’s words where findings are asked for, a sentence where a scan is', () => {
    make();
    world.push('team/web', 'one', '1');
    const id = { ...NAME, imageId: { imageTag: '1' } };
    expect(world.refusal('DescribeImageScanFindings', id)).toContain('ScanNotFoundException: Image scan does not exist');
    expect(world.refusal('StartImageScan', id)).toContain('ValidationException: Longshore scans no images');
  });
});
