import { mkdir, rm } from 'node:fs/promises';
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Clock, Logger } from '#lib/platform';
import { instanceMark, parseEndpointId } from './domain/endpoint-ids.js';
import type { EndpointRequest, EndpointResponse } from './task-endpoint.js';

const RETRY_MS = 1_000;
const MOST_BODY_BYTES = 16_384;
const SOURCE_HEADER = 'longshore-source';

/** On the socket, an agent of this host hands on what a task of this one asks. */
type Asker = 'tasks' | 'a neighbour';

export interface EndpointListenerDeps {
  readonly instanceId: string;
  readonly place: { readonly host: string; readonly port: number };
  /** Of this host's agents' sockets; for root only. */
  readonly directory: string;
  readonly answer: (request: EndpointRequest) => Promise<EndpointResponse>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Where tasks ask: 169.254.170.2, as on AWS. A host has that address once, and may have several agents: one of them has the port, and hands
 * what is another's to the socket that this one listens on in a directory of theirs. When it ends, another takes the port.
 */
export class EndpointListener {
  private readonly life = new AbortController();
  private readonly servers: Server[] = [];

  constructor(private readonly deps: EndpointListenerDeps) {}

  async start(): Promise<void> {
    const { directory, instanceId } = this.deps;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const socket = this.socketOf(instanceMark(instanceId));
    // Of an earlier life of this agent.
    await rm(socket, { force: true });
    await this.listen('a neighbour', { path: socket });
    void this.takePort();
  }

  stop(): void {
    this.life.abort(new Error('the endpoint stops'));
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Tries for as long as another agent has it. */
  private async takePort(): Promise<void> {
    const { clock, logger, place } = this.deps;
    for (let said = false; !this.life.signal.aborted; said = true) {
      try {
        await this.listen('tasks', place);
        logger.info(place, "the tasks' endpoint listens");
        return;
      } catch (error) {
        if (!said)
          logger.info(
            { reason: (error as Error).message },
            "the tasks' endpoint is another agent's of this host, or its address is not there yet",
          );
        await clock.sleep(RETRY_MS, this.life.signal).catch(() => undefined);
      }
    }
  }

  private listen(from: Asker, place: { path: string } | { host: string; port: number }): Promise<void> {
    const server = createServer((incoming, response) => {
      this.serve(incoming, response, from).catch((error: unknown) => {
        this.deps.logger.warn({ err: error }, 'a task could not be answered');
        if (!response.headersSent) send(response, { status: 500, body: 'The agent could not answer. Try again.' });
        else response.destroy();
      });
    });
    server.headersTimeout = 10_000;
    server.requestTimeout = 20_000;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(place, () => {
        server.off('error', reject);
        if (this.life.signal.aborted) server.close();
        this.servers.push(server);
        resolve();
      });
    });
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse, from: Asker): Promise<void> {
    const body = await bodyOf(incoming);
    if (body === undefined) return send(response, { status: 413, body: 'The request is too large.' });
    const source = from === 'tasks' ? (incoming.socket.remoteAddress ?? '') : sourceTold(incoming);
    const request = { method: incoming.method ?? 'GET', target: incoming.url ?? '/', body, source };
    const owner = this.ownerOf(request.target);
    if (owner !== undefined && from === 'tasks') return this.handOn(request, owner, response);
    send(response, await this.deps.answer(request));
  }

  /** Undefined: this agent. */
  private ownerOf(target: string): string | undefined {
    const id = target
      .split('/')
      .map(parseEndpointId)
      .find((parsed) => parsed !== undefined);
    return id === undefined || id.instance === instanceMark(this.deps.instanceId) ? undefined : id.instance;
  }

  private handOn({ method, target, body, source }: EndpointRequest, owner: string, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const headers = { [SOURCE_HEADER]: source, 'content-length': Buffer.byteLength(body) };
      const passed = forward({ socketPath: this.socketOf(owner), method, path: target, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
        answer.pipe(response);
        answer.once('close', resolve);
      });
      passed.once('error', () => {
        send(response, { status: 404, body: 'The agent of this task does not run.' });
        resolve();
      });
      passed.end(body);
    });
  }

  private readonly socketOf = (mark: string): string => join(this.deps.directory, `${mark}.sock`);
}

/** Only agents of this host write to the socket: what they say is where the request came from. */
const sourceTold = (incoming: IncomingMessage): string => String(incoming.headers[SOURCE_HEADER] ?? '');

async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > MOST_BODY_BYTES) return undefined;
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) incoming.destroy(new Error('the request is too large'));
  });
  return text(incoming);
}

function send(response: ServerResponse, { status, body }: EndpointResponse): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
