import { MAX_BATCH_BYTES, type ShippedEvent } from '#lib/logs';
import type { Item } from './event-joiner.js';
import type { Place } from './line-assembler.js';

/** Consecutive lines that are sent together. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly events: readonly ShippedEvent[];
  /** The last place in it from which the same lines can be made again, and the number of the first of them. */
  readonly resume?: { readonly place: Place; readonly n: number };
}

/** Group, stream, source and what the names of fields take. */
const ENVELOPE_BYTES = 8 * 1024;
/** `{"n":…,"timestamp":…,"message":""},`; a record of the engine's has its time and stream, which is about as much. */
const EVENT_OVERHEAD_BYTES = 24;

/** `from`: the number of the first line that is in no batch yet. */
export function cutBatches(items: readonly Item[], from: number): Cut[] {
  const cuts: Cut[] = [];
  let open: Item[] = [];
  let bytes = 0;
  let next = from;
  const close = () => {
    if (open.length === 0) return;
    const to = open.at(-1)!.n;
    const clean = open.findLast(({ end }) => end !== undefined);
    cuts.push({
      from: next,
      to,
      events: open.flatMap(({ event }) => (event ? [event] : [])),
      resume: clean && { place: clean.end!, n: clean.n + 1 },
    });
    next = to + 1;
    open = [];
    bytes = 0;
  };
  for (const item of items) {
    const itemBytes = item.bytes + EVENT_OVERHEAD_BYTES;
    if (bytes + itemBytes > MAX_BATCH_BYTES - ENVELOPE_BYTES) close();
    open.push(item);
    bytes += itemBytes;
  }
  close();
  return cuts;
}
