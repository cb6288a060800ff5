import type { Server, Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type HttpResponse } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Gateway } from './gateway.js';
import type { Limits } from './limits.js';

/** Fastify gives us HTTP and nothing else: no routes, no parsers, and none of its own error pages. */
export function serveGateway(instance: FastifyInstance, gateway: Gateway, limits: Limits): void {
  // A scope of its own, so that Nest's parsers and its error and not-found handlers stay outside.
  void instance.register((scope: FastifyInstance, _options: unknown, done: () => void) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.largestBodyBytes }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.addHook('preClose', (closed) => {
      gateway.close();
      closed();
    });
    scope.setErrorHandler((error: FastifyError, _request, reply) => send(reply, gateway.refusal(rejectionOf(error, limits))));
    scope.all('/*', async (request, reply) => {
      const response = await gateway.handle({
        method: request.method,
        target: request.raw.url ?? '/',
        headers: request.headers as Record<string, string | undefined>,
        body: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
        peer: request.socket.remoteAddress,
      });
      return send(reply, response);
    });
    done();
  });
}

/** One client that opens connections without end leaves room for others; what is beyond is closed at once. */
export function limitConnections(server: Server, limits: Pick<Limits, 'maxConnections' | 'maxConnectionsOfAddress'>): void {
  server.maxConnections = limits.maxConnections;
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const count = open.get(address) ?? 0;
    if (count >= limits.maxConnectionsOfAddress) return void socket.destroy();
    open.set(address, count + 1);
    socket.once('close', () => {
      const left = open.get(address)! - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

const NO_BODY = new Uint8Array();

/** Answers requests that never reach a route: paths that are no path, headers that are no headers. */
export const frameworkErrors = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
  const body = JSON.stringify({ __type: 'UnknownOperationException', message: 'The request is not one that can be understood.' });
  void reply
    .code(error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 400)
    .header('content-type', 'application/x-amz-json-1.1')
    .send(Buffer.from(body));
};

/** Bytes that are no HTTP request never become one: answered on the socket, in what an AWS client can still parse. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, sentence] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'The request is not one that can be understood.'];
  const body = JSON.stringify({ __type: 'SerializationException', message: sentence });
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/x-amz-json-1.1',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

const BROKEN: Readonly<Record<string, readonly [status: string, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', "The request's headers are larger than 16 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive as a whole in time.'],
};

function send(reply: FastifyReply, { status, headers, body, stream }: HttpResponse): FastifyReply {
  if (stream) return reply.code(status).headers(headers).send(stream);
  // A Buffer, because Fastify adds a charset to the content type of strings.
  return reply
    .code(status)
    .headers(headers)
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

function rejectionOf(error: FastifyError, limits: Limits): Rejection {
  if (error.statusCode === 413) return errors.tooLarge(limits.largestBodyBytes);
  return errors.badEncoding('The request body could not be read: its length or its media type is not what its headers say.');
}
