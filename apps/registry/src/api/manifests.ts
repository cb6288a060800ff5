import { refusable, refuse, type Rejection, type Scope } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { imageMeant, isFailure } from '../domain/images.js';
import { type OfRepositoryInput, repositoryOf } from '../domain/lookup.js';
import { type ImageId, refusals } from '../domain/refusals.js';
import { type RegistryState, repositoryKey } from '../domain/state.js';
import type { Pushes } from '../pushes.js';
import type { ImageStore, RegistryError } from '../storage/image-store.js';

interface PutInput extends OfRepositoryInput {
  readonly imageManifest: string;
  readonly imageManifestMediaType?: string;
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

interface GetInput extends OfRepositoryInput {
  readonly imageIds: readonly ImageId[];
  readonly acceptedMediaTypes?: readonly string[];
}

/** The operations of ECR that have manifests in them. */
export class Manifests {
  constructor(
    private readonly deps: {
      readonly state: RegistryState;
      readonly store: Pick<ImageStore, 'manifest'>;
      readonly pushes: Pick<Pushes, 'push'>;
    },
  ) {}

  async put(request: ApiRequest): Promise<ApiAnswer> {
    const {
      imageManifest: text,
      imageManifestMediaType: mediaType,
      imageTag: tag,
      imageDigest: digest,
      ...of
    } = request.input as PutInput;
    const scope = request.context as unknown as Scope;
    const found = refusable(() => repositoryOf(this.deps.state, scope, of));
    if ('rejection' in found) return found;
    const repository = found.ok.name;
    const outcome = await this.deps.pushes.push({ scope: found.ok, repository, tag, digest, mediaType, text }, request.context);
    if ('invalid' in outcome) return { rejection: outcome.invalid === 'digest' ? WRONG_DIGEST : NO_MANIFEST };
    if ('errors' in outcome) return { rejection: missing(outcome.errors, found.ok.name, found.ok.accountId) };
    const { answer } = outcome;
    if (!('output' in answer)) return answer;
    const { imageManifestMediaType, ...image } = answer.output as { imageManifestMediaType: string };
    return { ...answer, output: { image: { ...image, imageManifest: text, imageManifestMediaType } } };
  }

  async get(request: ApiRequest): Promise<ApiReply> {
    const { imageIds, ...of } = request.input as GetInput;
    const { state, store } = this.deps;
    // Which images there were is known of the past; their manifests may be gone.
    if (request.context.asOf) return { rejection: NOT_IN_THE_PAST };
    const found = refusable(() => repositoryOf(state, request.context as unknown as Scope, of));
    if ('rejection' in found) return found;
    const { name, accountId } = found.ok;
    const images: unknown[] = [];
    const failures: unknown[] = [];
    for (const id of imageIds) {
      const image = imageMeant(state, found.ok, id);
      const manifest = isFailure(image) ? undefined : await store.manifest(repositoryKey(image, name), image.digest);
      if (isFailure(image)) failures.push(image);
      else if (!manifest)
        failures.push({ imageId: id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
      else
        images.push({
          registryId: accountId,
          repositoryName: name,
          imageId: { imageDigest: image.digest, ...(id.imageTag === undefined ? {} : { imageTag: id.imageTag }) },
          imageManifest: manifest.text,
          imageManifestMediaType: image.mediaType,
        });
    }
    return { output: { images, failures } };
  }
}

const WRONG_DIGEST = refuse(
  'ImageDigestDoesNotMatchException',
  'The provided digest does not match the digest of the image manifest',
).rejection;
const NO_MANIFEST = refusals.invalidAt(
  'ImageManifest',
  'Invalid JSON syntax, or no manifest of OCI or of Docker (schema 2)',
).rejection;
const NOT_IN_THE_PAST = refusals.invalid('Manifests can be read as they are now only: ask without as-of.').rejection;

function missing(errors: readonly RegistryError[], name: string, accountId: string): Rejection {
  const layers = errors.filter(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN');
  if (layers.length === 0) return refusals.invalidAt('ImageManifest', errors.map(({ message }) => message).join('; ')).rejection;
  const digests = layers.map(({ detail }) => (detail as { digest?: string } | undefined)?.digest ?? 'unknown');
  return refuse(
    'LayersNotFoundException',
    `Layers with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the registry with id '${accountId}' do not exist`,
  ).rejection;
}
