import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '#lib/messaging';
import { systemClock } from '#lib/platform';
import { ImageRegistry } from '../../../../test/support/image-registry.js';
import { Layers } from './layers.js';
import { Manifests } from './manifests.js';
import { RegistryPlace } from './registry-place.js';

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const OF = { repositoryName: 'web' };

/** Docker's real registry, and ECR's operations with layers and manifests in them. */
describe('without Docker, an image', () => {
  let registry: ImageRegistry;
  let layers: Layers;
  let manifests: Manifests;
  const request = (input: object) =>
    ({
      input: { ...OF, ...input },
      context: { ...registry.images.scope, accessKeyId: registry.accessKeyId },
    }) as unknown as ApiRequest;
  const ok = async (answered: Promise<any>) => {
    const { output, rejection } = await answered;
    if (rejection) throw new Error(`${rejection.code}: ${rejection.message}`);
    return output;
  };
  const refusal = async (answered: Promise<any>) => (await answered).rejection.code as string;
  const part = (uploadId: string, partFirstByte: number, content: string) =>
    layers.uploadPart(
      request({
        uploadId,
        partFirstByte,
        partLastByte: partFirstByte + content.length - 1,
        layerPartBlob: Buffer.from(content).toString('base64'),
      }),
    );
  const upload = async (...parts: string[]) => {
    const { uploadId } = await ok(layers.initiate(request({})));
    let at = 0;
    for (const content of parts) {
      await ok(part(uploadId, at, content));
      at += content.length;
    }
    const layerDigest = digestOf(parts.join(''));
    await ok(layers.complete(request({ uploadId, layerDigests: [layerDigest] })));
    return { digest: layerDigest, size: at, mediaType: 'application/octet-stream' };
  };

  beforeAll(async () => {
    registry = await ImageRegistry.start();
    registry.images.ok('CreateRepository', OF);
    const { state } = registry.images;
    const place = new RegistryPlace(registry.host, registry.masterKey, systemClock);
    layers = new Layers({ state, store: registry.store, place });
    manifests = new Manifests({ state, store: registry.store, pushes: registry.pushes });
  });
  afterAll(() => registry.stop());

  it('is sent in parts, put, told and fetched', async () => {
    const [config, layer] = [await upload('{}'), await upload('one', 'two', 'three')];
    const imageManifest = JSON.stringify({ schemaVersion: 2, config, layers: [layer] });
    const { image } = await ok(manifests.put(request({ imageManifest, imageTag: '1' })));
    expect(image).toMatchObject({ imageId: { imageTag: '1', imageDigest: digestOf(imageManifest) }, imageManifest });
    const got = await ok(manifests.get(request({ imageIds: [{ imageTag: '1' }, { imageTag: 'none' }] })));
    expect(got.images).toMatchObject([{ imageId: image.imageId, imageManifest }]);
    expect(got.failures).toMatchObject([{ imageId: { imageTag: 'none' }, failureCode: 'ImageNotFound' }]);
    const { downloadUrl } = await ok(layers.downloadUrl(request({ layerDigest: layer.digest })));
    expect(await (await fetch(downloadUrl)).text()).toBe('onetwothree');
    expect(await refusal(manifests.put(request({ imageManifest, imageTag: '1' })))).toBe('ImageAlreadyExistsException');
  });

  it('is refused with layers that are missing, a digest that is another, or no manifest', async () => {
    const config = { digest: digestOf('nowhere'), size: 7, mediaType: 'application/octet-stream' };
    const imageManifest = JSON.stringify({ schemaVersion: 2, config, layers: [] });
    expect(await refusal(manifests.put(request({ imageManifest })))).toBe('LayersNotFoundException');
    const put = (more: object) => refusal(manifests.put(request({ imageManifest, ...more })));
    expect(await put({ imageDigest: digestOf('other') })).toBe('ImageDigestDoesNotMatchException');
    expect(await put({ imageManifest: 'no' })).toBe('InvalidParameterException');
    expect(await put({ repositoryName: 'none' })).toBe('RepositoryNotFoundException');
  });

  it('has layers that are there or not', async () => {
    const { digest } = await upload('here');
    const check = await ok(layers.check(request({ layerDigests: [digest, digestOf('not'), '../x'] })));
    expect(check.layers).toMatchObject([
      { layerDigest: digest, layerAvailability: 'AVAILABLE', layerSize: 4 },
      { layerAvailability: 'UNAVAILABLE' },
    ]);
    expect(check.failures).toMatchObject([{ layerDigest: '../x', failureCode: 'InvalidLayerDigest' }]);
    expect(await refusal(layers.downloadUrl(request({ layerDigest: digestOf('not') })))).toBe('LayersNotFoundException');
  });

  it('has parts in their order, and layers that are what they are said to be', async () => {
    const { uploadId } = await ok(layers.initiate(request({})));
    expect(await refusal(layers.complete(request({ uploadId, layerDigests: [digestOf('')] })))).toBe('EmptyUploadException');
    await ok(part(uploadId, 0, 'first'));
    expect(await refusal(part(uploadId, 7, 'third'))).toBe('InvalidLayerPartException');
    expect(await refusal(layers.complete(request({ uploadId, layerDigests: [digestOf('x')] })))).toBe('InvalidLayerException');
    const twice = await ok(layers.initiate(request({})));
    await upload('twice');
    await ok(part(twice.uploadId, 0, 'twice'));
    const complete = { uploadId: twice.uploadId, layerDigests: [digestOf('twice')] };
    expect(await refusal(layers.complete(request(complete)))).toBe('LayerAlreadyExistsException');
    expect(await refusal(part('00000000-0000-0000-0000-000000000000', 0, 'x'))).toBe('UploadNotFoundException');
  });
});
