import type { Client, errors } from '@opensearch-project/opensearch';
import { StoreUnavailable } from '../log-store.js';
import type { SearchServer } from './settings.js';

/** Shorter than a request to the gateway may take. */
const TIMEOUT_MS = 8_000;
const ATTEMPTS_MORE = 2;

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Each part is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** Of a bulk: actions and documents in turns. */
  readonly lines?: readonly object[];
  /** Statuses that are answers. */
  readonly expects?: readonly number[];
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ServerAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** A cluster, by its client: which keeps connections, and asks another node when one is away. */
export class SearchConnection {
  private isAway = false;

  private constructor(
    private readonly client: Client,
    private readonly onTrouble: (trouble: string | undefined) => void,
  ) {}

  /**
   * The client is loaded by those who need it: it is 29 MB of memory. `onTrouble`: told once when the server begins not to answer, and with nothing when
   * it answers again.
   */
  static async open(
    { nodes, auth, ca, isInsecure }: SearchServer,
    onTrouble: (trouble: string | undefined) => void,
  ): Promise<SearchConnection> {
    const { Client } = await import('@opensearch-project/opensearch');
    return new SearchConnection(
      new Client({
        nodes: [...nodes],
        ...(auth ? { auth } : {}),
        ssl: { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: !isInsecure },
        requestTimeout: TIMEOUT_MS,
        maxRetries: ATTEMPTS_MORE,
      }),
      onTrouble,
    );
  }

  /** Rejects with `StoreUnavailable` when the same may be answered later, and with the server's reason when it will not. */
  async request<Body>({
    path,
    query,
    lines,
    expects = [],
    timeoutMs,
    signal,
    ...request
  }: ServerRequest): Promise<ServerAnswer<Body>> {
    signal?.throwIfAborted();
    const asked = this.client.transport.request(
      {
        ...request,
        path: `/${path.map(encodeURIComponent).join('/')}`,
        ...(query ? { querystring: { ...query } } : {}),
        ...(lines ? { bulkBody: [...lines] } : {}),
      },
      { ignore: [...expects], ...(timeoutMs === undefined ? {} : { requestTimeout: timeoutMs }) },
    );
    const abort = () => asked.abort();
    signal?.addEventListener('abort', abort);
    try {
      const { statusCode, body } = await asked;
      this.heard(undefined);
      return { status: statusCode ?? 0, body: body as Body };
    } catch (error) {
      signal?.throwIfAborted();
      const told = toldOf(error as Error, `${request.method} ${path.join('/')}`);
      if (told instanceof StoreUnavailable) this.heard(told.message);
      throw told;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private heard(trouble: string | undefined): void {
    if (this.isAway === (trouble !== undefined)) return;
    this.isAway = trouble !== undefined;
    this.onTrouble(trouble);
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Too much at once, a node that is away, and what an operator has to mend: lines wait for these. */
const LATER = new Set([401, 403, 408, 429, 502, 503, 504]);

function toldOf(error: Error, what: string): Error {
  const { statusCode, body } = error as Partial<errors.ResponseError>;
  if (statusCode === undefined) {
    // What is not an answer at all: no connection, no time, a certificate.
    return new StoreUnavailable(`The server that has the lines cannot be asked (${error.name}: ${error.message}).`);
  }
  const reason = reasonIn(body) ?? error.message;
  return LATER.has(statusCode)
    ? new StoreUnavailable(`The server that has the lines does not answer now (${statusCode}: ${reason}).`)
    : new Error(`${what} was answered ${statusCode}: ${reason}`, { cause: error });
}

/** `{"error": {"type": …, "reason": …}}`, or a text of a proxy before it. */
function reasonIn(body: unknown): string | undefined {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: unknown };
  if (typeof error === 'string') return error;
  const { type, reason } = (typeof error === 'object' && error !== null ? error : {}) as { type?: string; reason?: string };
  return type === undefined ? undefined : `${type}${reason === undefined ? '' : `: ${reason}`}`;
}
