import type { StreamTimes } from '../domain/streams.js';

/** Where an event stands in its group: by its time, and among those of one time by arrival. */
export interface Position {
  readonly timestamp: number;
  /** Rises with each run of events that the store takes, for ever. */
  readonly run: number;
  /** In its run. */
  readonly index: number;
}

export interface StoredEvent extends Position {
  readonly message: string;
  readonly ingestedAt: number;
  /** Id. */
  readonly stream: string;
}

/** A group as the store knows it: `id`, of one incarnation; `partition`, where its files are. */
export interface GroupRef {
  readonly id: string;
  readonly partition: number;
  /** Whose files these are, for `RoutedLogStore` alone; undefined: this process's. */
  readonly place?: number;
}

export interface Append {
  readonly group: GroupRef;
  /** Id. */
  readonly stream: string;
  readonly ingestedAt: number;
  readonly events: readonly { readonly timestamp: number; readonly message: string; readonly n?: number }[];
  /** Of a container's lines (`LogSource`): the events have ordinals then. */
  readonly source?: { readonly container: string; readonly from: number; readonly to: number; readonly skips: boolean };
  /** Of a put by a client: what comes with the same id is what was taken already. Remembered for `REQUEST_KEPT_MS`. */
  readonly request?: string;
}

/** Longer than a client, or the gateway for it, sends a request again. */
export const REQUEST_KEPT_MS = 15 * 60_000;

export interface Appended {
  /** Of a container's lines: those below are durable. */
  readonly next?: number;
  /** How many of the events were taken now. */
  readonly taken: number;
}

/** Which of a group's events are meant. */
export interface Selection {
  readonly group: GroupRef;
  /** Ids; undefined: every stream's. */
  readonly streams?: readonly string[];
  /** Milliseconds, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  /** A filter pattern, known to be sound. */
  readonly pattern?: string;
  /** A search query, known to be sound. */
  readonly query?: string;
  /** How much text may be looked at: what was asked for may end early, even without an event, and says where. */
  readonly budgetBytes: number;
}

export interface Scan extends Selection {
  /** The newest first. */
  readonly backward: boolean;
  /** Only what comes behind it, in the direction of the scan. */
  readonly after?: Position;
  readonly limit: number;
  /** Of the messages in a page; one event is always given. */
  readonly maxBytes: number;
}

export interface Counting extends Selection {
  readonly binMs: number;
}

export interface Counts {
  /** Events by the begin of their bin, in milliseconds. */
  readonly bins: Readonly<Record<number, number>>;
  /** Everything from here on was counted, the newest first; undefined: all that was asked for. */
  readonly countedFrom?: number;
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; undefined: there was nothing more. */
  readonly next?: Position;
}

/** What is kept no longer. */
export interface Sweep {
  /** Groups of which nothing shall be left. */
  readonly erase: readonly GroupRef[];
  /** Groups of which nothing older shall be left, by whole days. */
  readonly expire: readonly (GroupRef & { readonly before: number })[];
}

export interface DamagedFile {
  readonly file: string;
  readonly reason: string;
}

/** Lines of containers, and nothing else. Calls reject with `StoreUnavailable` when trying again later may help. */
export interface LogStore {
  /** Resolves when everything is durable. Calls are taken one after another, all of one or nothing of it. */
  append(append: Append): Promise<Appended>;
  scan(scan: Scan, signal?: AbortSignal): Promise<Page>;
  count(counting: Counting, signal?: AbortSignal): Promise<Counts>;
  /** By stream id; of those that ever had an event. */
  streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>>;
  /** Bytes of messages by group id. */
  storedBytes(): Promise<Readonly<Record<string, number>>>;
  sweep(sweep: Sweep): Promise<void>;
  /** Files that could not be read: their lines are missing from every answer. */
  damaged(): readonly DamagedFile[];
  close(): Promise<void>;
}

/** Nothing of the call is kept, and it may be tried again: no room on the disk, or the store is closing. */
export class StoreUnavailable extends Error {}

export const comparePositions = (a: Position, b: Position): number =>
  a.timestamp - b.timestamp || a.run - b.run || a.index - b.index;

/** The last millisecond that events may have. */
export const END_OF_TIME = 8_640_000_000_000_000;

export const DAY_MS = 86_400_000;
/** Days since 1970, UTC. */
export const dayOf = (timestamp: number): number => Math.floor(timestamp / DAY_MS);
