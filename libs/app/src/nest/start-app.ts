import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type BaseConfig,
  baseConfig,
  type Clock,
  createLogger,
  type Logger,
  type Random,
  startHealthServer,
  type StatusParts,
  systemClock,
  systemRandom,
} from '#lib/platform';
import { isFoldBroken, messageOf } from '#lib/journal';
import { type ApiOperation, type Bus, connectNats, type Folded, foldsNothing, NatsBus, recordOperations } from '#lib/messaging';
import { APPS } from '#lib/names';
import { ApiTransport } from './api-transport.js';
import { AppLifetime } from '../lifetime.js';
import { tellOwnMetrics } from '../own-metrics.js';

/** What every app stands on: one process, one replica, one NATS user. */
export interface AppRuntime {
  readonly app: string;
  readonly config: BaseConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly nats: NatsConnection;
  readonly bus: Bus;
  /** Names this process: leases, the `writer` of commits. */
  readonly replicaId: string;
  /** What `/readyz` says until the app is built and listens. */
  readonly waitsFor: (what: string) => void;
  /** Ends the process with exit code 1 after logging why: only for a journal that cannot be folded. */
  readonly fail: (error: unknown) => void;
}

export type AppParts = CommonParts & (MicroserviceParts | HttpParts);

/** An app that is spoken to on the bus only. */
interface MicroserviceParts {
  /** Providers and controllers; an app without operations has its core as a provider. */
  readonly module: DynamicModule;
  /** The folds behind the handlers; default none. */
  readonly folded?: Folded;
}

/** The gateway: starts Nest itself. */
interface HttpParts {
  listen(nestLogger: LoggerService): Promise<INestApplicationContext>;
}

interface CommonParts {
  /** Asked on every health request. */
  readonly status: () => StatusParts;
  /** Starts the loops; the app is listening already. */
  start?(): Promise<void> | void;
  /** Ends what handlers wait for of their own will (long polls), so that the requests in hand are answered at once. */
  endWaits?(): void;
  /** Leaves leases and stops loops: after the handlers have answered, before the connection drains. */
  stop?(): Promise<void> | void;
}

/** How long an app that cannot go on says why on its health port, before it ends and is started again. */
const SAYS_WHY_MS = 10_000;
const RECORD_AGAIN_MS = 1_000;

const nestLogger = (logger: Logger): LoggerService => ({
  log: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
  warn: (message: unknown) => logger.warn({}, String(message)),
  error: (message: unknown) => logger.error({}, String(message)),
});

/**
 * The one way to start an app: environment, log, NATS (as `user`), health, the app's own parts, then Nest; SIGTERM undoes it in
 * reverse.
 */
export async function startApp(
  app: string,
  user: string | ((environment: NodeJS.ProcessEnv) => string),
  build: (runtime: AppRuntime) => Promise<AppParts>,
): Promise<void> {
  const config = baseConfig(process.env);
  const logger = createLogger(app, config.logLevel);
  let waiting = 'waiting for NATS';
  let broken: string | undefined;
  let nats: NatsConnection | undefined;
  const fail = (error: unknown) => {
    if (broken !== undefined) return;
    broken = messageOf(error);
    logger.error({ err: error }, `cannot go on: ${broken}`);
    process.exitCode = 1;
    if (!isFoldBroken(error)) {
      // The log line must reach the file before the end.
      setImmediate(() => process.exit(1));
      return;
    }
    // Without its connection it can neither answer nor write; until the end its health port can still say why.
    void nats?.close();
    setTimeout(() => process.exit(1), SAYS_WHY_MS);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  let parts: AppParts | undefined;
  let listening = false;
  const health = await startHealthServer(
    { app, replica: config.replica, host: config.healthHost, port: config.healthPort },
    () => (broken === undefined && parts && listening ? parts.status() : { ready: false, reason: broken ?? waiting }),
  );
  nats = await connectNats({
    url: config.natsUrl,
    user: typeof user === 'string' ? user : user(process.env),
    credsPath: config.natsCredsPath,
    caPath: config.natsCaPath,
  });
  const lifetime = new AppLifetime(fail);
  void lifetime.watch(nats.closed());
  void logStatus(nats, logger);
  const bus = new NatsBus(nats);
  if (app in APPS) tellOwnMetrics(bus, { app, replica: config.replica }, logger);
  const replicaId = `${app}-${config.replica}-${systemRandom.hex(4)}`;
  const runtime: AppRuntime = {
    app,
    config,
    environment: process.env,
    clock: systemClock,
    random: systemRandom,
    logger,
    nats,
    bus,
    replicaId,
    waitsFor: (what) => (waiting = what),
    fail,
  };
  runtime.waitsFor('starting');
  const running = (parts = await build(runtime).catch((error: unknown) => {
    fail(error);
    return new Promise<never>(() => undefined);
  }));
  const context = 'listen' in running ? await running.listen(nestLogger(logger)) : await listen(runtime, running);
  listening = true;
  await running.start?.();
  logger.info({ replicaId, healthPort: health.port }, 'started');

  const stop = async () => {
    if (broken !== undefined) process.exit(1);
    const isOver = await lifetime.stop({
      endWaits: () => running.endWaits?.(),
      closeHandlers: () => context.close(),
      stopParts: () => running.stop?.(),
      // A broker that is away cannot be said goodbye to.
      leaveBroker: () => nats.drain().catch((error: unknown) => logger.info({ err: error }, 'left without a word to NATS')),
      closeHealth: () => health.close(),
    });
    if (isOver) process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop().catch(fail));
}

async function listen(runtime: AppRuntime, parts: MicroserviceParts): Promise<INestApplicationContext> {
  const { app, bus, clock, logger } = runtime;
  const strategy = new ApiTransport({ bus, app, clock, logger, folded: parts.folded ?? foldsNothing }, (operations) =>
    record(runtime, operations),
  );
  const context = await NestFactory.createMicroservice(parts.module, { strategy, logger: nestLogger(logger) });
  await context.listen();
  return context;
}

/** The gateway answers "not built" for an operation that is not on record: so the app waits, and says for what. */
async function record(runtime: AppRuntime, operations: readonly ApiOperation[]): Promise<void> {
  const { app, clock, logger, nats, waitsFor } = runtime;
  for (;;) {
    try {
      return await recordOperations(nats, app, operations);
    } catch (error) {
      const what = `the broker does not record the operations of ${app}: ${messageOf(error)}`;
      waitsFor(what);
      logger.warn({ err: error }, what);
      await clock.sleep(RECORD_AGAIN_MS);
    }
  }
}

async function logStatus(nats: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of nats.status()) {
    if (status.type === 'ping') continue;
    logger[status.type === 'error' ? 'error' : 'info']({ nats: status }, `NATS: ${status.type}`);
  }
}
