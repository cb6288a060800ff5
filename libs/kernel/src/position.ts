/**
 * A place in a journal: the event `index` of `revision`, or (without an index) behind all events of the revision. Written
 * `ecs:48213.3` and `ecs:48213`: a public event's id (the place behind it), a reader's cursor, the cause of a command (the event that
 * it answers). Readers keep it as it is.
 */
export interface Position {
  readonly revision: number;
  readonly index?: number;
}

const WRITTEN = /^([a-z-]+):(\d{1,15})(?:\.(\d{1,6}))?$/;

export const formatPosition = (journal: string, { revision, index }: Position): string =>
  index === undefined ? `${journal}:${revision}` : `${journal}:${revision}.${index}`;

/** Undefined for a text that is no position in this journal. */
export function parsePosition(journal: string, text: string): Position | undefined {
  const [, named, revision, index] = WRITTEN.exec(text) ?? [];
  if (named !== journal) return undefined;
  return index === undefined ? { revision: Number(revision) } : { revision: Number(revision), index: Number(index) };
}

/** Negative when `a` comes before `b`, 0 when they are the same place. */
export const comparePositions = (a: Position, b: Position): number =>
  a.revision !== b.revision ? a.revision - b.revision : a.index === b.index ? 0 : (a.index ?? Infinity) - (b.index ?? Infinity);
