/**
 * What an agent sends of a container's lines, and what it is answered: a NATS request on `subjects.logBatch(agent, partition)`, JSON
 * both ways. The subject's account is the group's: a host writes into no other account's logs, whatever a batch says.
 */
export interface LogBatch {
  readonly v: 1;
  /** The group's, `awslogs-region`: not always the host's. */
  readonly region: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** What may be made when it is not there. Of a group that may not, the batch is refused (`awslogs-create-group`). */
  readonly create: { readonly group: boolean; readonly stream: true };
  readonly source: LogSource;
  /** The range's events in order. A multi-line event has the ordinal of its last line, so some of a range may have none. */
  readonly events: readonly ShippedEvent[];
  /** Lines that non-blocking mode threw away before this range, for want of room in its buffer: told with the first batch after it. */
  readonly dropped?: { readonly count: number };
}

/**
 * Before a container's first line, on the same subject: its stream is made as Docker's driver makes it, when the container starts. Answered with
 * `next: 0`. An aggregator of an older version refuses it, and makes the stream with the first line.
 */
export interface LogOpening extends Pick<LogBatch, 'v' | 'region' | 'logGroup' | 'logStream' | 'create'> {
  readonly opens: true;
}

/**
 * `[from, to]` of the lines of one run of one container. Whatever of it was taken before is not taken again. Ranges follow each other: of
 * one that begins beyond what the store knows of this run nothing is taken, and the answer says where to go on; unless it is the first
 * that the store hears of the run, or names the lines between as `dropped`.
 */
export interface LogSource {
  /** The engine's container id, and what tells apart the runs whose ordinals begin anew. Unique on its host. */
  readonly container: string;
  readonly from: number;
  readonly to: number;
}

export interface ShippedEvent {
  readonly n: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** `next`: all lines below it are durable; so much may be forgotten. No answer: not known to be, say it again. */
export type LogBatchReply = { readonly next: number } | { readonly error: LogBatchError };

export interface LogBatchError {
  /** AWS's: `ResourceNotFoundException`, `ServiceUnavailableException`, … */
  readonly code: string;
  readonly message: string;
  /** False: the same batch is refused again until somebody does what the message says. */
  readonly retryable: boolean;
}

/** A batch's JSON. */
export const MAX_BATCH_BYTES = 512 * 1024;
/** An event's message, as CloudWatch Logs bounds it: with what it adds to each (26 bytes), a megabyte. Longer ones are sent in parts. */
export const MAX_EVENT_BYTES = 1024 * 1024 - 26;
