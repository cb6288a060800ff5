import { ProtocolHandler } from '@nats-io/nats-core/internal';

/** What of it is used here; its types call the first private. */
interface Protocol {
  flushPending: (this: object) => void;
  close: (this: object, error?: Error) => Promise<void>;
}

/**
 * The client writes to its socket a microtask after the first message, so that what one read of the socket leads to, step by step, goes out in
 * many writes, each of which is a call of the system here and another one, and a wake-up, in the broker. Whatever a turn of the event loop
 * has to say goes out together at its end.
 */
export function writeOnceATurn(): void {
  const protocol = ProtocolHandler.prototype as unknown as Protocol;
  const { flushPending, close } = protocol;
  const due = new WeakSet();
  protocol.flushPending = function (): void {
    if (due.has(this)) return;
    due.add(this);
    setImmediate(() => {
      due.delete(this);
      flushPending.call(this);
    });
  };
  // What was said before the goodbye goes out before it.
  protocol.close = function (error): Promise<void> {
    flushPending.call(this);
    return close.call(this, error);
  };
}
