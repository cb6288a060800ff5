import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  ACCOUNT,
  bodyOf,
  createWorld,
  createWorldOfClusters,
  jsonOf,
  PRINCIPAL,
  resolveKnownKey,
  signed,
  type CallOptions,
} from '../test/world.js';

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorldOfClusters();
});

const call = (operation: string, options?: CallOptions) => world.ecs(operation, options);

describe('a key with less than all rights', () => {
  const DENIED = `User: ${PRINCIPAL} is not authorized to perform: `;
  const withKey = (rights: object) =>
    world.bus.on('longshore', 'ResolveAccessKey', (request) => {
      const known = resolveKnownKey(request) as { output: object };
      return { output: { ...known.output, ...rights } };
    });

  it('is refused before an app is asked, also for the past', async () => {
    withKey({ role: 'read' });
    expect((await call('ListClusters')).status).toBe(200);
    const response = await call('StopTask', { body: '{"task":"1"}' });
    expect([response.status, jsonOf(response)]).toEqual([
      400,
      {
        __type: 'AccessDeniedException',
        message: `${DENIED}ecs:StopTask on resource: arn:aws:ecs:eu-central-1:${ACCOUNT}:task/default/1 because no identity-based policy allows the ecs:StopTask action`,
      },
    ]);
    expect(world.bus.of('ecs', 'StopTask')).toEqual([]);
    const policy = '{"Statement":{"Effect":"Deny","Action":"ecs:List*","Resource":"*"}}';
    world = createWorld();
    withKey({ policy });
    const past = await call('ListClusters', { path: '/as-of/ecs.r1' });
    expect(jsonOf(past).message).toBe(
      `${DENIED}ecs:ListClusters on resource: * with an explicit deny in an identity-based policy`,
    );
  });

  it('is denied the dry run of what it is denied', async () => {
    withKey({ role: 'read' });
    const response = await world.ec2('Action=CreateVpc&CidrBlock=10.0.0.0%2F16&DryRun=true');
    expect([response.status, bodyOf(response)]).toEqual([403, expect.stringContaining('<Code>UnauthorizedOperation</Code>')]);
  });

  it('is told apart by the tags that the resource has now', async () => {
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'a' } };
    withKey({ policy: JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } }) });
    world.bus.on('ecs', 'StopTask', () => ({ output: {} }));
    let tags: object[] = [{ key: 'team', value: 'a' }];
    world.bus.on('ecs', 'ListTagsForResource', () => ({ output: { tags } }));
    const stop = () => call('StopTask', { body: '{"task":"1"}' });
    expect((await stop()).status).toBe(200);
    tags = [];
    expect((await stop()).status).toBe(400);
    world.bus.on('ecs', 'ListTagsForResource', () => ({ rejection: { code: 'NotThere', message: 'm', status: 400 } }));
    expect((await stop()).status).toBe(400);
    world.bus.on('ecs', 'ListTagsForResource', () => ({ unavailable: 'starting' }));
    expect((await stop()).status).toBe(503);
  });

  it('is told apart by the tags of load balancing, which has an operation of its own for them', async () => {
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'a' } };
    withKey({ policy: JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } }) });
    const TargetGroupArn = `arn:aws:elasticloadbalancing:eu-central-1:${ACCOUNT}:targetgroup/web/1`;
    let Tags = [{ Key: 'team', Value: 'a' }];
    world.bus
      .on('elasticloadbalancing', 'DescribeTags', () => ({
        output: { TagDescriptions: [{ ResourceArn: TargetGroupArn, Tags }] },
      }))
      .on('elasticloadbalancing', 'DeleteTargetGroup', () => ({ output: {} }));
    const remove = async () => {
      const body = `Action=DeleteTargetGroup&Version=2015-12-01&TargetGroupArn=${encodeURIComponent(TargetGroupArn)}`;
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return world.gateway.handle(await signed(world.clock, undefined, { service: 'elasticloadbalancing', body, headers }));
    };
    expect((await remove()).status).toBe(200);
    Tags = [];
    const denied = await remove();
    expect([denied.status, bodyOf(denied)]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  });

  it('is told apart by the tags of a log group, which its streams have, too', async () => {
    const Condition = { StringEquals: { 'aws:ResourceTag/team': 'a' } };
    withKey({ policy: JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } }) });
    let tags: Record<string, string> = { team: 'a' };
    world.bus
      .on('logs', 'ListTagsForResource', ({ input }) => {
        expect(input).toEqual({ resourceArn: `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:web` });
        return { output: { tags } };
      })
      .on('logs', 'GetLogEvents', () => ({ output: {} }));
    const get = async () => {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.GetLogEvents' };
      const body = JSON.stringify({ logGroupName: 'web', logStreamName: 's' });
      return (await world.gateway.handle(await signed(world.clock, undefined, { service: 'logs', body, headers }))).status;
    };
    expect(await get()).toBe(200);
    tags = {};
    expect(await get()).toBe(400);
  });

  it('is named to the app that serves the call', async () => {
    await call('ListClusters');
    expect(world.bus.of('ecs', 'ListClusters')[0]!.headers).toMatchObject({ 'Longshore-Access-Key-Id': 'AKIDEXAMPLE' });
  });

  it('ends with its time', async () => {
    withKey({ expiresAt: new Date(world.clock.now() + 1_000).toISOString() });
    expect((await call('ListClusters')).status).toBe(200);
    await world.clock.sleep(1_000);
    const response = await call('ListClusters');
    expect([response.status, jsonOf(response)]).toEqual([
      400,
      { __type: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
    ]);
    expect((await call('ListClusters', { secret: 'wrong' })).status).toBe(400);
    expect(await world.authenticator.stillValid({ accessKeyId: 'AKIDEXAMPLE' })).toBe(false);
  });
});
