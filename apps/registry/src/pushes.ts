import { createHash } from 'node:crypto';
import type { DomainApi } from '#lib/app';
import type { Rejection, Scope } from '#lib/kernel';
import type { ApiAnswer, ApiRequest } from '#lib/messaging';
import { readManifest } from './domain/manifest.js';
import type { PushInput } from './domain/images.js';
import { type RegistryState, repositoryKey } from './domain/state.js';
import type { ImageStore, RegistryError } from './storage/image-store.js';

export interface Pushed {
  readonly scope: Scope;
  readonly repository: string;
  readonly tag?: string;
  /** What the client says that it is. */
  readonly digest?: string;
  readonly mediaType?: string;
  readonly text: string;
}

export type PushOutcome =
  /** Stored; the journal's answer. */
  | { readonly digest: string; readonly answer: ApiAnswer }
  /** The store's words: layers are missing, for one. */
  | { readonly digest: string; readonly errors: readonly RegistryError[] }
  | { readonly invalid: 'manifest' | 'digest' };

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Manifests on their way in, from clients of the registry and of the API: first into the store, by digest, then into the journal, which has the tags. */
export class Pushes {
  constructor(
    private readonly api: Pick<DomainApi<RegistryState>, 'command'>,
    private readonly store: Pick<ImageStore, 'putManifest'>,
  ) {}

  async push(
    { scope, repository, tag, digest: said, mediaType, text }: Pushed,
    context: ApiRequest['context'],
  ): Promise<PushOutcome> {
    const facts = readManifest(text, mediaType);
    if (!facts) return { invalid: 'manifest' };
    const digest = digestOf(text);
    if (said !== undefined && said !== digest) return { invalid: 'digest' };
    const errors = await this.store.putManifest(repositoryKey(scope, repository), digest, { mediaType: facts.mediaType, text });
    if (errors) return { digest, errors };
    const { blobs: _blobs, ...known } = facts;
    const input: PushInput = {
      repositoryName: repository,
      imageDigest: digest,
      ...known,
      ...(tag === undefined ? {} : { imageTag: tag }),
    };
    return { digest, answer: await this.api.command('PutImage', { input, context }) };
  }
}

/** Whether a refusal says no more than that it is there already. */
export const isThere = ({ code }: Rejection): boolean => code === 'ImageAlreadyExistsException';
