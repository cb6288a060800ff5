/**
 * The bus port: what the cores need of NATS. The NATS adapter is in `nats-bus.ts`, the simulator has its own with delays,
 * drops, duplicates and reordering. Payloads are bytes; JSON is the callers' business (`json.ts`).
 */
export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface BusRequest extends BusMessage {
  /** Undefined for a plain publish. */
  readonly respond?: (payload: Uint8Array, headers?: Readonly<Record<string, string>>) => void;
}

/**
 * A request has four outcomes. `no-responders`: nobody listened, surely nothing was done. `timeout`: unknown; it may have
 * been done or may be done yet. `failed`: there was no way to send it (a connection that is closed or drains, too many bytes),
 * said at once; whoever tries again pauses first.
 */
export type RequestOutcome =
  | { readonly outcome: 'reply'; readonly payload: Uint8Array; readonly headers: Readonly<Record<string, string>> }
  | { readonly outcome: 'no-responders' }
  | { readonly outcome: 'timeout' }
  | { readonly outcome: 'failed'; readonly error: unknown };

export interface Subscription {
  /** Stops taking messages; those in hand are still handled. */
  drain(): Promise<void>;
}

export interface Bus {
  publish(subject: string, payload: Uint8Array, headers?: Readonly<Record<string, string>>): void;
  request(
    subject: string,
    payload: Uint8Array,
    options: { timeoutMs: number; headers?: Readonly<Record<string, string>> },
  ): Promise<RequestOutcome>;
  /** `handle` must not throw; what it returns is not awaited by the bus. With `queue`, one member of the group gets each message. */
  subscribe(subject: string, handle: (message: BusRequest) => void, options?: { queue?: string }): Subscription;
}
