import { CloudWatchLogsClient, StartLiveTailCommand, type StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import {
  type Answer,
  MASTER_KEY,
  resolveKnownKey,
  type SeenRequest,
  servedOperations,
  signed,
  TestBus,
} from '../../test/world.js';
import { EventMetrics } from '../events/event-metrics.js';
import { createHttpAdapter, GatewayModule } from '../gateway.module.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { GatewayMetrics } from '../metrics.js';

const sessionStart = { sessionId: 's', logGroupIdentifiers: ['g'] };
const line = (message: string) => ({
  sessionUpdate: { sessionMetadata: { sampled: false }, sessionResults: [{ message, timestamp: 1_795_885_020_123, unknown: 1 }] },
});

describe('an answer that is a stream', () => {
  let app: NestFastifyApplication;
  let client: CloudWatchLogsClient;
  let bus: TestBus;
  let asked: SeenRequest[];
  /** What the app answers, question by question; later ones are not answered. */
  let answers: Answer[];

  beforeEach(async () => {
    [asked, answers] = [[], []];
    bus = new TestBus().on('longshore', 'ResolveAccessKey', resolveKnownKey).on('logs', 'StartLiveTail', (question) => {
      asked.push(question);
      return answers.shift() ?? new Promise<Answer>(() => undefined);
    });
    app = await NestFactory.create<NestFastifyApplication>(
      GatewayModule.register({
        bus,
        clock: systemClock,
        random: seededRandom(1),
        logger: silentLogger,
        operations: servedOperations('logs.StartLiveTail'),
        masterKey: MASTER_KEY,
        metrics: new GatewayMetrics(new Registry()),
        eventMetrics: new EventMetrics(new Registry()),
        limits: { ...DEFAULT_LIMITS, maxStreamsOfAccount: 2 },
      }),
      createHttpAdapter(),
      { bodyParser: false, logger: false },
    );
    await app.listen(0, '127.0.0.1');
    client = new CloudWatchLogsClient({
      endpoint: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      disableHostPrefix: true,
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    client.destroy();
    await app.close();
  });

  const start = async () => {
    const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: ['g'] }));
    return responseStream![Symbol.asyncIterator]() as AsyncIterator<StartLiveTailResponseStream>;
  };
  /** A client that can be cut off; it takes nothing of its stream. */
  const another = async () => {
    const { method, headers, body } = await signed(systemClock, 'Logs_20140328.StartLiveTail', {
      service: 'logs',
      body: '{"logGroupIdentifiers":["g"]}',
    });
    const { port } = app.getHttpServer().address() as AddressInfo;
    const sent = request({ host: '127.0.0.1', port, method, headers: headers as Record<string, string> }).end(body);
    await once(sent, 'response');
    return () => sent.destroy();
  };
  const page = (after: string | undefined, ...events: object[]): Answer => ({ output: { events, after } });

  it('is read event by event, each page asked for from where the one before ended', async () => {
    answers = [page('p1', { sessionStart }), page('p2', line('a'), line('b')), page('p3'), page(undefined, line('c'))];
    const events = await start();
    const read: unknown[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) read.push(next.value);
    expect(read).toMatchObject([
      { sessionStart },
      ...['a', 'b', 'c'].map((message) => ({ sessionUpdate: { sessionResults: [{ message }] } })),
    ]);
    expect((read[1] as any).sessionUpdate.sessionResults).toEqual([{ message: 'a', timestamp: 1_795_885_020_123 }]);
    expect(asked.map(({ input }) => input)).toEqual([
      { logGroupIdentifiers: ['g'] },
      ...['p1', 'p2', 'p3'].map((after) => ({ logGroupIdentifiers: ['g'], after })),
    ]);
    expect(new Set(asked.map(({ headers }) => headers['Longshore-Request-Id'])).size).toBe(4);
  });

  it('goes on where it was after an app that could not be asked', async () => {
    answers = [page('p1', { sessionStart }), { unavailable: 'starting' }, 'no-responders', page('p2', line('a'))];
    const events = await start();
    await events.next();
    expect((await events.next()).value).toMatchObject({ sessionUpdate: { sessionResults: [{ message: 'a' }] } });
    expect(asked.slice(1, 4).map(({ input }) => (input as any).after)).toEqual(['p1', 'p1', 'p1']);
  });

  it('ends with an exception of its model, or with what its app refuses', async () => {
    answers = [page('p1', { sessionStart }), page(undefined, { SessionTimeoutException: { message: 'over' } })];
    const modelled = await start();
    await modelled.next();
    await expect(modelled.next()).rejects.toMatchObject({ name: 'SessionTimeoutException', message: 'over' });
    answers = [page('p1', { sessionStart }), { rejection: { code: 'ResourceNotFoundException', message: 'gone', status: 400 } }];
    const refused = await start();
    await refused.next();
    await expect(refused.next()).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'gone' });
  });

  it('is refused as every answer is', async () => {
    answers = [{ rejection: { code: 'ResourceNotFoundException', message: 'no group', status: 400 } }];
    await expect(start()).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'no group' });
  });

  it('is not given to an account that has as many as it may, and again when one of them is left', async () => {
    bus.on('logs', 'StartLiveTail', ({ input }) =>
      'after' in (input as object) ? new Promise<Answer>(() => undefined) : page('p1', { sessionStart }),
    );
    const leave = await another();
    await start();
    await expect(start()).rejects.toMatchObject({ name: 'LimitExceededException' });
    leave();
    let begun: unknown;
    while (!begun) begun = await start().catch((error: Error) => (error.name === 'LimitExceededException' ? undefined : error));
    expect(begun).not.toBeInstanceOf(Error);
  });

  it('ends with its gateway, and says so', async () => {
    answers = [page('p1', { sessionStart })];
    const events = await start();
    await events.next();
    const ended = events.next();
    void app.close();
    await expect(ended).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
  });
});
