import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An image registry (OCI distribution) in memory, for one engine, with or without basic auth. */
export interface TestRegistry {
  /** What images of it begin with: `127.0.0.1:<port>`, which engines speak HTTP to. */
  readonly host: string;
  /** How many requests there were. */
  readonly requests: () => number;
  stop(): Promise<void>;
}

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

interface Manifest {
  readonly type: string;
  readonly content: Buffer;
}

export async function startRegistry(login?: { readonly username: string; readonly password: string }): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  /** By `<repository>:<tag>` and `<repository>:<digest>`. */
  const manifests = new Map<string, Manifest>();
  let requests = 0;
  const expected = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;

  const refuse = (response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
  };
  const give = (response: ServerResponse, isHead: boolean, { type, content }: Manifest) => {
    const headers = { 'content-type': type, 'content-length': content.length, 'docker-content-digest': digestOf(content) };
    response.writeHead(200, headers).end(isHead ? undefined : content);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url!, 'http://registry');
    const isHead = request.method === 'HEAD';
    if (expected !== undefined && request.headers.authorization !== expected)
      return refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="test"' });
    if (url.pathname === '/v2/') return void response.writeHead(200).end();
    const [, repository, kind, reference = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'manifests' && request.method === 'PUT') {
      const manifest = { type: request.headers['content-type']!, content: body };
      for (const name of [reference, digestOf(body)]) manifests.set(`${repository}:${name}`, manifest);
      return void response.writeHead(201, { 'docker-content-digest': digestOf(body), location: url.pathname }).end();
    }
    if (kind === 'manifests') {
      const manifest = manifests.get(`${repository}:${reference}`);
      if (!manifest) return refuse(response, 404, 'MANIFEST_UNKNOWN');
      return give(response, isHead, manifest);
    }
    if (kind === 'blobs' && reference.startsWith('uploads/')) {
      const id = reference.slice('uploads/'.length) || randomUUID();
      const content = Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]);
      const digest = url.searchParams.get('digest');
      const location = `/v2/${repository}/blobs/uploads/${id}`;
      uploads.set(id, content);
      if (digest !== null) blobs.set(digest, content);
      if (digest !== null) return void response.writeHead(201, { 'docker-content-digest': digest, location }).end();
      return void response.writeHead(202, { location, range: `0-${Math.max(0, content.length - 1)}` }).end();
    }
    const blob = blobs.get(reference);
    if (!blob) return refuse(response, 404, 'BLOB_UNKNOWN');
    return give(response, isHead, { type: 'application/octet-stream', content: blob });
  };

  const server = createServer((request, response) => {
    requests++;
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
