import type { Filter } from '../../domain/filter-pattern/filter.js';
import type { Selection } from '../log-store.js';
import { filterOf } from '../selected.js';
import type { Run } from './runs.js';

export interface StreamRun extends Run {
  readonly streamId: string;
}

/** Which events of a run are meant, made ready for many runs. */
export interface Meant {
  readonly filter: Filter;
  readonly streams: ReadonlySet<string> | undefined;
  readonly from: number;
  readonly to: number;
}

export const meantOf = (selection: Selection): Meant => ({
  filter: filterOf(selection),
  streams: selection.streams && new Set(selection.streams),
  from: selection.from,
  to: selection.to,
});

/** Gives the events of a run that are meant and `isWanted`. */
export function visit(
  run: StreamRun,
  { filter, streams, from, to }: Meant,
  isWanted: (timestamp: number, index: number) => boolean,
  give: (timestamp: number, index: number, message: string, bytes: number) => void,
): void {
  if (streams?.has(run.streamId) === false) return;
  const has = literalIn(run, filter.literal);
  if (!has) return;
  let at = 0;
  for (let index = 0; index < run.times.length; index++) {
    const [timestamp, length] = [run.times[index]!, run.lengths[index]!];
    const begin = at;
    at += length;
    if (timestamp < from || timestamp >= to || !isWanted(timestamp, index) || !has(begin, at)) continue;
    const message = run.text.toString('utf8', begin, at);
    if (filter.matches(message)) give(timestamp, index, message, length);
  }
}

/** Whether the bytes from `begin` to `end` have the literal in them: found once for all events of a run. Undefined: none has it. */
function literalIn({ text }: Run, literal: string | undefined): ((begin: number, end: number) => boolean) | undefined {
  if (literal === undefined) return () => true;
  const bytes = Buffer.from(literal);
  let found = text.indexOf(bytes);
  if (found < 0) return undefined;
  return (begin, end) => {
    while (found >= 0 && found < begin) found = text.indexOf(bytes, found + 1);
    return found >= 0 && found + bytes.length <= end;
  };
}
