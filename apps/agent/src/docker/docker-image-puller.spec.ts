import type Docker from 'dockerode';
import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { DockerImagePuller, type PullBehaviour } from './docker-image-puller.js';

const IMAGE = 'registry.test/web:1';
const AWAY = 'Get "https://registry.test/v2/": dial tcp 10.0.0.9:443: connect: connection refused';

const refusal = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message}`), { statusCode, json: { message } });

/** An engine whose pulls fail with these words, one after another, and then succeed. */
function engineThatSays(words: readonly string[], cached = false) {
  const engine = { pulls: 0, isHere: cached };
  const docker = {
    pull: async () => {
      const said = words[engine.pulls++];
      if (said !== undefined) throw refusal(500, said);
      engine.isHere = true;
      return {};
    },
    getImage: () => ({
      inspect: async () => {
        if (!engine.isHere) throw refusal(404, 'no such image');
        return { RepoDigests: ['registry.test/web@sha256:1'] };
      },
    }),
    modem: { followProgress: (_stream: unknown, done: (error: null) => void) => done(null) },
  };
  return { engine, docker: docker as unknown as Docker };
}

async function pulled(words: readonly string[], behaviour: PullBehaviour = 'always', cached = false) {
  const clock = new VirtualClock();
  const { engine, docker } = engineThatSays(words, cached);
  const begunAtMs = clock.monotonicMs();
  let tookMs = 0;
  const pull = new DockerImagePuller(docker, () => behaviour, clock)
    .pull(IMAGE, new AbortController().signal)
    .finally(() => (tookMs = clock.monotonicMs() - begunAtMs));
  await clock.advance(30_000);
  return { ...(await pull), pulls: engine.pulls, tookMs };
}

describe('a pull that fails', () => {
  it.each([
    AWAY,
    'received unexpected HTTP status: 503 Service Unavailable',
    'toomanyrequests: Rate exceeded',
    'unexpected EOF',
    'net/http: TLS handshake timeout',
  ])('is tried again when that may pass: %s', async (words) => {
    expect(await pulled([words, words])).toMatchObject({ outcome: 'ready', pulls: 3, tookMs: 3_300 });
  });

  it.each([
    'pull access denied for web, repository does not exist or may require ‘docker login’: denied: requested access is denied',
    'manifest for registry.test/web:1 not found: manifest unknown: manifest unknown',
    'unauthorized: authentication required',
    'Get "https://registry.tset/v2/": dial tcp: lookup registry.tset: no such host',
    'Get "https://registry.test/v2/": x509: certificate signed by unknown authority',
    'no matching manifest for linux/amd64 in the manifest list entries',
  ])('fails at once, in the registry’s words, when it will not: %s', async (words) => {
    const reason = `Error response from daemon: ${words}`;
    expect(await pulled([words])).toEqual({ outcome: 'failed', reason, pulls: 1, tookMs: 0 });
  });

  it('is tried five times, as by the ECS agent', async () => {
    const { outcome, pulls, tookMs } = await pulled(Array.from({ length: 9 }, () => AWAY));
    expect({ outcome, pulls, tookMs }).toEqual({ outcome: 'failed', pulls: 5, tookMs: 1_100 + 2_200 + 4_400 + 5_000 });
  });

  it('is tried once where there is an image to fall back on', async () => {
    expect(await pulled([AWAY], 'default', true)).toMatchObject({ outcome: 'ready', pulls: 1, tookMs: 0 });
  });

  it('is tried no more when nobody needs it', async () => {
    const clock = new VirtualClock();
    const { engine, docker } = engineThatSays([AWAY, AWAY]);
    const nobody = new AbortController();
    const pull = new DockerImagePuller(docker, () => 'always', clock).pull(IMAGE, nobody.signal);
    const ended = expect(pull).rejects.toThrow('not needed');
    await clock.advance(100);
    nobody.abort(new Error('not needed'));
    await clock.advance(10_000);
    await ended;
    expect(engine.pulls).toBe(1);
  });
});
