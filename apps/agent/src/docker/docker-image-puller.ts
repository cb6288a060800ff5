import type Docker from 'dockerode';
import type { RegistryLogin } from '#lib/ecs/model';
import { Backoff, type Clock, type Random } from '#lib/platform';
import type { HostLogins } from '../domain/engine-auth.js';
import { mayPass, PULL_PAUSES, PULL_TRIES } from '../domain/pull-failure.js';
import { ENGINE_LIMITS_MS } from '../bounded-runtime.js';
import type { ImagePuller, PullOutcome } from '../ports.js';
import { engineWords, rethrowUnlessAnswered, statusOf, unlessStatus } from './docker-errors.js';

/**
 * ECS_IMAGE_PULL_BEHAVIOR's words. `default`: pull, and take the cached image when that fails. `always`: pull or fail. `once` and
 * `prefer-cached`: pull only what is not here. Ours defaults to `prefer-cached`: own hosts often have no registry, and a start should not wait
 * for one. Images of the installation's own, which is there, are asked for as with `default`: what was pushed again is what runs.
 */
export const PULL_BEHAVIOURS = ['default', 'always', 'once', 'prefer-cached'] as const;
export type PullBehaviour = (typeof PULL_BEHAVIOURS)[number];

/** The ECS agent's (`ECS_IMAGE_PULL_INACTIVITY_TIMEOUT`): however large an image is, it comes on. */
const INACTIVITY_MS = 60_000;

/** The registry that an image's name begins with: as Docker reads it, Docker Hub where the first part is no host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'https://index.docker.io/v1/';
}

/** Pulls through the engine itself. */
export class DockerImagePuller implements ImagePuller {
  /** Questions under way: tasks that start together ask about their image once. Not after a pull: an older question knows nothing of it. */
  private readonly asked = new Map<string, Promise<PullOutcome | undefined>>();

  constructor(
    private readonly docker: Docker,
    private readonly behaviourOf: (image: string) => PullBehaviour,
    private readonly clock: Clock,
    /** What this host has for a registry: where a task brings nothing of its own. */
    private readonly hostLogins: HostLogins = () => undefined,
    private readonly random?: Random,
  ) {}

  async pull(image: string, signal: AbortSignal, login?: RegistryLogin): Promise<PullOutcome> {
    const behaviour = this.behaviourOf(image);
    const cached = await this.present(image);
    if (cached && (behaviour === 'once' || behaviour === 'prefer-cached')) return cached;
    // With an image to fall back on nobody waits for the registry to come back.
    const tries = cached && behaviour === 'default' ? 1 : PULL_TRIES;
    const failure = await this.fetchPatiently(tries, image, signal, login);
    if (failure === undefined)
      return (await this.inspect(image)) ?? { outcome: 'failed', reason: `${image} vanished after it was pulled` };
    return cached && behaviour === 'default' ? cached : { outcome: 'failed', reason: failure };
  }

  /** Undefined when pulled; else why not, at once where no other try would go better. */
  private async fetchPatiently(
    tries: number,
    image: string,
    signal: AbortSignal,
    login: RegistryLogin | undefined,
  ): Promise<string | undefined> {
    const backoff = new Backoff(this.clock, PULL_PAUSES, this.random);
    for (let tried = 1; ; tried++) {
      const failure = await this.fetch(image, signal, login);
      if (failure === undefined || tried === tries || !mayPass(failure)) return failure;
      await backoff.pause({ signal });
      signal.throwIfAborted();
    }
  }

  private present(image: string): Promise<PullOutcome | undefined> {
    const asked = this.asked.get(image);
    if (asked) return asked;
    const answer = this.inspect(image).finally(() => this.asked.delete(image));
    this.asked.set(image, answer);
    return answer;
  }

  private async inspect(image: string): Promise<PullOutcome | undefined> {
    const options: Docker.ImageInspectOptions & { abortSignal: AbortSignal } = {
      abortSignal: AbortSignal.timeout(ENGINE_LIMITS_MS.inspect),
    };
    const inspected = await unlessStatus([404], this.docker.getImage(image).inspect(options));
    return inspected && { outcome: 'ready', imageDigest: inspected.RepoDigests?.[0]?.split('@')[1] };
  }

  /** Undefined when pulled; else why not. */
  private async fetch(image: string, signal: AbortSignal, login: RegistryLogin | undefined): Promise<string | undefined> {
    const stalled = new AbortController();
    const hangUp = () => stalled.abort(new Error(`no progress for ${INACTIVITY_MS / 1000} seconds`));
    let cancel = this.clock.after(INACTIVITY_MS, hangUp);
    const onProgress = () => {
      cancel();
      cancel = this.clock.after(INACTIVITY_MS, hangUp);
    };
    const abortSignal = AbortSignal.any([signal, stalled.signal]);
    try {
      const serveraddress = registryOf(image);
      const known = login ?? this.hostLogins(serveraddress);
      const authconfig = known && { ...known, serveraddress };
      const stream = (await this.docker.pull(image, { abortSignal, authconfig })) as NodeJS.ReadableStream;
      return await this.progress(stream, abortSignal, onProgress);
    } catch (error) {
      signal.throwIfAborted();
      if (stalled.signal.aborted) return (stalled.signal.reason as Error).message;
      rethrowUnlessAnswered(error);
      return statusOf(error) === undefined ? (error as Error).message : engineWords(error);
    } finally {
      cancel();
    }
  }

  /** A pull that fails half-way says so in its stream, with a status of 200. */
  private progress(stream: NodeJS.ReadableStream, signal: AbortSignal, onProgress: () => void): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.docker.modem.followProgress(
        stream,
        (error: Error | null) => {
          if (signal.aborted) reject(signal.reason as Error);
          else resolve(error ? engineWords(error) : undefined);
        },
        onProgress,
      );
    });
  }
}
