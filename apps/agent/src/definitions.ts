import type { AssignmentEntry, TaskDefinitionPayload } from '#lib/ecs/model';
import { Backoff, type Clock, type Logger } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';
import { PAUSES } from './pauses.js';
import type { AgentDisk, DefinitionKey } from './ports.js';

export interface DefinitionsDeps {
  readonly controlPlane: Pick<ControlPlane, 'taskDefinition'>;
  readonly store: Pick<AgentDisk, 'loadDefinition' | 'saveDefinition' | 'keepDefinitions'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all fetching. */
  readonly signal: AbortSignal;
  /** Whether a task that is not over needs it. */
  readonly isNeeded: (key: DefinitionKey) => boolean;
}

/** Every task that waited for the definition is over. */
export class DefinitionNotNeededError extends Error {}

const keyOf = ({ taskDefinitionArn, taskDefinitionDigest }: AssignmentEntry): DefinitionKey => ({
  taskDefinitionArn,
  digest: taskDefinitionDigest,
});

/** The task definitions of this instance's tasks: on its disk, or fetched from the control plane. */
export class Definitions {
  private readonly underWay = new Map<string, Promise<TaskDefinitionPayload>>();
  private isSwept = false;

  constructor(private readonly deps: DefinitionsDeps) {}

  /** From the disk only. */
  kept(entry: AssignmentEntry): Promise<TaskDefinitionPayload | undefined> {
    const { taskDefinitionArn, digest } = keyOf(entry);
    return this.deps.store.loadDefinition(taskDefinitionArn, digest);
  }

  /** One fetch a definition, however many tasks of it start at once. */
  async of(entry: AssignmentEntry, signal: AbortSignal): Promise<TaskDefinitionPayload> {
    const kept = await this.kept(entry);
    if (kept) return kept;
    const wanted = keyOf(entry);
    const key = `${wanted.taskDefinitionArn} ${wanted.digest}`;
    const underWay = this.underWay.get(key) ?? this.fetch(wanted);
    this.underWay.set(key, underWay);
    try {
      return await underWay;
    } finally {
      this.underWay.delete(key);
      signal.throwIfAborted();
    }
  }

  /** A host that has seen a thousand revisions needs those of the tasks that it has. */
  async sweep(entries: readonly AssignmentEntry[]): Promise<void> {
    try {
      await this.deps.store.keepDefinitions(entries.map(keyOf));
      this.isSwept = true;
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'task definitions that no task needs could not be removed; it is tried again');
    }
  }

  /** Since this process began: what an earlier one has left is swept once. */
  get wasSwept(): boolean {
    return this.isSwept;
  }

  private async fetch(wanted: DefinitionKey): Promise<TaskDefinitionPayload> {
    const { controlPlane, store, clock, logger, signal, isNeeded } = this.deps;
    const backoff = new Backoff(clock, PAUSES);
    for (;;) {
      const definition = await controlPlane.taskDefinition(wanted.taskDefinitionArn);
      if (definition?.digest === wanted.digest) {
        await store.saveDefinition(definition);
        return definition;
      }
      if (definition) logger.error({ ...wanted }, 'the task definition has another digest');
      await backoff.pause({ signal });
      signal.throwIfAborted();
      if (!isNeeded(wanted)) throw new DefinitionNotNeededError(`No task needs ${wanted.taskDefinitionArn} any more.`);
    }
  }
}
