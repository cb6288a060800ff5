import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#lib/platform';
import { makeTestImage, startDockerd, TEST_IMAGE, type TestEngine } from '../../../../test/support/docker.js';
import { startRegistry, type TestRegistry } from '../../../../test/support/registry.js';
import { DockerImagePuller, type PullBehaviour } from './docker-image-puller.js';

const LOGIN = { username: 'deploy', password: 'CANARY' };

/** A real engine and a registry that asks who is there. */
describe('an image of a private registry', () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let image: string;

  const pullerOf = (behaviour: PullBehaviour, logins: ReadonlyMap<string, typeof LOGIN> = new Map()) =>
    new DockerImagePuller(
      engine.docker,
      () => behaviour,
      systemClock,
      (host) => logins.get(host),
    );
  const pull = (login?: typeof LOGIN, behaviour: PullBehaviour = 'always', name = image) =>
    pullerOf(behaviour).pull(name, new AbortController().signal, login);
  const push = async (name: string) => {
    const stream = await engine.docker.getImage(name).push({ authconfig: { ...LOGIN, serveraddress: registry.host } });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  };
  const forget = () =>
    engine.docker
      .getImage(image)
      .remove({ force: true })
      .catch(() => undefined);

  beforeAll(async () => {
    engine = await startDockerd();
    registry = await startRegistry(LOGIN);
    image = `${registry.host}/team/web:1`;
    await makeTestImage(engine.docker);
    await engine.docker.getImage(TEST_IMAGE).tag({ repo: `${registry.host}/team/web`, tag: '1' });
    await push(image);
  }, 90_000);
  afterAll(async () => {
    await registry?.stop();
    await engine?.stop();
  }, 60_000);
  beforeEach(forget);

  it('is pulled with its credentials, by tag and by digest', async () => {
    const pulled = await pull(LOGIN);
    expect(pulled).toEqual({ outcome: 'ready', imageDigest: expect.stringMatching(/^sha256:/) });
    await forget();
    const { imageDigest } = pulled as { imageDigest: string };
    const byDigest = `${registry.host}/team/web@${imageDigest}`;
    expect(await pull(LOGIN, 'always', byDigest)).toEqual(pulled);
  }, 30_000);

  it.each([
    ['without credentials', undefined],
    ['with wrong ones', { username: 'deploy', password: 'wrong' }],
  ])('fails %s, in the words of the engine and the registry', async (_how, login) => {
    const { outcome, reason } = (await pull(login)) as { outcome: string; reason: string };
    expect([outcome, reason]).toEqual(['failed', expect.stringMatching(/^Error response from daemon: .*(auth|unauthorized)/)]);
    expect(reason).not.toContain('CANARY');
  });

  it('fails where it is not, in the registry’s words', async () => {
    const { reason } = (await pull(LOGIN, 'always', `${registry.host}/team/web:none`)) as { reason: string };
    expect(reason).toMatch(/manifest.*(unknown|not found)/);
  });

  it('is pulled with what the host has for the registry, where the task brings nothing', async () => {
    const puller = pullerOf('always', new Map([[registry.host, LOGIN]]));
    const { signal } = new AbortController();
    expect(await puller.pull(image, signal)).toMatchObject({ outcome: 'ready' });
    await forget();
    // The task's own come first.
    expect(await puller.pull(image, signal, { ...LOGIN, password: 'wrong' })).toMatchObject({ outcome: 'failed' });
  });

  it.each<[PullBehaviour, boolean, string]>([
    ['always', true, 'failed'],
    ['default', true, 'ready'],
    ['once', false, 'ready'],
    ['prefer-cached', false, 'ready'],
  ])('that is here already: %s asks the registry (%s), and with wrong credentials it is %s', async (behaviour, asks, outcome) => {
    await pull(LOGIN);
    const before = registry.requests();
    expect(await pull({ ...LOGIN, password: 'wrong' }, behaviour)).toMatchObject({ outcome });
    expect(registry.requests() > before).toBe(asks);
  });
});
