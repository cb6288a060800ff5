import type { FastifyInstance } from 'fastify';
import type { Clock } from '#lib/platform';
import type { EventStreams } from './event-streams.js';
import { feedOf } from './feeds.js';
import { HttpConnection } from './http-connection.js';

/** Takes the requests for events out of the API's before Fastify reads a body or looks for a route; ends streams before it closes. */
export function serveEvents(instance: FastifyInstance, streams: EventStreams, clock: Clock): void {
  instance.addHook('onRequest', (request, reply, next) => {
    const target = request.raw.url ?? '/';
    if (!feedOf(request.method, target)) return next();
    reply.hijack();
    const headers = request.headers as Record<string, string | undefined>;
    void streams.serve({ method: request.method, target, headers, body: NO_BODY }, new HttpConnection(reply.raw, clock));
  });
  instance.addHook('preClose', (done) => {
    streams.close();
    done();
  });
}

const NO_BODY = new Uint8Array();
