import type { ContainerSecrets, TaskDefinitionPayload, TaskSecretsFailure } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import { askForTask, REFUSALS_ASKED_AGAIN } from './ask-for-task.js';
import type { ControlPlane } from './control-plane.js';
import type { TaskRecord } from './domain/task-record.js';
import { needsSecrets } from './domain/with-secrets.js';

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

  /** Every value that the task's containers are given; undefined: it is not known, since whoever began with the task was another process. */
  async values(): Promise<readonly string[] | undefined> {
    const { definition } = this.subject();
    const given = definition ? await this.get() : 'not needed any more';
    if (given === 'not needed any more') return undefined;
    if ('failure' in given) return [];
    return Object.values(given.containers).flatMap(({ environment, logOptions, registry }) => [
      ...[...environment, ...logOptions].map(({ value }) => value),
      ...(registry ? [registry.password] : []),
    ]);
  }

  private async ask(): Promise<GivenSecrets> {
    const { controlPlane } = this.deps;
    const { taskArn } = this.subject().task;
    const isNeeded = () => this.subject().task.desiredStatus === 'RUNNING';
    const reply = await askForTask(this.deps, isNeeded, () => controlPlane.taskSecrets(taskArn));
    return reply !== 'not needed any more' && 'failure' in reply ? { failure: sentenceOf(reply.failure) } : reply;
  }
}

/** The ECS agent's words. */
const sentenceOf = ({ what, why }: TaskSecretsFailure): string =>
  `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ${what}: service call has been retried ${REFUSALS_ASKED_AGAIN} time(s): ${why}`;
