import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImageRegistry, KEEPS_UNUSED_MS } from '../../../../test/support/image-registry.js';

const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const PATH = '000000000000/us-east-1/web';

/** Docker's real registry, whose files they are. */
describe('what no image has any more', () => {
  let registry: ImageRegistry;
  beforeEach(async () => {
    registry = await ImageRegistry.start();
    registry.images.ok('CreateRepository', { repositoryName: 'web' });
  });
  afterEach(() => registry.stop());

  const blob = async (content: string) => {
    const began = await registry.ask('POST', `${PATH}/blobs/uploads/`);
    const last = `${began.headers.get('location')!.slice('/v2/'.length)}&digest=${digestOf(content)}`;
    expect((await registry.ask('PUT', last, { body: Buffer.from(content) })).status).toBe(201);
    return { digest: digestOf(content), size: content.length, mediaType: 'application/octet-stream' };
  };
  const manifestOf = async (of: string, ...shared: Awaited<ReturnType<typeof blob>>[]) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: TYPE,
      config: await blob(`{"of":"${of}"}`),
      layers: [...shared, await blob(of)],
    });
  const push = async (manifest: string, tag: string) =>
    (await registry.ask('PUT', `${PATH}/manifests/${tag}`, { headers: { 'content-type': TYPE }, body: manifest })).status;
  const remove = (imageTag: string) =>
    registry.images.ok('BatchDeleteImage', { repositoryName: 'web', imageIds: [{ imageTag }] });
  const isThere = async (content: string) => (await registry.ask('HEAD', `${PATH}/blobs/${digestOf(content)}`)).status === 200;
  const later = (ms: number) => (registry.passedMs += ms);

  it('goes after a while: its own layers, and those that others have stay', async () => {
    const shared = await blob('shared');
    await push(await manifestOf('one', shared), '1');
    await push(await manifestOf('two', shared), '2');
    remove('1');
    later(KEEPS_UNUSED_MS - 60_000);
    await registry.sweep.round();
    later(120_000);
    await registry.sweep.round();
    expect([await isThere('one'), await isThere('two'), await isThere('shared')]).toEqual([false, true, true]);
    // And may come again.
    expect(await push(await manifestOf('one', shared), '1')).toBe(201);
    expect([await isThere('one'), await isThere('{"of":"one"}')]).toEqual([true, true]);
  });

  it('stays as long as a client may rely on what it was told of it', async () => {
    const manifest = await manifestOf('one');
    await push(manifest, '1');
    remove('1');
    later(2 * KEEPS_UNUSED_MS);
    // A push that sends neither, because both are there.
    expect([await isThere('one'), await isThere('{"of":"one"}')]).toEqual([true, true]);
    await registry.sweep.round();
    expect(await push(manifest, '1')).toBe(201);
    await registry.sweep.round();
    expect([await isThere('one'), await isThere('{"of":"one"}')]).toEqual([true, true]);
  });

  it('stays while an image is there whose manifest cannot be read', async () => {
    await push(await manifestOf('one'), '1');
    remove('1');
    registry.images.push('web', 'never stored', 'broken');
    later(2 * KEEPS_UNUSED_MS);
    await registry.sweep.round();
    expect(await isThere('one')).toBe(true);
  });

  it('of a push that is not done yet stays', async () => {
    await blob('one');
    later(KEEPS_UNUSED_MS / 2);
    await registry.sweep.round();
    expect(await isThere('one')).toBe(true);
  });
});
