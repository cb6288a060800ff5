import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HostGrant, RegisterRequest } from '../model/index.js';
import { EcsWorld } from '../../../../test/support/ecs-world.js';

const ZONE = { name: 'ecs.availability-zone', value: 'us-east-1a' };
const request = (fields: Partial<RegisterRequest['resources']> = {}, attributes: RegisterRequest['attributes'] = [ZONE]) => ({
  cluster: 'default',
  resources: { cpu: 4_096, memoryMiB: 8_192, gpu: 0, portsTcp: [], portsUdp: [], ...fields },
  attributes,
  versionInfo: { agentVersion: '1', agentHash: '1', dockerVersion: '1' },
  hostId: 'edge-1',
});

let world: EcsWorld;
beforeEach(() => {
  world = new EcsWorld();
});
const register = (asked: object, grant?: HostGrant) =>
  world.command('RegisterAgentInstance', { instanceId: 'a'.repeat(32), request: asked, grant }, 'health-monitor');
const granted: HostGrant = { cpu: 4_096, memoryMiB: 8_192, attributes: { [ZONE.name]: ZONE.value, rack: '7' } };

describe('what a host that has joined says of itself', () => {
  it.each([
    ['10.0.0.7', true],
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['169.254.169.254', false],
    ['224.0.0.1', false],
    ['::1', false],
    ['', false],
  ])('load balancers may find its tasks at %s: %s', (value, isTaken) => {
    const answer = register(request({}, [ZONE, { name: 'longshore.address', value }]), granted);
    expect('rejection' in answer).toBe(!isTaken);
  });

  it('is taken within what its token was made for', () => {
    const facts = ['com.amazonaws.ecs.capability.docker-remote-api.1.25', 'ecs.os-type', 'longshore.host-access'];
    const attributes = [ZONE, { name: 'rack', value: '7' }, ...facts.map((name) => ({ name, value: 'x' }))];
    expect(register(request({}, attributes), granted)).not.toHaveProperty('rejection');
    expect(register(request({ cpu: 8_192, memoryMiB: 99_999 }), { attributes: granted.attributes })).not.toHaveProperty(
      'rejection',
    );
  });

  it.each([
    [{ cpu: 4_097 }, undefined, 'at most 4096 CPU units, but says 4097'],
    [{ memoryMiB: 8_193 }, undefined, 'at most 8192 MiB of memory'],
    [{ gpu: 1 }, undefined, 'at most 0 GPUs'],
    [{}, [{ name: 'stack', value: 'prod' }], "attribute 'stack = prod'"],
    [{}, [{ name: 'rack', value: '8' }], "attribute 'rack = 8'"],
    [{}, [{ name: ZONE.name, value: 'us-east-1b' }], "attribute 'ecs.availability-zone = us-east-1b'"],
    [{}, [{ name: 'ecs.instance-type', value: 'p5.48xlarge' }], "attribute 'ecs.instance-type = p5.48xlarge'"],
    [{}, [{ name: 'ecs.capability', value: 'x' }], "attribute 'ecs.capability = x'"],
  ] as const)('is refused beyond it: %j %j', (resources, attributes, why) => {
    expect(register(request(resources, attributes), granted)).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: expect.stringContaining(why) },
    });
    expect(world.commits).toEqual([]);
  });
});

it('no host, whoever let it in, is larger than machines are', () => {
  expect(register(request({ cpu: 1e9 }))).toMatchObject({ rejection: { message: expect.stringContaining('4194304 CPU units') } });
  expect(register(request({ memoryMiB: 1e9 }))).toHaveProperty('rejection');
  expect(register(request({}, [{ name: 'stack', value: 'prod' }]))).not.toHaveProperty('rejection');
});

it('what a host allows is its own to say: nobody can put it on the instance, and what it takes back is gone', () => {
  const allowing = { name: 'longshore.host-access.path/srv' };
  const limited = { name: 'longshore.host-access', value: 'limited' };
  register(request({}, [ZONE, limited, allowing]));
  register(request({}, [ZONE, limited]));
  const [instance] = [...world.state.containerInstances.values()];
  expect(instance!.attributes).toEqual([ZONE, limited]);
  const targetId = instance!.containerInstanceArn;
  expect(world.command('PutAttributes', { attributes: [{ ...allowing, targetId }] })).toMatchObject({
    rejection: { message: expect.stringContaining('cannot be changed') },
  });
});
