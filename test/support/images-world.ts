import { createHash } from 'node:crypto';
import { registry } from '../../apps/registry/src/domain/domain.js';
import type { RegistryState } from '../../apps/registry/src/domain/state.js';
import { ApiWorld } from './api-world.js';
import type { WorldCaller } from './domain-world.js';

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** The `registry` domain (images, as ECR has them) without journal, store, bus or time. */
export class ImagesWorld extends ApiWorld<RegistryState> {
  constructor(scope?: WorldCaller) {
    super(registry, 'registry', scope);
  }

  private input = (repositoryName: string, of: string, imageTag?: string) => ({
    repositoryName,
    imageDigest: digestOf(of),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    sizeBytes: 100,
    ...(imageTag === undefined ? {} : { imageTag }),
  });

  /** An image that is stored: `of` tells it from others. Answers its digest. */
  push(repositoryName: string, of: string, imageTag?: string): string {
    this.ok('PutImage', this.input(repositoryName, of, imageTag));
    return digestOf(of);
  }

  pushRefusal(repositoryName: string, of: string, imageTag?: string): string | undefined {
    return this.refusal('PutImage', this.input(repositoryName, of, imageTag));
  }

  /** A list of images that were pushed. */
  list(repositoryName: string, members: readonly string[], imageTag?: string): string {
    const of = `list of ${members.join(', ')}`;
    const list = { mediaType: 'application/vnd.oci.image.index.v1+json', sizeBytes: 0, lists: members.map(digestOf) };
    this.ok('PutImage', { ...this.input(repositoryName, of, imageTag), ...list });
    return digestOf(of);
  }

  /** Digests of what is there. */
  digests(repositoryName: string): readonly string[] {
    return this.ask('DescribeImages', { repositoryName }).imageDetails.map(({ imageDigest }: any) => imageDigest);
  }

  tags(repositoryName: string): readonly string[] {
    const { imageIds } = this.ask('ListImages', { repositoryName, filter: { tagStatus: 'TAGGED' } });
    return imageIds.map(({ imageTag }: any) => imageTag).sort();
  }
}
