import { beforeEach, describe, expect, it } from '@jest/globals';
import { RegistryWorld } from '../../../../test/support/registry-world.js';

const definition = (change: object = {}, container: object = {}) => ({
  family: 'site',
  containerDefinitions: [{ name: 'web', image: 'nginx', memory: 64, ...container }],
  ...change,
});

describe('a task definition for Fargate', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
  });

  it('marks what Fargate would run', () => {
    const input = definition({ networkMode: 'awsvpc', cpu: '256', memory: '512', requiresCompatibilities: ['FARGATE'] });
    expect(world.ok('RegisterTaskDefinition', input).taskDefinition.compatibilities).toEqual(['EC2', 'FARGATE']);
  });

  it.each<[string, object, object]>([
    ['privileged', {}, { privileged: true }],
    ['devices', {}, { linuxParameters: { devices: [{ hostPath: '/dev/fuse' }] } }],
    ['the added capability NET_ADMIN', {}, { linuxParameters: { capabilities: { add: ['SYS_PTRACE', 'NET_ADMIN'] } } }],
    ['ipcMode', { ipcMode: 'host' }, {}],
    ['placementConstraints', { placementConstraints: [{ type: 'memberOf', expression: 'attribute:x exists' }] }, {}],
    ['extraHosts', {}, { extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }] }],
    ['dockerSecurityOptions', {}, { dockerSecurityOptions: ['no-new-privileges'] }],
    ['sharedMemorySize', {}, { linuxParameters: { sharedMemorySize: 64 } }],
  ])('keeps %s, which reaches into the host, from Fargate', (what, more, container) => {
    const input = { networkMode: 'awsvpc', cpu: '256', memory: '512', ...more };
    const onEc2 = world.ok('RegisterTaskDefinition', definition({ ...input, requiresCompatibilities: ['EC2'] }, container));
    expect(onEc2.taskDefinition.compatibilities).toEqual(['EC2']);
    const onFargate = definition({ ...input, requiresCompatibilities: ['FARGATE'] }, container);
    expect(world.refusal('RegisterTaskDefinition', onFargate)).toMatch(new RegExp(`^ClientException: .* not support ${what}`));
  });

  it('lets a definition on Fargate that only says what it does not want', () => {
    const empty = {
      extraHosts: [],
      dnsServers: [],
      links: [],
      privileged: false,
      linuxParameters: { devices: [], capabilities: { drop: ['ALL'], add: [] } },
    };
    const input = {
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      requiresCompatibilities: ['FARGATE'],
      placementConstraints: [],
    };
    expect(world.ok('RegisterTaskDefinition', definition(input, empty)).taskDefinition.compatibilities).toEqual([
      'EC2',
      'FARGATE',
    ]);
  });

  it.each([
    [definition({ requiresCompatibilities: ['FARGATE'] }), /^Fargate only supports network mode/],
    // Its container has no memory either, which it need not have when the task has.
    [
      definition({ requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc' }, { memory: undefined }),
      /^Fargate requires that 'cpu' be defined at the task level/,
    ],
    [
      definition({ requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256' }, { memory: undefined }),
      /^Fargate requires that 'memory' be defined at the task level/,
    ],
    [
      definition({ requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '1024', memory: '1024' }),
      'No Fargate configuration exists for given values: 1024 CPU, 1024 memory. See the Amazon ECS documentation for the valid values.',
    ],
  ])('%#: refuses %j', (input, message) => {
    expect(world.refusal('RegisterTaskDefinition', input).replace('ClientException: ', '')).toMatch(message);
  });
});
