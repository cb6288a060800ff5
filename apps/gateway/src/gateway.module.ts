import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Bus, OperationsRegistry } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import { Authenticator } from './authenticator.js';
import { Authorizer } from './authorizer.js';
import { EventMetrics } from './events/event-metrics.js';
import { EventStreams } from './events/event-streams.js';
import { serveEvents } from './events/serve-events.js';
import { Gateway } from './gateway.js';
import { frameworkErrors, limitConnections, refuseBrokenRequest, serveGateway } from './http-server.js';
import { BusKeySource } from './key-source.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { GatewayMetrics } from './metrics.js';
import { ProcessMetrics } from './prometheus/process-metrics.js';
import { Upstream } from './upstream.js';

export interface GatewayOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly operations: OperationsRegistry;
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  readonly limits?: Limits;
  readonly metrics?: GatewayMetrics;
  readonly eventMetrics?: EventMetrics;
}

@Module({})
export class GatewayModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Gateway) private readonly gateway: Gateway,
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject('CLOCK') private readonly clock: Clock,
    @Inject('LIMITS') private readonly limits: Limits,
  ) {}

  static register(options: GatewayOptions): DynamicModule {
    const { bus, clock, random, logger, operations, masterKey } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    const upstream = new Upstream({ bus, clock, operations }, limits);
    const keys = new BusKeySource({ bus, clock, random, logger, masterKey, revisions: () => upstream.revisions() });
    const metrics = options.metrics ?? new GatewayMetrics();
    const authenticator = new Authenticator({ keys, clock });
    const authorizer = new Authorizer({ upstream, random });
    const processes = new ProcessMetrics({ bus, clock, random });
    const gateway = new Gateway({ upstream, authenticator, authorizer, clock, random, logger, metrics, processes, limits });
    const eventMetrics = options.eventMetrics ?? new EventMetrics();
    const streams = new EventStreams({
      upstream,
      authenticator,
      authorizer,
      clock,
      random,
      logger,
      metrics: eventMetrics,
      limits,
    });
    return {
      module: GatewayModule,
      providers: [
        { provide: Gateway, useValue: gateway },
        { provide: EventStreams, useValue: streams },
        { provide: 'CLOCK', useValue: clock },
        { provide: 'LIMITS', useValue: limits },
      ],
    };
  }

  onModuleInit(): void {
    const instance = this.host.httpAdapter.getInstance<FastifyInstance>();
    limitConnections(instance.server, this.limits);
    serveEvents(instance, this.streams, this.clock);
    serveGateway(instance, this.gateway, this.limits);
  }
}

/** For `NestFactory.create(module, createHttpAdapter(), { bodyParser: false })`. */
export function createHttpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    // A client has this long to send a whole request.
    requestTimeout: 30_000,
    // SDKs keep connections; ours must not close one that a client is about to use.
    keepAliveTimeout: 75_000,
    exposeHeadRoutes: false,
    frameworkErrors,
    clientErrorHandler: refuseBrokenRequest,
  });
}
