import { refuse, type Refusal } from '#lib/kernel';

export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

const shown = ({ imageDigest, imageTag }: ImageId): string =>
  `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
const within = (name: string, registryId: string) => `the repository with name '${name}' in the registry with id '${registryId}'`;

/** ECR's errors, in its own sentences. */
export const refusals = {
  invalid: (message: string): Refusal => refuse('InvalidParameterException', message),
  /** The gateway's sentence for what the model bounds, for what only the service knows. */
  invalidAt: (parameter: string, why: string): Refusal =>
    refuse('InvalidParameterException', `Invalid parameter at '${parameter}' failed to satisfy constraint: '${why}'`),
  noRepository: (name: string, registryId: string): Refusal =>
    refuse(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
    ),
  repositoryExists: (name: string, registryId: string): Refusal =>
    refuse(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${registryId}'`,
    ),
  notEmpty: (name: string, registryId: string): Refusal =>
    refuse(
      'RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${registryId}' cannot be deleted because it still contains images`,
    ),
  noImage: (id: ImageId, name: string, registryId: string): Refusal =>
    refuse('ImageNotFoundException', `The image with imageId ${shown(id)} does not exist within ${within(name, registryId)}`),
  imageExists: (digest: string, tag: string | undefined, name: string, registryId: string): Refusal =>
    refuse(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in ${within(name, registryId)}`,
    ),
  tagExists: (tag: string, name: string): Refusal =>
    refuse(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
    ),
  missingMembers: (digests: readonly string[], name: string, registryId: string): Refusal =>
    refuse(
      'ReferencedImagesNotFoundException',
      `The images with digests '[${digests.join(', ')}]' that the list names do not exist within ${within(name, registryId)}`,
    ),
  noPolicy: (name: string, registryId: string): Refusal =>
    refuse('RepositoryPolicyNotFoundException', `Repository policy does not exist for ${within(name, registryId)}`),
  noRegistryPolicy: (registryId: string): Refusal =>
    refuse('RegistryPolicyNotFoundException', `Registry policy does not exist in the registry with id '${registryId}'`),
  noLifecyclePolicy: (name: string, registryId: string): Refusal =>
    refuse('LifecyclePolicyNotFoundException', `Lifecycle policy does not exist for ${within(name, registryId)}`),
  noPreview: (name: string, registryId: string): Refusal =>
    refuse(
      'LifecyclePolicyPreviewNotFoundException',
      `There is no dry run for ${within(name, registryId)}: start one with StartLifecyclePolicyPreview`,
    ),
  noScan: (id: ImageId, name: string, registryId: string): Refusal =>
    refuse(
      'ScanNotFoundException',
      `Image scan does not exist for the image with ${shown(id)} in ${within(name, registryId)}: Longshore scans no images.`,
    ),
  noScanner: (): Refusal =>
    refuse('ValidationException', 'Longshore scans no images: scan them where they are built, before they are pushed.'),
  badLifecyclePolicy: (why: string): Refusal =>
    refuse(
      'InvalidParameterException',
      `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${why}'`,
    ),
} as const;
