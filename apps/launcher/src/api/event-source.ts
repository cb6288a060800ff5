import { setTimeout as pause } from 'node:timers/promises';
import { refusalOf, signedHeaders } from './api-client.js';
import { UserFault } from '../terminal/fault.js';
import type { AccessKeyCredentials } from '../host/secrets.js';
import { SseParser } from './sse-parser.js';

export interface EventSourceOptions {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
  readonly region: string;
  /** Default `/events`. */
  readonly path?: string;
  /** Filters. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** An event id or a cursor; absent: from now on. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** Told once for each time that the stream is away, with the reason, and once when it is back. */
  readonly onAway?: (why: string) => void;
  readonly onBack?: () => void;
}

const RECONNECT_MS = 500;
/** The gateway says something every 15 s at least. */
const SILENCE_MS = 30_000;

/**
 * The data of each event, once and in order, from `after` on. A stream that ends is taken up again behind the last event that was
 * given, for as long as it takes; a refusal ends it with a UserFault.
 */
export async function* followEvents(options: EventSourceOptions): AsyncGenerator<string, void, undefined> {
  let lastId = options.after;
  let isAway = false;
  while (!options.signal?.aborted) {
    const watchdog = new Watchdog(options.signal);
    try {
      const response = await connect(options, lastId, watchdog.signal);
      if (isAway) options.onBack?.();
      isAway = false;
      const parser = new SseParser();
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        watchdog.heard();
        for (const { id, data } of parser.push(text)) {
          // Behind an event only once it was taken: a stream that breaks before that brings it again.
          if (data !== undefined) yield data;
          lastId = id ?? lastId;
        }
      }
    } catch (error) {
      if (error instanceof UserFault) throw error;
      if (!isAway && !options.signal?.aborted) options.onAway?.(reasonOf(error));
      isAway = true;
    } finally {
      watchdog.stop();
    }
    // Only the signal ends the pause early.
    await pause(RECONNECT_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

export function eventsUrl(endpoint: string, query: EventSourceOptions['query'], path = '/events'): URL {
  const url = new URL(path, endpoint);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
}

async function connect(options: EventSourceOptions, lastId: string | undefined, signal: AbortSignal): Promise<Response> {
  const url = eventsUrl(options.endpoint, options.query, options.path);
  const headers = await signedHeaders({ ...options, service: 'longshore' }, url, { method: 'GET' });
  if (lastId !== undefined) headers['last-event-id'] = lastId;
  const response = await fetch(url, { headers, signal });
  if (response.ok) return response;
  const { code, message, status } = await refusalOf(response);
  throw status < 500 ? new UserFault(`${code}: ${message}`) : new Error(message);
}

/** Aborts when nothing has been heard for a while, or when the reader wants to end. */
class Watchdog {
  private readonly controller = new AbortController();
  private timer = this.set();
  private readonly leave = () => this.controller.abort(new Error('the reader has ended it'));

  constructor(private readonly outer: AbortSignal | undefined) {
    outer?.addEventListener('abort', this.leave);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = this.set();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.leave);
    this.controller.abort(new Error('over'));
  }

  private set(): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new Error(`nothing was heard for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
  }
}

/** `fetch` says "fetch failed" and hides why. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
};
