import { gzipSync } from 'node:zlib';
import { sealSecret, silentLogger } from '#lib/platform';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  ACCOUNT,
  bodyOf,
  createWorld,
  createWorldOfClusters,
  ecsTarget,
  jsonOf,
  MASTER_KEY,
  PRINCIPAL,
  resolveKnownKey,
  revisionsHeader,
  signed,
  type CallOptions,
} from '../test/world.js';
import { DEFAULT_RATES } from './shares/request-classes.js';

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorldOfClusters();
});

const call = (operation: string, options?: CallOptions) => world.ecs(operation, options);

describe('a call', () => {
  it('becomes a message to the owning app, in the name of the key and the region of the signature', async () => {
    const response = await call('ListClusters', { body: '{"maxResults":5,"unknown":1}', region: 'us-west-2' });
    expect([response.status, bodyOf(response)]).toEqual([200, '{"clusterArns":[]}']);
    const [request] = world.bus.of('ecs', 'ListClusters');
    expect(request!.input).toEqual({ maxResults: 5 });
    expect(request!.headers).toMatchObject({
      'Longshore-Principal': PRINCIPAL,
      'Longshore-Account': ACCOUNT,
      'Longshore-Region': 'us-west-2',
      'Longshore-Timeout-Ms': '4000',
      'Longshore-Request-Id': response.headers['x-amzn-requestid'],
    });
    expect(request!.headers).not.toHaveProperty('Longshore-As-Of');
  });

  it('carries what earlier answers were based on, and never less', async () => {
    const sent = async (revisions: object) => {
      world.bus.replyHeaders = revisionsHeader(revisions);
      await call('ListClusters');
      return JSON.parse(world.bus.requests.at(-1)!.headers['Longshore-Revisions']!) as unknown;
    };
    expect(await sent({ ecs: 7 })).toEqual({});
    expect(await sent({ ecs: 5, logging: 2 })).toEqual({ ecs: 7 });
    expect(await sent({})).toEqual({ ecs: 7, logging: 2 });
  });

  it('may be compressed', async () => {
    const body = gzipSync('{"maxResults":5}');
    expect((await call('ListClusters', { body, headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    expect(world.bus.of('ecs', 'ListClusters')[0]!.input).toEqual({ maxResults: 5 });
  });

  it('may be a form, answered in XML', async () => {
    world.bus.on('sts', 'GetCallerIdentity', () => ({ output: { Account: ACCOUNT, Arn: PRINCIPAL, UserId: ACCOUNT } }));
    const form = {
      service: 'sts',
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    const response = await world.gateway.handle(await signed(world.clock, undefined, form));
    expect(response.status).toBe(200);
    expect(bodyOf(response)).toContain(`<GetCallerIdentityResult><UserId>${ACCOUNT}</UserId><Account>${ACCOUNT}</Account>`);
  });

  it('of EC2 that is a dry run answers that it would have been made, and no app is asked', async () => {
    const made = (parameters: string) =>
      world.ec2(`Action=CreateVpc&CidrBlock=10.0.0.0%2F16&${parameters}`).then((response) => [response.status, bodyOf(response)]);
    world.bus.on('ec2', 'CreateVpc', () => ({ output: { Vpc: { VpcId: 'vpc-1' } } }));
    expect(await made('DryRun=true')).toEqual([412, expect.stringContaining('<Code>DryRunOperation</Code>')]);
    expect(world.bus.of('ec2', 'CreateVpc')).toEqual([]);
    expect(await made('DryRun=false')).toEqual([200, expect.stringContaining('<vpcId>vpc-1</vpcId>')]);
  });

  it('has the same request id in every attempt that an SDK makes of it, and in no other call', async () => {
    const invocation = (id: string, body = '{}') => call('ListClusters', { body, headers: { 'amz-sdk-invocation-id': id } });
    const first = 'fe9481d0-9fe3-40c2-8366-dc48a113a868';
    const ids = [
      await invocation(first),
      await invocation(first),
      await invocation('00000000-9fe3-40c2-8366-dc48a113a868'),
      await invocation(first, '{"maxResults":1}'),
      await call('ListClusters'),
      await call('ListClusters'),
    ].map((response) => response.headers['x-amzn-requestid']);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(5);
  });
});

describe('a refusal', () => {
  const refusal = async (operation: string, options: CallOptions = {}) => {
    const response = await call(operation, options);
    return [response.status, jsonOf(response).__type];
  };

  it.each([
    ['a wrong secret', { secret: 'wrong' }, 'InvalidSignatureException'],
    ['an unknown key', { accessKeyId: 'AKIDNOBODY' }, 'UnrecognizedClientException'],
    ['a signature for another service', { service: 'longshore' }, 'InvalidSignatureException'],
    ['an old signature', { signedAt: Date.parse('2026-11-22T10:50:00Z') }, 'InvalidSignatureException'],
    ['a body that is no JSON', { body: '{' }, 'SerializationException'],
    ['a wrong type', { body: '{"maxResults":"5"}' }, 'SerializationException'],
    ['an unknown encoding', { headers: { 'content-encoding': 'br' } }, 'SerializationException'],
    ['a body that is not gzip', { headers: { 'content-encoding': 'gzip' } }, 'SerializationException'],
    ['a moment that is none', { path: '/as-of/yesterday' }, 'ValidationException'],
  ])('for %s comes from the gateway, and no app is asked', async (_case, options, code) => {
    expect(await refusal('ListClusters', options)).toEqual([400, code]);
    expect(world.bus.of('ecs', 'ListClusters')).toEqual([]);
  });

  it('for a value that the model forbids is in ECS’s words', async () => {
    const response = await call('RunTask', { body: '{"taskDefinition":"a","propagateTags":"MOON"}' });
    expect(jsonOf(response)).toMatchObject({ __type: 'InvalidParameterException' });
    expect(jsonOf(response).message).toBe('propagate tags should be one of [TASK_DEFINITION,SERVICE,NONE]');
  });

  it('for a value that ECS refuses in words of its own is left to the app that has them', async () => {
    world.bus.on('ecs', 'UpdateContainerInstancesState', () => ({ output: { containerInstances: [], failures: [] } }));
    const body = '{"containerInstances":["a"],"status":"MOON"}';
    expect((await call('UpdateContainerInstancesState', { body })).status).toBe(200);
  });

  it('quotes no more of a megabyte than a reader needs', async () => {
    const rejection = { code: 'InvalidParameterException', message: 'x'.repeat(900_000), status: 400 };
    world.bus.on('ecs', 'ListClusters', () => ({ rejection }));
    expect(jsonOf(await call('ListClusters')).message).toHaveLength(2_049);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('for a %s of an operation is that there is only POST', async (method) => {
    const response = await world.gateway.handle({ ...(await signed(world.clock, ecsTarget('ListClusters'))), method });
    expect(response.status).toBe(404);
    expect(world.bus.of('ecs', 'ListClusters')).toEqual([]);
  });

  it('for a small body that inflates without end is a 413', async () => {
    const body = gzipSync(Buffer.alloc(4_000_000, ' '));
    const headers = { 'content-encoding': 'gzip' };
    expect(await refusal('ListClusters', { body, headers })).toEqual([413, 'RequestEntityTooLargeException']);
  });

  it('for a body that only a batch of log lines may be is a 413', async () => {
    const body = JSON.stringify({
      logGroupName: 'g',
      logStreamName: 's',
      logEvents: [{ timestamp: 1, message: 'x'.repeat(2_000_000) }],
    });
    world.bus.on('logs', 'PutLogEvents', () => ({ output: {} }));
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.PutLogEvents' };
    const taken = await world.gateway.handle(await signed(world.clock, undefined, { service: 'logs', body, headers }));
    expect(taken.status).toBe(200);
    expect(await refusal('ListClusters', { body })).toEqual([413, 'RequestEntityTooLargeException']);
  });

  it('for an operation that does not exist, and for one that nobody serves', async () => {
    expect(await refusal('LaunchRocket')).toEqual([400, 'UnknownOperationException']);
    expect(await refusal('CreateService', { body: '{"serviceName":"s"}' })).toEqual([400, 'UnsupportedFeatureException']);
  });

  it.each([
    [
      'codedeploy',
      '{"__type":"UnknownOperationException"',
      { 'x-amz-target': 'CodeDeploy_20141006.CreateApplication', 'content-type': 'application/x-amz-json-1.1' },
    ],
    ['sns', '<Code>InvalidAction</Code>', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['elasticfilesystem', '{"__type":"UnknownOperationException"', {}],
    ['cloudfront', '<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>', {}],
    ['s3', '?>\n<Error><Code>UnknownOperationException</Code>', {}],
  ])('of a service that is not here names it, as clients of %s read it', async (service, shape, headers) => {
    const body = service === 'sns' ? 'Action=CreateTopic&Version=2010-03-31' : '';
    const response = await world.gateway.handle(await signed(world.clock, undefined, { service, body, headers }));
    expect(response.status).toBe(400);
    expect(bodyOf(response)).toContain(shape);
    expect(bodyOf(response)).toMatch(/Longshore has no service .{1,6}(codedeploy|sns|elasticfilesystem|cloudfront|s3)\b/);
  });

  it('of an operation of EC2 that is not here says so', async () => {
    expect(bodyOf(await world.ec2('Action=RunInstances'))).toContain('RunInstances is not supported by Longshore yet.');
  });

  it('of an app arrives as clients parse it', async () => {
    const rejection = { code: 'ClusterNotFoundException', message: 'Cluster not found.', status: 400 };
    world.bus.on('ecs', 'ListTasks', () => ({ rejection }));
    const response = await call('ListTasks');
    expect([response.status, bodyOf(response)]).toEqual([
      400,
      '{"__type":"ClusterNotFoundException","message":"Cluster not found."}',
    ]);
    expect(response.headers['x-amzn-errortype']).toBe('ClusterNotFoundException');
  });

  it('never lets a caller ask for sealed secrets', async () => {
    const request = await signed(world.clock, 'Longshore_20261122.ResolveAccessKey', { service: 'longshore' });
    expect(jsonOf(await world.gateway.handle(request)).__type).toBe('UnknownOperationException');
  });
});

describe('the log', () => {
  let lines: Record<string, unknown>[];
  beforeEach(() => {
    lines = [];
    const note = (fields: object) => void lines.push(fields as Record<string, unknown>);
    world = createWorld({ logger: { ...silentLogger, info: note, warn: note } });
  });
  const from = async (operation: string, options: CallOptions = {}) =>
    world.gateway.handle({ ...(await signed(world.clock, ecsTarget(operation), options)), peer: '192.0.2.7' });

  it('has a line for a change, with the key and the address, and none for a read', async () => {
    world.bus.on('ecs', 'StopTask', () => ({ output: {} }));
    world.bus.on('ecs', 'ListClusters', () => ({ output: {} }));
    await from('ListClusters');
    expect(lines).toEqual([]);
    await from('StopTask', { body: '{"task":"1"}' });
    expect(lines).toEqual([
      expect.objectContaining({
        audit: 'change',
        operation: 'StopTask',
        status: 200,
        accessKeyId: 'AKIDEXAMPLE',
        peer: '192.0.2.7',
      }),
    ]);
  });

  it('has at most one line a second of refused authentications, which counts the others', async () => {
    for (let i = 0; i < 5; i++) await from('ListClusters', { secret: 'wrong' });
    const refused = { audit: 'refused', code: 'InvalidSignatureException', accessKeyId: 'AKIDEXAMPLE', peer: '192.0.2.7' };
    expect(lines).toEqual([{ ...refused, untold: 0 }]);
    await world.clock.sleep(1_000);
    await from('ListClusters', { secret: 'wrong' });
    expect(lines).toEqual([
      { ...refused, untold: 0 },
      { ...refused, untold: 4 },
    ]);
  });
});

describe('time travel', () => {
  it.each([
    ['/as-of/2026-11-22T11:00:00Z', '2026-11-22T11:00:00.000Z'],
    ['/as-of/2026-11-22T11:00:00Z/', '2026-11-22T11:00:00.000Z'],
    ['/as-of/2026-11-22T12%3A00%3A00.5%2B01%3A00', '2026-11-22T11:00:00.500Z'],
    ['/as-of/ecs.r48213', 'ecs.r48213'],
  ])('%s', async (path, asOf) => {
    expect((await call('ListClusters', { path })).status).toBe(200);
    expect(world.bus.requests.at(-1)!.headers['Longshore-As-Of']).toBe(asOf);
  });
});

describe('an app that is away', () => {
  it('is waited for, with the same request id', async () => {
    let answersLeft = 3;
    world.bus.on('ecs', 'RunTask', () => (answersLeft-- > 0 ? 'no-responders' : { output: { tasks: [] } }));
    expect((await call('RunTask', { body: '{"taskDefinition":"a"}' })).status).toBe(200);
    const ids = world.bus.of('ecs', 'RunTask').map(({ headers }) => headers['Longshore-Request-Id']);
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
    expect(world.clock.elapsedMs).toBeLessThan(200);
  });

  it('that dies with the request in hand costs one attempt', async () => {
    let died = false;
    world.bus.on('ecs', 'RunTask', () => (died ? { output: {} } : ((died = true), 'timeout')));
    expect((await call('RunTask', { body: '{"taskDefinition":"a"}' })).status).toBe(200);
    expect(world.clock.elapsedMs).toBe(4_020);
  });

  it.each([
    ['nobody is there', 'no-responders'],
    ['nobody answers', 'timeout'],
    ['it cannot answer', { unavailable: 'no leader' }],
  ] as const)('is a retryable 503 after ten seconds: %s', async (_case, answer) => {
    world.bus.on('ecs', 'RunTask', () => answer);
    const response = await call('RunTask', { body: '{"taskDefinition":"a"}' });
    expect([response.status, jsonOf(response).__type]).toEqual([503, 'ServiceUnavailableException']);
    expect(world.clock.elapsedMs).toBe(10_000);
  });

  it('is not asked for without a pause when the gateway’s own connection is closed', async () => {
    world.bus.on('ecs', 'RunTask', () => 'failed');
    expect((await call('RunTask', { body: '{"taskDefinition":"a"}' })).status).toBe(503);
    expect(world.bus.of('ecs', 'RunTask').length).toBeLessThan(40);
  });

  it('is a 503 too when keys cannot be checked', async () => {
    world.bus.on('longshore', 'ResolveAccessKey', () => 'no-responders');
    expect((await call('ListClusters')).status).toBe(503);
    expect(world.clock.elapsedMs).toBe(10_000);
  });

  it('that breaks the protocol is a 500 without its reasons', async () => {
    world.bus.replyHeaders = { 'Longshore-Revisions': 'nonsense' };
    const response = await call('ListClusters');
    expect([response.status, jsonOf(response).__type]).toEqual([500, 'InternalFailure']);
    expect(bodyOf(response)).not.toContain('JSON');
  });
});

it('counts what it answered by operation and status, and strangers make no series', async () => {
  await call('ListClusters');
  await call('LaunchRocket');
  const text = await world.registry.metrics();
  expect(text).toContain('longshore_gateway_requests_total{service="ecs",operation="ListClusters",status="200"} 1');
  expect(text).toContain('longshore_gateway_requests_total{service="none",operation="none",status="400"} 1');
  expect(text).not.toContain('LaunchRocket');
});

describe('what an account may take', () => {
  const rates = { ...DEFAULT_RATES, 'cluster-read': { capacity: 2, refillPerSecond: 1 } };
  const OTHER = { accessKeyId: 'AKIDOTHER', secret: 'secret' };
  beforeEach(() => {
    world = createWorld({ limits: { shares: { rates, inFlight: 3 } } });
    world.bus.on('ecs', 'ListClusters', () => ({ output: { clusterArns: [] } }));
    world.bus.on('longshore', 'ResolveAccessKey', (request) => {
      const { accessKeyId } = request.input as { accessKeyId: string };
      if (accessKeyId !== OTHER.accessKeyId) return resolveKnownKey(request);
      const sealedSecret = sealSecret(MASTER_KEY, accessKeyId, OTHER.secret);
      return { output: { accessKeyId, accountId: '444455556666', principalArn: 'p', sealedSecret, status: 'Active' } };
    });
  });

  it('is refused beyond it in the words of ECS, whatever region it names, and counted', async () => {
    const answers = [];
    for (const region of ['us-east-1', 'us-west-2', 'eu-west-1']) answers.push(await call('ListClusters', { region }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(jsonOf(answers[2]!)).toEqual({ __type: 'ThrottlingException', message: 'Rate exceeded' });
    expect((await call('ListClusters', OTHER)).status).toBe(200);
    world.clock.elapsedMs += 1_000;
    expect((await call('ListClusters')).status).toBe(200);
    expect(await world.registry.metrics()).toContain('longshore_gateway_throttled_total{why="cluster-read"} 1');
  });

  it('leaves room for others while its own requests are not answered', async () => {
    let answer!: () => void;
    const held = new Promise<void>((resolve) => (answer = resolve));
    world.bus.on('ecs', 'ListTasks', () => held.then(() => ({ output: { taskArns: [] } })));
    const waiting = [1, 2, 3].map(() => call('ListTasks'));
    await Promise.resolve();
    expect((await call('ListTasks')).status).toBe(400);
    expect((await call('ListClusters', OTHER)).status).toBe(200);
    answer();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await call('ListTasks')).status).toBe(200);
  });
});

describe('a change that somebody has seen', () => {
  it('is not done again: neither late, nor of the reads that may be read again', async () => {
    world.bus.on('ecs', 'RunTask', () => ({ output: { tasks: [], failures: [] } }));
    const change = await signed(world.clock, ecsTarget('RunTask'), { body: '{"taskDefinition":"f"}' });
    const read = await signed(world.clock, ecsTarget('ListClusters'));
    for (const request of [change, read]) expect((await world.gateway.handle(request)).status).toBe(200);
    // As long as a request may take, a client may send the same bytes again.
    world.clock.elapsedMs += 5_000;
    expect((await world.gateway.handle(change)).status).toBe(200);
    world.clock.elapsedMs += 60_000;
    expect(jsonOf(await world.gateway.handle(change))).toMatchObject({ __type: 'InvalidSignatureException' });
    expect((await world.gateway.handle(read)).status).toBe(200);
    expect(world.bus.of('ecs', 'RunTask')).toHaveLength(2);
  });

  it('is not marked as used by who cannot sign it', async () => {
    world.bus.on('ecs', 'RunTask', () => ({ output: { tasks: [], failures: [] } }));
    const change = await signed(world.clock, ecsTarget('RunTask'), { body: '{"taskDefinition":"f"}' });
    const forged = { ...change, body: Buffer.from('{"taskDefinition":"g"}') };
    expect((await world.gateway.handle(forged)).status).toBe(400);
    world.clock.elapsedMs += 20_000;
    expect((await world.gateway.handle(change)).status).toBe(200);
  });
});
