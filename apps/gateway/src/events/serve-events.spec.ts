import { type IncomingMessage, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { type Answer, MASTER_KEY, resolveKnownKey, servedOperations, type SeenRequest, TestBus } from '../../test/world.js';
import { createHttpAdapter, GatewayModule } from '../gateway.module.js';
import { GatewayMetrics } from '../metrics.js';
import { EventMetrics } from './event-metrics.js';

/** Numbered events with a megabyte of detail each when asked for; the question after the last one waits until another is made. */
class Store {
  head = 0;
  size = 10;
  asked = 0;
  private wake: (() => void)[] = [];

  add(): void {
    this.head++;
    for (const wake of this.wake.splice(0)) wake();
  }

  read = async ({ input }: SeenRequest): Promise<Answer> => {
    const { after } = input as { after?: string };
    this.asked++;
    if (after === undefined) return { output: { events: [], cursor: `ecs:${this.head}.0`, caughtUp: true } };
    const from = Number(/^ecs:(\d+)\.0$/.exec(after)![1]);
    if (this.head <= from) await new Promise<void>((resolve) => this.wake.push(resolve));
    const detail = 'x'.repeat(this.size);
    const event = { id: `ecs:${from + 1}.0`, 'detail-type': 'ECS Task State Change', detail };
    return { output: { events: [event], cursor: event.id, caughtUp: false } };
  };
}

/** Megabytes: more than fits between a gateway and a reader that takes nothing. */
const COUNT = 30;

let store: Store;
let app: NestFastifyApplication;
let host: string;
let readers: Registry;
beforeEach(async () => {
  store = new Store();
  readers = new Registry();
  const module = GatewayModule.register({
    bus: new TestBus().on('longshore', 'ResolveAccessKey', resolveKnownKey).on('longshore', 'ReadEvents', store.read),
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    operations: servedOperations('longshore.ReadEvents'),
    masterKey: MASTER_KEY,
    metrics: new GatewayMetrics(new Registry()),
    eventMetrics: new EventMetrics(readers),
  });
  app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), { bodyParser: false, logger: false });
  await app.listen(0, '127.0.0.1');
  host = new URL(await app.getUrl()).host;
});
afterEach(() => app.close());

const signer = new SignatureV4({
  service: 'longshore',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  sha256: Sha256,
  applyChecksum: false,
});
const unsigned = (query: Record<string, string>) => ({
  method: 'GET',
  protocol: 'http:',
  hostname: '127.0.0.1',
  path: '/events',
  query,
  headers: { host },
});
const urlOf = (query: Record<string, string>) => `http://${host}/events?${new URLSearchParams(query).toString()}`;
const presigned = async (query: Record<string, string> = {}, signingDate = new Date()) =>
  urlOf((await signer.presign(unsigned(query), { expiresIn: 60, signingDate })).query as Record<string, string>);

/** Reads until `text` has come. */
async function until(response: Response, text: string): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  while (!read.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended after ${read}`);
    read += value;
  }
  await reader.cancel();
  return read;
}
async function readersAre(count: number): Promise<void> {
  while (!(await readers.metrics()).includes(`longshore_gateway_event_readers ${count}`)) await systemClock.sleep(5);
}

describe('GET /events', () => {
  it('streams to a presigned URL, which needs no header at all', async () => {
    const response = await fetch(await presigned({ 'detail-type': 'ECS Task State Change', cluster: 'blue,green' }));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    store.add();
    const text = await until(response, 'id: ecs:1.0\nevent: ECS Task State Change\ndata: {"id":"ecs:1.0"');
    expect(text.startsWith('retry: 1000\n\nid: ecs:0.0\n\n')).toBe(true);
    await readersAre(0);
  });

  it('streams to a signed request, on from its Last-Event-ID', async () => {
    store.head = 5;
    const query = { cluster: 'a b', after: 'ecs:1.0' };
    const { headers } = await signer.sign(unsigned(query));
    delete headers.host;
    const response = await fetch(urlOf(query), { headers: { ...headers, 'last-event-id': 'ecs:3.0' } });
    expect(await until(response, 'id: ecs:5.0')).not.toContain('id: ecs:3.0');
  });

  it.each([
    ['without a signature', () => urlOf({}), 'MissingAuthenticationTokenException'],
    ['with one that has expired', () => presigned({}, new Date(Date.now() - 61_000)), 'InvalidSignatureException'],
    ['with another filter than was signed', async () => `${await presigned()}&cluster=c`, 'InvalidSignatureException'],
    ['with a filter that nobody knows', () => presigned({ clusters: 'c' }), 'InvalidParameterException'],
  ])('is refused %s, as an AWS error', async (_case, url, code) => {
    const response = await fetch(await url());
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/x-amz-json-1.1']);
    expect(await response.json()).toMatchObject({ __type: code });
  });

  it('asks for no more than a slow reader takes, and gives it everything once it goes on', async () => {
    store.size = 1_000_000;
    store.head = COUNT;
    const request = httpRequest(await presigned({ after: 'ecs:0.0' })).end();
    const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
    // Time for all of it, were it not for the reader.
    for (let turn = 0; turn < 500; turn++) await new Promise(setImmediate);
    expect(store.asked).toBeLessThan(COUNT);
    const ids: string[] = [];
    for await (const line of createInterface(response)) {
      if (line.startsWith('id: ')) ids.push(line.slice(4));
      if (ids.length === COUNT) break;
    }
    expect(ids).toEqual(Array.from({ length: COUNT }, (_, n) => `ecs:${n + 1}.0`));
  });

  it('is GET only', async () => {
    expect((await fetch(`http://${host}/events`, { method: 'POST' })).status).toBe(404);
  });
});

describe('a gateway that stops', () => {
  it('ends its streams, also of readers that take nothing, and does not wait for the event that they wait for', async () => {
    const waiting = await fetch(await presigned());
    store.size = 1_000_000;
    store.head = 100;
    const request = httpRequest(await presigned({ after: 'ecs:0.0' }));
    const ended = new Promise<void>((resolve) => request.once('close', resolve));
    request.on('error', () => undefined).end();
    // Its answer is never read.
    await new Promise((resolve) => request.once('response', resolve));
    await readersAre(2);
    const startedAtMs = systemClock.monotonicMs();
    await app.close();
    expect(systemClock.monotonicMs() - startedAtMs).toBeLessThan(3_000);
    expect(await waiting.text()).toContain('retry: 1000');
    request.destroy();
    await ended;
  });
});
