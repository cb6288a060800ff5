import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import { HistoryUnavailable } from './metric-history.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpStoreLimits {
  /** From the first byte to the last of the answer. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** An answer that nobody shall keep in memory. */
export class TooLarge extends Error {}

/**
 * Requests to a store whose URL may hold a name and a password. No answer, one that is too slow and one of the server's own troubles:
 * unavailable. Not `fetch`, which refuses ports that browsers must not ask.
 */
export class HttpStore {
  private readonly base: URL;
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(url: string) {
    this.base = new URL(url);
    const { username, password } = this.base;
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.headers = username === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    this.base.username = '';
    this.base.password = '';
    // Shorter than the minute after which the store closes a connection that is not used.
    const settings = { keepAlive: true, maxSockets: 8, timeout: 20_000 };
    this.agent = this.base.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /** Without its secrets. */
  get shown(): string {
    return this.base.href.replace(/\/+$/, '');
  }

  async post(path: string, content: string | URLSearchParams, limits: HttpStoreLimits): Promise<HttpAnswer> {
    const type = content instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'text/plain';
    const answer = await this.send(path, Buffer.from(content.toString()), type, limits);
    if (answer.status >= 500) throw new HistoryUnavailable(`The store of metrics answers ${answer.status}.`);
    return answer;
  }

  private send(path: string, content: Buffer, type: string, { timeoutMs, mostBytes }: HttpStoreLimits): Promise<HttpAnswer> {
    const { base, agent } = this;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) =>
        reject(
          new HistoryUnavailable(`The store of metrics does not answer (${error.code ?? error.message}).`, { cause: error }),
        );
      const outgoing = (base.protocol === 'https:' ? overHttps : overHttp)(
        `${this.shown}${path}`,
        {
          method: 'POST',
          agent,
          signal: AbortSignal.timeout(timeoutMs),
          headers: { ...this.headers, 'content-type': type, 'content-length': content.length },
        },
        (incoming: IncomingMessage) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          incoming.on('data', (part: Buffer) => {
            bytes += part.length;
            if (bytes <= mostBytes) return void parts.push(part);
            reject(
              new TooLarge(`The answer is larger than ${mostBytes} bytes: ask for less time, longer steps or fewer series.`),
            );
            outgoing.destroy();
          });
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
          incoming.on('error', fail);
        },
      );
      outgoing.on('error', fail);
      outgoing.end(content);
    });
  }
}
