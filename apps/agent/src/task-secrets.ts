import type { ContainerSecrets, TaskDefinitionPayload, TaskSecretsFailure } from '#lib/ecs/model';
import { Backoff, type Clock } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';
import type { TaskRecord } from './domain/task-record.js';
import { needsSecrets } from './domain/with-secrets.js';
import { PAUSES } from './pauses.js';

export interface TaskSecretsDeps {
  readonly controlPlane: Pick<ControlPlane, 'taskSecrets'>;
  readonly clock: Clock;
  /** What images of the installation's own registry begin with, on hosts that reach it. */
  readonly ownRegistry?: string;
  /** Ends all asking. */
  readonly signal: AbortSignal;
}

export type GivenSecrets =
  | { readonly containers: Readonly<Record<string, ContainerSecrets>> }
  /** As a task's stoppedReason. */
  | { readonly failure: string }
  | 'not needed any more';

/** Asked once more: what was put there a moment ago may not be known yet to whoever answers. */
const RETRIES = 1;
const NONE: GivenSecrets = { containers: {} };

/**
 * What one task is given in secret: asked for once, before its first image is pulled, and kept in memory only, so an agent that was
 * restarted asks again. Where nobody answers the task waits, as it waits for its definition.
 */
export class TaskSecrets {
  private given: Promise<GivenSecrets> | undefined;

  constructor(
    private readonly deps: TaskSecretsDeps,
    private readonly subject: () => { readonly task: TaskRecord; readonly definition: TaskDefinitionPayload | undefined },
  ) {}

  async get(): Promise<GivenSecrets> {
    if (!needsSecrets(this.subject().definition!, this.deps.ownRegistry)) return NONE;
    this.given ??= this.ask();
    return this.given;
  }

  private async ask(): Promise<GivenSecrets> {
    const { controlPlane, clock, signal } = this.deps;
    const backoff = new Backoff(clock, PAUSES);
    let refusals = 0;
    for (;;) {
      const { taskArn, desiredStatus } = this.subject().task;
      if (desiredStatus === 'STOPPED') return 'not needed any more';
      const reply = await controlPlane.taskSecrets(taskArn);
      if (reply && 'containers' in reply) return reply;
      if (reply && refusals === RETRIES) return { failure: sentenceOf(reply.failure, refusals) };
      if (reply) refusals++;
      await backoff.pause({ signal });
      signal.throwIfAborted();
    }
  }
}

/** The ECS agent's words. */
const sentenceOf = ({ what, why }: TaskSecretsFailure, retries: number): string =>
  `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${what}: service call has been retried ${retries} time(s): ${why}`;
