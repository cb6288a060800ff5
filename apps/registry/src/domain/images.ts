import { paginate, pageReply } from '#lib/kernel';
import { event, type RegistryEvents } from './events.js';
import { findImage, imagesOf, isImmutable, listsWith, type OfRepositoryInput, repositoryOf, tagsOf } from './lookup.js';
import type { Image, Repository } from './model.js';
import { type ImageId, refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { imageKey, type RegistryState, repositoryKey, tagKey } from './state.js';

/** Once its manifest and layers are stored. */
export interface PushInput extends OfRepositoryInput {
  readonly imageTag?: string;
  readonly imageDigest: string;
  readonly mediaType: string;
  readonly artifactMediaType?: string;
  readonly sizeBytes: number;
  readonly lists?: readonly string[];
}

const putImage: CommandRule<PushInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const repository = repositoryOf(state, { accountId, region }, input);
    const { imageDigest: digest, imageTag: tag, mediaType, artifactMediaType, lists } = input;
    const { name } = repository;
    const taggedNow = tag === undefined ? undefined : state.imageTags.get(tagKey(repository, name, tag))?.digest;
    const isThere = state.images.has(imageKey(repository, name, digest));
    if (isThere && (tag === undefined || taggedNow === digest)) throw refusals.imageExists(digest, tag, name, accountId);
    if (taggedNow !== undefined && isImmutable(repository, tag!)) throw refusals.tagExists(tag!, name);
    if (isThere) return [event('ImageTagged', { accountId, region, repository: name, digest, tag: tag! })];
    const members = (lists ?? []).map((one) => state.images.get(imageKey(repository, name, one)) ?? one);
    const missing = members.filter((one) => typeof one === 'string');
    if (missing.length > 0) throw refusals.missingMembers(missing, name, accountId);
    const sizeBytes = (members as readonly Image[]).reduce((sum, one) => sum + one.sizeBytes, input.sizeBytes);
    return [
      event('ImagePushed', {
        accountId,
        region,
        repository: name,
        digest,
        mediaType,
        ...(artifactMediaType === undefined ? {} : { artifactMediaType }),
        sizeBytes,
        ...(lists === undefined ? {} : { lists }),
        ...(tag === undefined ? {} : { tag }),
      }),
    ];
  },
  reply: (_state, { repositoryName, imageDigest, imageTag, mediaType }, _events, { accountId }) => ({
    registryId: accountId,
    repositoryName,
    imageId: { imageDigest, ...(imageTag === undefined ? {} : { imageTag }) },
    imageManifestMediaType: mediaType,
  }),
};

interface Failure {
  readonly imageId: ImageId;
  readonly failureCode: string;
  readonly failureReason: string;
}
const failed = (imageId: ImageId, failureCode: string, failureReason: string): Failure => ({
  imageId,
  failureCode,
  failureReason,
});

/** One of the images that an operation names; or why not, in ECR's words. */
export function imageMeant(state: RegistryState, repository: Repository, id: ImageId): Image | Failure {
  if (id.imageDigest === undefined && id.imageTag === undefined)
    return failed(id, 'MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null');
  if (id.imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(id.imageDigest))
    return failed(
      id,
      'InvalidImageDigest',
      `Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`,
    );
  const found = findImage(state, repository, id);
  if (found) return found;
  const isOfAnother = id.imageTag !== undefined && findImage(state, repository, { imageTag: id.imageTag });
  return isOfAnother
    ? failed(id, 'ImageTagDoesNotMatchDigest', 'The tag is of another image than the digest')
    : failed(id, 'ImageNotFound', 'Requested image not found');
}
export const isFailure = (one: Image | Failure): one is Failure => 'failureCode' in one;

interface DeleteInput extends OfRepositoryInput {
  readonly imageIds: readonly ImageId[];
}

/** A tag that is not the last of its image goes alone; otherwise the image goes, unless a list that stays names it. */
const batchDeleteImage: CommandRule<DeleteInput> = {
  actors: ITSELF,
  decide(state, input, scope) {
    const repository = repositoryOf(state, scope, input);
    const { accountId, region, name } = repository;
    const all = imagesOf(state, repository);
    const goingTags = new Set<string>();
    const going = new Set<string>();
    return input.imageIds.flatMap((id) => {
      const image = imageMeant(state, repository, id);
      if (isFailure(image) || going.has(image.digest)) return [];
      const { imageTag: tag } = id;
      const { digest } = image;
      const tags = tagsOf(state, image).filter((one) => !goingTags.has(one));
      if (tag !== undefined && tags.some((one) => one !== tag)) {
        if (goingTags.has(tag)) return [];
        goingTags.add(tag);
        return [event('ImageUntagged', { accountId, region, repository: name, digest, tag })];
      }
      if (listsWith(all, digest).some((list) => !going.has(list.digest))) return [];
      going.add(digest);
      return [event('ImageDeleted', { accountId, region, repository: name, digest, tags })];
    });
  },
  reply(state, input, events, scope) {
    const imageIds = events.flatMap(({ data }) => deletedIds(data as RegistryEvents['ImageDeleted' | 'ImageUntagged']));
    const isDeleted = ({ imageDigest, imageTag }: ImageId) =>
      (imageDigest ?? imageTag) !== undefined &&
      imageIds.some((one) => (imageDigest ?? one.imageDigest) === one.imageDigest && (imageTag ?? one.imageTag) === one.imageTag);
    const repository = state.repositories.get(repositoryKey(scope, input.repositoryName));
    const kept = repository ? input.imageIds.filter((id) => !isDeleted(id)) : [];
    return { imageIds, failures: kept.map((id) => reasonAgainst(state, repository!, id)) };
  },
};

function deletedIds(data: RegistryEvents['ImageDeleted' | 'ImageUntagged']): readonly ImageId[] {
  const { digest: imageDigest } = data;
  const tags = 'tag' in data ? [data.tag] : (data.tags ?? []);
  return tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }];
}

function reasonAgainst(state: RegistryState, repository: Repository, id: ImageId): Failure {
  const image = imageMeant(state, repository, id);
  if (isFailure(image)) return image;
  const lists = listsWith(imagesOf(state, repository), image.digest).map(({ digest }) => digest);
  return failed(id, 'ImageReferencedByManifestList', `Requested image referenced by manifest list: [${lists.join(', ')}]`);
}

interface ListInput extends OfRepositoryInput {
  readonly filter?: { readonly tagStatus?: string };
  readonly nextToken?: string;
  readonly maxResults?: number;
}

const hasStatus = (status: string | undefined, isTagged: boolean): boolean =>
  status === undefined || status === 'ANY' || (status === 'TAGGED') === isTagged;

const listImages: QueryRule<ListInput> = (state, { filter, nextToken, maxResults, ...input }, scope) => {
  const all = imagesOf(state, repositoryOf(state, scope, input)).flatMap((image): ImageId[] => {
    const tags = tagsOf(state, image);
    if (!hasStatus(filter?.tagStatus, tags.length > 0)) return [];
    const { digest: imageDigest } = image;
    return tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }];
  });
  const list = `images of ${input.repositoryName}`;
  const keyOfId = ({ imageDigest, imageTag = '' }: ImageId) => `${imageDigest} ${imageTag}`;
  return pageReply('imageIds', paginate(all, keyOfId, { nextToken, maxResults }, { list, limit: 1_000 }));
};

export const imageDetail = (state: RegistryState, image: Image) => {
  const tags = tagsOf(state, image);
  return {
    registryId: image.accountId,
    repositoryName: image.repository,
    imageDigest: image.digest,
    ...(tags.length > 0 ? { imageTags: tags } : {}),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    ...(image.artifactMediaType === undefined ? {} : { artifactMediaType: image.artifactMediaType }),
    imageStatus: 'ACTIVE',
  };
};

interface DescribeInput extends ListInput {
  readonly imageIds?: readonly ImageId[];
}

const describeImages: QueryRule<DescribeInput> = (state, { imageIds, filter, nextToken, maxResults, ...input }, scope) => {
  const repository = repositoryOf(state, scope, input);
  if (imageIds) {
    const images = imageIds.map((id) => {
      const found = findImage(state, repository, id);
      if (!found) throw refusals.noImage(id, repository.name, repository.accountId);
      return found;
    });
    return { imageDetails: [...new Set(images)].map((image) => imageDetail(state, image)) };
  }
  const all = imagesOf(state, repository).filter((image) => hasStatus(filter?.tagStatus, tagsOf(state, image).length > 0));
  const list = `details of ${input.repositoryName}`;
  const { items, ...more } = paginate(all, ({ digest }) => digest, { nextToken, maxResults }, { list, limit: 1_000 });
  return pageReply('imageDetails', { items: items.map((image) => imageDetail(state, image)), ...more });
};

interface ScanInput extends OfRepositoryInput {
  readonly imageId: ImageId;
}

/** There are none: what is asked for has to be there all the same. */
const withoutScans =
  (refusal: (id: ImageId, name: string, registryId: string) => Error): QueryRule<ScanInput> =>
  (state, { imageId, ...input }, scope) => {
    const repository = repositoryOf(state, scope, input);
    const { name, accountId } = repository;
    throw (findImage(state, repository, imageId) ? refusal : refusals.noImage)(imageId, name, accountId);
  };

export const imageCommands: CommandRules = { PutImage: putImage, BatchDeleteImage: batchDeleteImage };
export const imageQueries: QueryRules = {
  ListImages: listImages,
  DescribeImages: describeImages,
  DescribeImageScanFindings: withoutScans(refusals.noScan),
  StartImageScan: withoutScans(refusals.noScanner),
};
