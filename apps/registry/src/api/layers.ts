import { refusable, Refusal, refuse, type Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { PASSWORD_PARAMETER } from '../door/door.js';
import { type OfRepositoryInput, repositoryOf } from '../domain/lookup.js';
import { refusals } from '../domain/refusals.js';
import { type RegistryState, repositoryKey } from '../domain/state.js';
import { blobPath, type ImageStore, uploadsPath } from '../storage/image-store.js';
import type { RegistryPlace } from './registry-place.js';

/** As much as fits into a message of the broker's in base64. */
const PART_BYTES = 4 * 1024 * 1024;
/** Of clients that began and went away. */
const MOST_UPLOADS = 1_000;

const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);
const NO_DIGEST = "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";

interface Upload {
  readonly repository: string;
  /** Where the store takes the next part. */
  readonly location: string;
  readonly nextByte: number;
}

interface PartInput extends OfRepositoryInput {
  readonly uploadId: string;
  readonly partFirstByte: number;
  readonly partLastByte: number;
  readonly layerPartBlob: string;
}

/**
 * The operations of ECR that layers are sent and fetched by without Docker. Where an upload stands is in this process only: after a
 * restart its client begins anew, as it does with ECR after a day.
 */
export class Layers {
  private readonly uploads = new Map<string, Upload>();

  constructor(
    private readonly deps: {
      readonly state: RegistryState;
      readonly store: Pick<ImageStore, 'ask' | 'blobSize'>;
      readonly place: RegistryPlace;
    },
  ) {}

  check(request: ApiRequest): Promise<ApiReply> {
    return this.within(request, async (repository, { layerDigests }: OfRepositoryInput & { layerDigests: readonly string[] }) => {
      const layers: unknown[] = [];
      const failures: unknown[] = [];
      for (const layerDigest of layerDigests) {
        if (!isDigest(layerDigest)) {
          failures.push({ layerDigest, failureCode: 'InvalidLayerDigest', failureReason: NO_DIGEST });
          continue;
        }
        const layerSize = await this.deps.store.blobSize(repository, layerDigest);
        const isHere = layerSize !== undefined;
        layers.push({ layerDigest, layerAvailability: isHere ? 'AVAILABLE' : 'UNAVAILABLE', ...(isHere ? { layerSize } : {}) });
      }
      return { layers, failures };
    });
  }

  downloadUrl(request: ApiRequest): Promise<ApiReply> {
    return this.within(request, async (repository, { layerDigest }: OfRepositoryInput & { layerDigest: string }) => {
      const { store, place } = this.deps;
      if ((await store.blobSize(repository, layerDigest)) === undefined)
        throw refuse('LayersNotFoundException', `The layer with digest '${layerDigest}' does not exist in the repository`);
      const { accountId, principal, accessKeyId } = request.context;
      const { password } = place.password({ accountId, principal, accessKeyId: accessKeyId! });
      const query = new URLSearchParams({ [PASSWORD_PARAMETER]: password }).toString();
      return { downloadUrl: `http://${place.host}${blobPath(repository, layerDigest)}?${query}`, layerDigest };
    });
  }

  initiate(request: ApiRequest): Promise<ApiReply> {
    return this.within(request, async (repository) => {
      const { status, headers } = await this.deps.store.ask({ method: 'POST', path: uploadsPath(repository) });
      if (status !== 202) throw new Error(`the store of images answered ${status} to a new upload`);
      const uploadId = headers['docker-upload-uuid'] as string;
      for (const [oldest] of this.uploads) if (this.uploads.size >= MOST_UPLOADS) this.uploads.delete(oldest);
      this.uploads.set(uploadId, { repository, location: headers.location!, nextByte: 0 });
      return { uploadId, partSize: PART_BYTES };
    });
  }

  uploadPart(request: ApiRequest): Promise<ApiReply> {
    return this.within(request, async (repository, { uploadId, ...part }: PartInput, answered) => {
      const upload = this.uploadOf(repository, uploadId, answered);
      const body = Buffer.from(part.layerPartBlob, 'base64');
      const isNext = part.partFirstByte === upload.nextByte && part.partLastByte - part.partFirstByte + 1 === body.length;
      if (!isNext)
        throw refuse(
          'InvalidLayerPartException',
          `The part is to begin at byte ${upload.nextByte} and to be as long as its bounds say`,
          { ...answered, uploadId, lastValidByteReceived: upload.nextByte - 1 },
        );
      const headers = { 'content-type': 'application/octet-stream' };
      const reply = await this.deps.store.ask({ method: 'PATCH', path: upload.location, headers, body });
      if (reply.status !== 202) throw new Error(`the store of images answered ${reply.status} to a part of a layer`);
      this.uploads.set(uploadId, { ...upload, location: reply.headers.location!, nextByte: part.partLastByte + 1 });
      return { uploadId, lastByteReceived: part.partLastByte };
    });
  }

  complete(request: ApiRequest): Promise<ApiReply> {
    type Input = OfRepositoryInput & { readonly uploadId: string; readonly layerDigests: readonly string[] };
    return this.within(request, async (repository, { uploadId, layerDigests: [layerDigest] }: Input, answered) => {
      const { location, nextByte } = this.uploadOf(repository, uploadId, answered);
      if (nextByte === 0) throw refuse('EmptyUploadException', 'The upload has no parts');
      const isKnown = (await this.deps.store.blobSize(repository, layerDigest!)) !== undefined;
      if (isKnown) {
        await this.deps.store.ask({ method: 'DELETE', path: location });
        this.uploads.delete(uploadId);
        throw refuse('LayerAlreadyExistsException', `Layer with digest '${layerDigest}' already exists`);
      }
      const separator = location.includes('?') ? '&' : '?';
      const path = `${location}${separator}digest=${encodeURIComponent(layerDigest!)}`;
      const { status } = await this.deps.store.ask({ method: 'PUT', path });
      if (status !== 201) throw refuse('InvalidLayerException', `What was sent does not have the digest '${layerDigest}'`);
      this.uploads.delete(uploadId);
      return { uploadId, layerDigest };
    });
  }

  private uploadOf(repository: string, uploadId: string, { repositoryName, registryId }: Answered): Upload {
    const upload = this.uploads.get(uploadId);
    if (upload?.repository === repository) return upload;
    throw refuse(
      'UploadNotFoundException',
      `Upload with id '${uploadId}' does not exist in the repository with name '${repositoryName}' in the registry with id '${registryId}'`,
    );
  }

  /** In a repository that is there, as it is now. */
  private async within<I extends OfRepositoryInput>(
    request: ApiRequest,
    run: (repository: string, input: I, answered: Answered) => Promise<object>,
  ): Promise<ApiReply> {
    const input = request.input as I;
    const found = refusable(() => {
      if (request.context.asOf) throw refusals.invalid('Layers can be read as they are now only: ask without as-of.');
      return repositoryOf(this.deps.state, request.context as unknown as Scope, input);
    });
    if ('rejection' in found) return found;
    const { accountId: registryId, name: repositoryName } = found.ok;
    const answered = { registryId, repositoryName };
    try {
      return { output: { ...answered, ...(await run(repositoryKey(found.ok, repositoryName), input, answered)) } };
    } catch (error) {
      if (error instanceof Refusal) return { rejection: error.rejection };
      throw error;
    }
  }
}

interface Answered {
  readonly registryId: string;
  readonly repositoryName: string;
}
