/** A fact, past tense, entity first. `v` is the version of `data`'s shape; old versions are upcast at the edge. */
export interface EventRecord {
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
}

/** Who wants something of a journal, and why: a command says it, and its transaction keeps it for ever. */
export interface Origin {
  /** The token of the subject that the command arrived on: a claim that cannot be forged. */
  readonly actor: string;
  readonly principal: string;
  /** The access key that signed the request; absent for what an app does by itself, and in journals from before it was noted. */
  readonly accessKeyId?: string;
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  /** The API operation (or loop) that the command came from. */
  readonly operation: string;
  /** The revision the proposer had folded when it made its plan. */
  readonly basisRevision?: number;
  /** What led to the command, e.g. `ecs:48213.2`, the event that a reconciler answered. */
  readonly cause?: string;
}

/** The events of one command: they become true together or not at all. */
export interface Transaction extends Origin {
  readonly commandId: string;
  readonly events: readonly EventRecord[];
}
