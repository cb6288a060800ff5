import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ImageRegistry } from '../../../../test/support/image-registry.js';

const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (content: string | Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Docker's real registry behind the door, and requests as Docker sends them. */
describe('the registry', () => {
  let registry: ImageRegistry;
  let repositories = 0;
  let name: string;
  beforeAll(async () => {
    registry = await ImageRegistry.start();
  });
  afterAll(() => registry.stop());
  beforeEach(() => {
    name = `web-${++repositories}`;
    registry.images.ok('CreateRepository', { repositoryName: name, imageTagMutability: 'IMMUTABLE' });
  });
  const path = (rest: string, of = name) => `000000000000/us-east-1/${of}/${rest}`;
  const errorOf = async (response: Response) => {
    const { errors } = (await response.json()) as { errors: readonly { code: string; message: string }[] };
    return `${response.status} ${errors[0]!.code}: ${errors[0]!.message}`;
  };
  const pushBlob = async (content: string, of = name) => {
    const began = await registry.ask('POST', path('blobs/uploads/', of));
    expect(began.status).toBe(202);
    const location = began.headers.get('location')!;
    expect(location).toMatch(/^\/v2\/000000000000\/us-east-1\//);
    const sent = await registry.ask('PATCH', location.slice('/v2/'.length), { body: Buffer.from(content) });
    const last = `${sent.headers.get('location')!.slice('/v2/'.length)}&digest=${digestOf(content)}`;
    expect((await registry.ask('PUT', last)).status).toBe(201);
    return { digest: digestOf(content), size: content.length, mediaType: 'application/octet-stream' };
  };
  const imageOf = async (content: string) => {
    const [config, layer] = [await pushBlob(`{"of":"${content}"}`), await pushBlob(content)];
    return JSON.stringify({ schemaVersion: 2, mediaType: TYPE, config, layers: [layer] });
  };
  const put = (manifest: string, reference: string) =>
    registry.ask('PUT', path(`manifests/${reference}`), { headers: { 'content-type': TYPE }, body: manifest });

  it('takes an image, tells the API of it, and gives it back by tag and by digest', async () => {
    const manifest = await imageOf('layer');
    const pushed = await put(manifest, '1');
    expect([pushed.status, pushed.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifest)]);
    expect(registry.images.ask('DescribeImages', { repositoryName: name }).imageDetails).toMatchObject([
      { imageDigest: digestOf(manifest), imageTags: ['1'], imageSizeInBytes: '{"of":"layer"}layer'.length },
    ]);
    for (const reference of ['1', digestOf(manifest)]) {
      const got = await registry.ask('GET', path(`manifests/${reference}`), { headers: { accept: TYPE } });
      expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([200, TYPE, manifest]);
    }
    const blob = await registry.ask('GET', path(`blobs/${digestOf('layer')}`));
    expect(await blob.text()).toBe('layer');
    expect(await (await registry.ask('GET', path('tags/list'))).json()).toMatchObject({ tags: ['1'] });
    // The same once more is no fault: clients send again what they got no answer to.
    expect((await put(manifest, '1')).status).toBe(201);
  });

  it('refuses another image under an immutable tag, in ECR’s words, and keeps the first', async () => {
    const [one, two] = [await imageOf('one'), await imageOf('two')];
    await put(one, '1');
    expect(await errorOf(await put(two, '1'))).toBe(
      `400 TAG_INVALID: The image tag '1' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
    );
    expect(await (await registry.ask('GET', path('manifests/1'))).text()).toBe(one);
  });

  it('refuses what is incomplete, what is no manifest, and what has another digest', async () => {
    const blob = { digest: digestOf('nowhere'), size: 7, mediaType: 'application/octet-stream' };
    const incomplete = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, config: blob, layers: [] });
    expect(await errorOf(await put(incomplete, '1'))).toContain('400 MANIFEST_BLOB_UNKNOWN: ');
    expect(await errorOf(await put('{}', '1'))).toContain('400 MANIFEST_INVALID: ');
    expect(await errorOf(await put(await imageOf('x'), digestOf('y')))).toContain('400 DIGEST_INVALID: ');
    expect(registry.images.digests(name)).toEqual([]);
  });

  it('gives no image that was deleted, and no repository that was never made', async () => {
    const manifest = await imageOf('layer');
    await put(manifest, '1');
    registry.images.ok('BatchDeleteImage', { repositoryName: name, imageIds: [{ imageTag: '1' }] });
    for (const reference of ['1', digestOf(manifest)])
      expect(await errorOf(await registry.ask('GET', path(`manifests/${reference}`)))).toContain(
        '404 MANIFEST_UNKNOWN: The image',
      );
    expect(await errorOf(await registry.ask('POST', path('blobs/uploads/', 'none')))).toBe(
      "404 NAME_UNKNOWN: The repository with name 'none' does not exist in the registry with id '000000000000'",
    );
    expect(await errorOf(await registry.ask('DELETE', path(`manifests/${digestOf(manifest)}`)))).toContain('405 UNSUPPORTED');
  });

  it('asks who is there, and says why a password is no good', async () => {
    const asked = await registry.ask('GET', '', { authorization: '' });
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic realm=/)]);
    expect((await registry.ask('GET', '')).status).toBe(200);
    const bad = `Basic ${Buffer.from('AWS:wrong').toString('base64')}`;
    expect((await registry.ask('GET', '', { authorization: bad })).status).toBe(401);
    const old = registry.authorization({ expiresAt: '2020-01-01T00:00:00.000Z' });
    expect(await errorOf(await registry.ask('GET', '', { authorization: old }))).toContain('authorization token has expired');
  });

  it('lets agents pull and not push, and nobody into another account', async () => {
    const manifest = await imageOf('layer');
    await put(manifest, '1');
    const [agent, other] = [registry.authorization({ isAgent: true }), registry.authorization({ accountId: '111122223333' })];
    expect((await registry.ask('GET', path('manifests/1'), { authorization: agent })).status).toBe(200);
    expect(await errorOf(await registry.ask('POST', path('blobs/uploads/'), { authorization: agent }))).toContain('403 DENIED');
    expect(await errorOf(await registry.ask('GET', path('manifests/1'), { authorization: other }))).toMatch(
      /403 DENIED: User: .* is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:000000000000:repository/,
    );
  });

  it('takes a layer over from another repository, and sends it where that is none of the client’s', async () => {
    const { digest } = await pushBlob('shared');
    registry.images.ok('CreateRepository', { repositoryName: `${name}-too` });
    const mount = (from: string) =>
      registry.ask('POST', path(`blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`, `${name}-too`));
    expect((await mount(`111122223333/us-east-1/${name}`)).status).toBe(202);
    expect((await mount(`000000000000/us-east-1/${name}`)).status).toBe(201);
    expect((await registry.ask('HEAD', path(`blobs/${digest}`, `${name}-too`))).status).toBe(200);
  });

  it('runs as a user of its own, in a directory that nobody else reads', async () => {
    await registry.process.ready();
    const status = readFileSync(`/proc/${registry.process.pid}/status`, 'utf8');
    const [uid] = /^Uid:\s+(\d+)/m.exec(status)!.slice(1);
    expect(Number(uid)).toBe(process.getuid!() === 0 ? 61_566 : process.getuid!());
    expect(/^CapEff:\s+0+$/m.test(status) || process.getuid!() !== 0).toBe(true);
    expect((statSync(registry.directory).mode & 0o777).toString(8)).toBe('700');
    expect(statSync(join(registry.directory, 'registry.sock')).isSocket()).toBe(true);
  });

  it('goes on with all that it has when its store was killed', async () => {
    const manifest = await imageOf('layer');
    await put(manifest, '1');
    const { pid } = registry.process;
    process.kill(pid!, 'SIGKILL');
    while (registry.process.pid === pid) await new Promise((resolve) => setImmediate(resolve));
    expect(await (await registry.ask('GET', path('manifests/1'))).text()).toBe(manifest);
    expect(registry.process.pid).not.toBe(pid);
  });

  it('says what is missing where Docker’s registry is not there, so that no client tries again', async () => {
    const without = await ImageRegistry.start('/nowhere/docker-registry');
    without.images.ok('CreateRepository', { repositoryName: 'web' });
    expect(await errorOf(await without.ask('POST', path('blobs/uploads/', 'web')))).toMatch(
      /^405 UNSUPPORTED: No images can be kept: \/nowhere\/docker-registry is missing\./,
    );
    await without.stop();
  });

  it('knows a key’s passwords no more when the key is deleted', async () => {
    registry.deleteKey();
    expect(await errorOf(await registry.ask('GET', path('tags/list')))).toContain('403 DENIED');
  });
});
