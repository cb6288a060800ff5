/** What is done to one container of a task, or to the network of all of them. */
export type OperationKind = 'look' | 'pull' | 'create' | 'start' | 'stop' | 'network' | 'release-network';

export interface Operation {
  readonly kind: OperationKind;
  /** Of those on the task's network `PAUSE`. */
  readonly container: string;
  /** For `stop`: what is left of the time between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

/** Containers with an operation under way. */
export type Busy = ReadonlyMap<string, OperationKind>;
