/**
 * A place in the stream of public events: behind the event `index` of `revision`, or (without an index) behind all events of
 * the revision. Written `ecs:48213.3` and `ecs:48213`; an event's id is the place behind it. Readers keep it as it is.
 */
export interface EventPosition {
  readonly revision: number;
  readonly index?: number;
}

const WRITTEN = /^ecs:(\d{1,15})(?:\.(\d{1,6}))?$/;

export const formatEventPosition = ({ revision, index }: EventPosition): string =>
  index === undefined ? `ecs:${revision}` : `ecs:${revision}.${index}`;

/** Undefined for a text that is neither an event's id nor a cursor. */
export function parseEventPosition(text: string): EventPosition | undefined {
  const [, revision, index] = WRITTEN.exec(text) ?? [];
  if (revision === undefined) return undefined;
  return index === undefined ? { revision: Number(revision) } : { revision: Number(revision), index: Number(index) };
}

/** Negative when `a` comes before `b`, 0 when they are the same place. */
export const compareEventPositions = (a: EventPosition, b: EventPosition): number =>
  a.revision !== b.revision ? a.revision - b.revision : a.index === b.index ? 0 : (a.index ?? Infinity) - (b.index ?? Infinity);
