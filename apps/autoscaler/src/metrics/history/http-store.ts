import { HistoryUnavailable } from './metric-history.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpStoreLimits {
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** Requests to a store whose URL may hold a name and a password. No answer, one that is too slow and one of the server's own troubles: unavailable. */
export class HttpStore {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(url: string) {
    const { username, password } = new URL(url);
    const plain = new URL(url);
    plain.username = '';
    plain.password = '';
    this.base = plain.href.replace(/\/+$/, '');
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.headers = username === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  }

  /** Without its secrets. */
  get shown(): string {
    return this.base;
  }

  post(path: string, body: string | URLSearchParams, limits: HttpStoreLimits): Promise<HttpAnswer> {
    return this.ask(path, { method: 'POST', body }, limits);
  }

  async ask(path: string, init: RequestInit, { timeoutMs, mostBytes }: HttpStoreLimits): Promise<HttpAnswer> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${this.base}${path}`, { ...init, signal, redirect: 'error', headers: this.headers });
      const body = await bounded(response, mostBytes);
      if (response.status >= 500) throw new HistoryUnavailable(`The store of metrics answers ${response.status}.`);
      return { status: response.status, body };
    } catch (error) {
      if (error instanceof HistoryUnavailable || error instanceof TooLarge) throw error;
      const cause = (error as Error & { readonly cause?: { readonly code?: string } }).cause?.code;
      throw new HistoryUnavailable(`The store of metrics does not answer (${cause ?? (error as Error).message}).`, {
        cause: error,
      });
    }
  }
}

/** An answer that nobody shall keep in memory. */
export class TooLarge extends Error {}

async function bounded(response: Response, mostBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > mostBytes)
      throw new TooLarge(`The answer is larger than ${mostBytes} bytes: ask for less time, longer steps or fewer series.`);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString();
}
