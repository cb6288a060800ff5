import type Docker from 'dockerode';
import type { ImagePuller, PullOutcome } from '../ports.js';
import { engineWords, rethrowUnlessAnswered, statusOf, unlessStatus } from './docker-errors.js';

/**
 * ECS_IMAGE_PULL_BEHAVIOR's words. `default`: pull, and take the cached image when that fails. `always`: pull or fail. `once` and
 * `prefer-cached`: pull only what is not here. Ours defaults to `prefer-cached`: own hosts often have no registry, and a start should not wait
 * for one.
 */
export const PULL_BEHAVIOURS = ['default', 'always', 'once', 'prefer-cached'] as const;
export type PullBehaviour = (typeof PULL_BEHAVIOURS)[number];

/** Registry credentials for an image; later ones come from repositoryCredentials and ECR. */
export type RegistryCredentials = (image: string) => Promise<Docker.AuthConfig | undefined>;

/** Pulls through the engine itself. */
export class DockerImagePuller implements ImagePuller {
  /** Questions under way: tasks that start together ask about their image once. Not after a pull: an older question knows nothing of it. */
  private readonly asked = new Map<string, Promise<PullOutcome | undefined>>();

  constructor(
    private readonly docker: Docker,
    private readonly behaviour: PullBehaviour,
    private readonly credentials: RegistryCredentials = () => Promise.resolve(undefined),
  ) {}

  async pull(image: string, signal: AbortSignal): Promise<PullOutcome> {
    const cached = await this.present(image);
    if (cached && (this.behaviour === 'once' || this.behaviour === 'prefer-cached')) return cached;
    const failure = await this.fetch(image, signal);
    if (failure === undefined)
      return (await this.inspect(image)) ?? { outcome: 'failed', reason: `${image} vanished after it was pulled` };
    return cached && this.behaviour === 'default' ? cached : { outcome: 'failed', reason: failure };
  }

  private present(image: string): Promise<PullOutcome | undefined> {
    const asked = this.asked.get(image);
    if (asked) return asked;
    const answer = this.inspect(image).finally(() => this.asked.delete(image));
    this.asked.set(image, answer);
    return answer;
  }

  private async inspect(image: string): Promise<PullOutcome | undefined> {
    const inspected = await unlessStatus([404], this.docker.getImage(image).inspect());
    return inspected && { outcome: 'ready', imageDigest: inspected.RepoDigests?.[0]?.split('@')[1] };
  }

  /** Undefined when pulled; else why not. */
  private async fetch(image: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const authconfig = await this.credentials(image);
      const stream = (await this.docker.pull(image, { abortSignal: signal, authconfig })) as NodeJS.ReadableStream;
      return await this.progress(stream, signal);
    } catch (error) {
      signal.throwIfAborted();
      rethrowUnlessAnswered(error);
      return statusOf(error) === undefined ? (error as Error).message : engineWords(error);
    }
  }

  /** A pull that fails half-way says so in its stream, with a status of 200. */
  private progress(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.docker.modem.followProgress(stream, (error: Error | null) => {
        if (signal.aborted) reject(signal.reason as Error);
        else resolve(error ? engineWords(error) : undefined);
      });
    });
  }
}
