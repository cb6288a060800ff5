import {
  headers as natsHeaders,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import type { Bus, BusRequest, RequestOutcome, Subscription } from './bus.js';

const toHeaders = (from?: Readonly<Record<string, string>>): MsgHdrs | undefined => {
  if (!from) return undefined;
  const to = natsHeaders();
  for (const [key, value] of Object.entries(from)) to.set(key, value);
  return to;
};

const fromHeaders = (from?: MsgHdrs): Record<string, string> => {
  const to: Record<string, string> = {};
  if (from) for (const [key, values] of from) to[key] = values[0] ?? '';
  return to;
};

const toRequest = (message: Msg): BusRequest => ({
  subject: message.subject,
  payload: message.data,
  headers: fromHeaders(message.headers),
  ...(message.reply
    ? {
        respond: (payload: Uint8Array, headers?: Readonly<Record<string, string>>) =>
          void message.respond(payload, { headers: toHeaders(headers) }),
      }
    : {}),
});

const isNoResponders = (error: unknown) =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());

const isTimeout = (error: unknown) =>
  error instanceof TimeoutError || (error instanceof RequestError && error.cause instanceof TimeoutError);

/** The bus on core NATS. Bulk and commands only: nothing here is stored. */
export class NatsBus implements Bus {
  constructor(private readonly connection: NatsConnection) {}

  publish(subject: string, payload: Uint8Array, headers?: Readonly<Record<string, string>>): void {
    this.connection.publish(subject, payload, { headers: toHeaders(headers) });
  }

  async request(
    subject: string,
    payload: Uint8Array,
    options: { timeoutMs: number; headers?: Readonly<Record<string, string>> },
  ): Promise<RequestOutcome> {
    try {
      const reply = await this.connection.request(subject, payload, {
        timeout: Math.max(1, Math.round(options.timeoutMs)),
        headers: toHeaders(options.headers),
      });
      return { outcome: 'reply', payload: reply.data, headers: fromHeaders(reply.headers) };
    } catch (error) {
      if (isNoResponders(error)) return { outcome: 'no-responders' };
      return isTimeout(error) ? { outcome: 'timeout' } : { outcome: 'failed', error };
    }
  }

  subscribe(subject: string, handle: (message: BusRequest) => void, options: { queue?: string } = {}): Subscription {
    const subscription = this.connection.subscribe(subject, {
      ...(options.queue ? { queue: options.queue } : {}),
      callback: (error, message) => {
        if (!error) handle(toRequest(message));
      },
    });
    return { drain: () => subscription.drain() };
  }
}
