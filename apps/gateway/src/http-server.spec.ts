import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { ECSClient, ListClustersCommand, DescribeTasksCommand, CreateServiceCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { ACCOUNT, ecsTarget, MASTER_KEY, PRINCIPAL, resolveKnownKey, servedOperations, signed, TestBus } from '../test/world.js';
import { createHttpAdapter, GatewayModule } from './gateway.module.js';
import { limitConnections } from './http-server.js';
import { GatewayMetrics } from './metrics.js';

const bus = new TestBus().on('longshore', 'ResolveAccessKey', resolveKnownKey);
let app: NestFastifyApplication;
let endpoint: string;

beforeAll(async () => {
  const module = GatewayModule.register({
    bus,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    operations: servedOperations('ecs.ListClusters'),
    masterKey: MASTER_KEY,
    metrics: new GatewayMetrics(new Registry()),
  });
  app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), { bodyParser: false, logger: false });
  await app.listen(0, '127.0.0.1');
  endpoint = (await app.getUrl()).replace('[::1]', '127.0.0.1');
});
afterAll(() => app.close());

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const config = (path = '') => ({ endpoint: `${endpoint}${path}`, region: 'eu-central-1', credentials, maxAttempts: 1 });

describe('the AWS SDK', () => {
  it('reads answers, instants included', async () => {
    const createdAt = '2026-11-22T11:02:55.886Z';
    bus.on('ecs', 'DescribeTasks', () => ({ output: { tasks: [{ taskArn: 'a', createdAt }], failures: [] } }));
    const { tasks } = await new ECSClient(config()).send(new DescribeTasksCommand({ tasks: ['a'] }));
    expect(tasks![0]!.createdAt).toEqual(new Date(createdAt));
  });

  it('reads errors as the exceptions of its model', async () => {
    bus.on('ecs', 'RunTask', () => ({
      rejection: { code: 'ClusterNotFoundException', message: 'Cluster not found.', status: 400 },
    }));
    const calling = new ECSClient(config()).send(new RunTaskCommand({ taskDefinition: 'a' }));
    await expect(calling).rejects.toMatchObject({ name: 'ClusterNotFoundException', message: 'Cluster not found.' });
  });

  it('is told when an operation is not built', async () => {
    const calling = new ECSClient(config()).send(new CreateServiceCommand({ serviceName: 's' }));
    await expect(calling).rejects.toMatchObject({ name: 'UnsupportedFeatureException' });
  });

  it('speaks Query to STS', async () => {
    bus.on('sts', 'GetCallerIdentity', () => ({ output: { Account: ACCOUNT, Arn: PRINCIPAL, UserId: ACCOUNT } }));
    const identity = await new STSClient(config()).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: ACCOUNT, Arn: PRINCIPAL });
    const stranger = new STSClient({ ...config(), credentials: { ...credentials, secretAccessKey: 'no' } });
    await expect(stranger.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('travels in time by its endpoint', async () => {
    bus.on('ecs', 'ListClusters', ({ headers }) => ({ output: { clusterArns: [headers['Longshore-As-Of']] } }));
    const asOf = async (path: string) => (await new ECSClient(config(path)).send(new ListClustersCommand({}))).clusterArns;
    expect(await asOf('/as-of/2026-11-22T11:00:00Z')).toEqual(['2026-11-22T11:00:00.000Z']);
    expect(await asOf('/as-of/ecs.r48213')).toEqual(['ecs.r48213']);
  });
});

/** Everything the gateway answers is JSON or XML of AWS's shape (or nothing), whatever it was asked. */
async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(`${endpoint}${path}`, init);
  const text = await response.text();
  const contentType = response.headers.get('content-type');
  return { status: response.status, contentType, text, requestId: response.headers.get('x-amzn-requestid') };
}

describe('plain HTTP', () => {
  it('echoes the JSON version exactly', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': ecsTarget('ListClusters') };
    const answer = await ask('/', { method: 'POST', headers, body: '{}' });
    expect(answer).toMatchObject({ status: 400, contentType: 'application/x-amz-json-1.0' });
    expect(JSON.parse(answer.text)).toMatchObject({ __type: 'com.amazon.coral.service#MissingAuthenticationTokenException' });
  });

  it('greets people, and load balancers', async () => {
    expect(await ask('/')).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await ask('/', { method: 'OPTIONS' })).toMatchObject({ status: 204, text: '' });
  });

  it('greets no client of a service that it is not, which would take the greeting for a failure and try again', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    expect(await ask('/', { headers: { authorization } })).toMatchObject({ status: 404 });
  });

  it.each([
    ['GET', '/favicon.ico'],
    ['GET', '/index.html'],
    ['DELETE', '/v2/x/y'],
    ['PUT', '/'],
    ['PATCH', '/'],
    ['POST', '/'],
    ['POST', `/${'long/'.repeat(500)}`],
  ])('%s %s is a 404 in AWS’s shape', async (method, path) => {
    const answer = await ask(path, { method });
    expect([answer.status, answer.contentType]).toEqual([404, 'application/x-amz-json-1.1']);
    expect(JSON.parse(answer.text)).toMatchObject({ __type: 'UnknownOperationException' });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses a path that is none', async () => {
    const answer = await ask('/%zz', { method: 'POST', body: 'x' });
    expect([answer.status, answer.contentType]).toEqual([400, 'application/x-amz-json-1.1']);
  });

  it('refuses a body beyond the limit, said or not', async () => {
    const headers = { 'x-amz-target': ecsTarget('ListClusters') };
    const body = 'x'.repeat(1024 * 1024 + 1);
    for (const given of [body, new Blob([body]).stream()]) {
      const answer = await ask('/', { method: 'POST', headers, body: given, duplex: 'half' } as RequestInit);
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([413, { __type: 'RequestEntityTooLargeException' }]);
    }
  });
});

it('answers 2,000 bad requests without a 5xx, a stack or HTML', async () => {
  bus.on('ecs', 'ListClusters', ({ input }) => ({ output: input }));
  bus.on('ecs', 'RunTask', ({ input }) => ({ output: input }));
  bus.on('ecs', 'RegisterTaskDefinition', ({ input }) => ({ output: input }));
  const operations = ['ListClusters', 'RunTask', 'RegisterTaskDefinition', 'CreateService', 'Nope', '', '__proto__'];
  const word = fc.string({ unit: fc.constantFrom(...'ABCabc012.-_=&%/ "\'<>{}[]'.split('')), maxLength: 40 });
  const request = fc.record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH'),
    path: fc.oneof(
      fc.constant('/'),
      fc.webPath(),
      fc.constantFrom('/as-of/', '/as-of/x', '/as-of/ecs.r1', '/?Action=X', '/%', '//'),
    ),
    target: fc.option(fc.oneof(fc.constantFrom(...operations).map(ecsTarget), word)),
    contentType: fc.option(
      fc.oneof(
        fc.constantFrom(
          'application/x-amz-json-1.1',
          'application/x-www-form-urlencoded',
          'text/html',
          'multipart/form-data',
          ';',
        ),
        word,
      ),
    ),
    authorization: fc.option(
      fc.oneof(
        word,
        word.map((rest) => `AWS4-HMAC-SHA256 ${rest}`),
      ),
    ),
    body: fc.oneof(fc.json(), fc.uint8Array({ maxLength: 200 }), word, fc.constant('['.repeat(50_000))),
    encoding: fc.option(fc.constantFrom('gzip', 'br', 'identity'), { freq: 10 }),
    cbor: fc.option(fc.constant('rpc-v2-cbor'), { freq: 10 }),
    sign: fc.boolean(),
  });
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const headers: Record<string, string> = {};
      if (given.contentType?.trim()) headers['content-type'] = given.contentType.trim();
      if (given.encoding) headers['content-encoding'] = given.encoding;
      if (given.cbor) headers['smithy-protocol'] = given.cbor;
      if (given.authorization?.trim()) headers.authorization = given.authorization.trim();
      let init: { method: string; headers: Record<string, string | undefined>; body?: string | Uint8Array } = {
        method: given.method,
        headers: { ...headers, ...(given.target?.trim() ? { 'x-amz-target': given.target.trim() } : {}) },
        body: given.method === 'GET' ? undefined : given.body,
      };
      if (given.sign && given.target?.trim() && given.method === 'POST') {
        const host = new URL(endpoint).host;
        const good = await signed(systemClock, given.target.trim(), {
          path: '/',
          body: given.body,
          headers: { host, ...headers },
        });
        init = { ...init, headers: { ...good.headers, host: undefined } };
        delete init.headers.host;
      }
      const answer = await ask(given.sign ? '/' : given.path, init as RequestInit);
      statuses.add(answer.status);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toMatch(/<html|<!doctype|\.[jt]s:\d+|node_modules/i);
      if (answer.text && !/xml|cbor/.test(answer.contentType ?? ''))
        expect(() => JSON.parse(answer.text) as unknown).not.toThrow();
    }),
    { numRuns: 2_000, seed: 20261122 },
  );
  // It has reached the handlers, the front door and the paths beside it.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404]));
}, 60_000);

it.each([
  ['what is not HTTP at all', 'NOT HTTP\r\n\r\n', 400],
  ['a length that is no number', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n', 400],
  ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
])('answers %s in AWS’s shape', async (_what, bytes, status) => {
  const { hostname, port } = new URL(endpoint);
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
  const [head, body] = text.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/x-amz-json-1.1`, 's'));
  expect(JSON.parse(body!)).toMatchObject({ __type: 'SerializationException' });
});

it('a client that opens connections without end is held to its share, and has room again when it closes them', async () => {
  const server = createServer();
  limitConnections(server, { maxConnections: 100, maxConnectionsOfAddress: 3 });
  const taken: Socket[] = [];
  server.on('connection', (socket) => taken.push(socket) && socket.write('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const opened: Socket[] = [];
  /** Whether the server speaks to it, or closes it. */
  const open = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      opened.push(socket);
      socket.once('data', () => resolve(true));
      socket.once('close', () => resolve(false));
      socket.once('error', () => resolve(false));
    });
  expect([await open(), await open(), await open(), await open()]).toEqual([true, true, true, false]);
  const gone = new Promise((resolve) => taken[0]!.once('close', resolve));
  opened[0]!.destroy();
  await gone;
  expect(await open()).toBe(true);
  for (const socket of opened) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
