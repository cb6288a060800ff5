import type { Append } from '../log-store.js';

/** An append as it crosses to the writer's thread: no object an event. */
export interface PreparedAppend extends Omit<Append, 'events'> {
  readonly times: Float64Array;
  readonly lengths: Uint32Array;
  /** With a source only. */
  readonly ordinals?: Float64Array;
  readonly text: Uint8Array;
}

export function prepare({ events, ...rest }: Append): PreparedAppend {
  const times = new Float64Array(events.length);
  const lengths = new Uint32Array(events.length);
  const ordinals = rest.source ? new Float64Array(events.length) : undefined;
  let bytes = 0;
  for (let i = 0; i < events.length; i++) {
    const { timestamp, message, n } = events[i]!;
    times[i] = timestamp;
    bytes += lengths[i] = Buffer.byteLength(message);
    if (ordinals) ordinals[i] = n!;
  }
  // Not of the pool, whose memory others share: it is given away.
  const text = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const { message } of events) at += text.write(message, at);
  return { ...rest, times, lengths, ...(ordinals ? { ordinals } : {}), text };
}
