import { refusals } from '../domain/refusals.js';
import type { Position } from '../store/log-store.js';

/** 56 digits, as AWS's: of a later event a larger number. */
export const eventId = ({ timestamp, run, index }: Position): string =>
  `${String(timestamp).padStart(16, '0')}${String(run).padStart(20, '0')}${String(index).padStart(20, '0')}`;

const encode = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** The parts of a token, or a refusal: a token of another list is one. */
function decode(token: string, list: string): readonly unknown[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(parts) || parts[0] !== list || !parts.slice(1, 4).every(Number.isSafeInteger) || parts.length < 4)
    throw refusals.badToken();
  return parts.slice(1) as unknown[];
}

const positionIn = ([timestamp, run, index]: readonly unknown[]): Position => ({
  timestamp: timestamp as number,
  run: run as number,
  index: index as number,
});

/** Where GetLogEvents goes on: `f/…` behind the position, `b/…` before it. `list`: which stream it is of. */
export interface EventToken {
  readonly direction: 'f' | 'b';
  readonly position: Position;
}

export const formatEventToken = ({ direction, position }: EventToken, list: string): string =>
  `${direction}/${encode(list, position.timestamp, position.run, position.index)}`;

export function parseEventToken(token: string, list: string): EventToken {
  const direction = token.slice(0, 2);
  if (direction !== 'f/' && direction !== 'b/') throw refusals.badToken();
  return { direction: direction === 'f/' ? 'f' : 'b', position: positionIn(decode(token.slice(2), list)) };
}

export const formatPosition = ({ timestamp, run, index }: Position, list: string): string => encode(list, timestamp, run, index);
export const parsePosition = (token: string, list: string): Position => positionIn(decode(token, list));

/** `@ptr` of Logs Insights: an event of a group. */
export const formatPointer = (group: string, { timestamp, run, index }: Position): string =>
  encode('event', timestamp, run, index, group);

export function parsePointer(pointer: string): { readonly group: string; readonly position: Position } {
  const parts = decode(pointer, 'event');
  if (typeof parts[3] !== 'string') throw refusals.badToken();
  return { group: parts[3], position: positionIn(parts) };
}
