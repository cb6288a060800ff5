import type { ServerResponse } from 'node:http';
import type { HttpResponse } from '#lib/aws-api';
import type { Clock } from '#lib/platform';
import type { Connection } from './event-streams.js';

/** What a reader that takes nothing more gets at the end; then its connection is cut. */
const LAST_WORDS_MS = 1_000;

/** A reader on Node's own response: Fastify's would end the stream with the handler. */
export class HttpConnection implements Connection {
  private readonly client = new AbortController();

  constructor(
    private readonly response: ServerResponse,
    private readonly clock: Clock,
  ) {
    response.once('close', () => this.client.abort());
    // A broken pipe is told by `close` as well.
    response.on('error', () => this.client.abort());
  }

  get gone(): AbortSignal {
    return this.client.signal;
  }

  answer({ status, headers, body }: HttpResponse): void {
    this.response.writeHead(status, headers).end(body);
  }

  begin(headers: Readonly<Record<string, string>>): void {
    this.response.writeHead(200, headers);
  }

  async write(text: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.response.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.response.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.response.on('drain', done);
      signal.addEventListener('abort', done);
    });
  }

  /** Also after `answer`. */
  end(): void {
    if (this.response.destroyed) return;
    const cancel = this.clock.after(LAST_WORDS_MS, () => this.response.destroy());
    this.response.once('close', cancel);
    this.response.end();
  }
}
