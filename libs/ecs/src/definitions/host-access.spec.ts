import { beforeEach, describe, expect, it } from '@jest/globals';
import { ACCOUNT, REGION, RegistryWorld } from '../../../../test/support/registry-world.js';

const OTHER = '444455556666';
const keyOf = (accountId: string, digit: number, more: object = {}) => ({
  accessKeyId: `LKIA000000000000000${digit}`,
  sealedSecret: 'c2VhbGVk',
  accountId,
  principalArn: `arn:aws:iam::${accountId}:root`,
  ...more,
});
const definition = (more: object = {}, container: object = {}) => ({
  family: 'f',
  containerDefinitions: [{ name: 'c', image: 'i', memory: 64, ...container }],
  ...more,
});
const REACHING = [
  [definition({}, { privileged: true }), "privileged of the container 'c'"],
  [definition({ networkMode: 'host' }), 'networkMode host'],
  [definition({ pidMode: 'host' }), 'pidMode host'],
  [definition({ ipcMode: 'host' }), 'ipcMode host'],
  [definition({ volumes: [{ name: 'v', host: { sourcePath: '/var/run/docker.sock' } }] }), "the host path of the volume 'v'"],
  [
    definition({
      volumes: [
        { name: 'v', dockerVolumeConfiguration: { driver: 'local', driverOpts: { type: 'none', o: 'bind', device: '/' } } },
      ],
    }),
    "the driverOpts of the volume 'v'",
  ],
  [definition({}, { linuxParameters: { capabilities: { add: ['SYS_ADMIN'] } } }), "the added capabilities of the container 'c'"],
  [definition({}, { linuxParameters: { devices: [{ hostPath: '/dev/sda' }] } }), "the devices of the container 'c'"],
  [definition({}, { dockerSecurityOptions: ['apparmor:unconfined'] }), "the dockerSecurityOptions of the container 'c'"],
] as const;

let world: RegistryWorld;
beforeEach(() => {
  world = new RegistryWorld();
  world.ok('CreateAccessKey', keyOf(ACCOUNT, 0));
  world.ok('CreateAccessKey', keyOf(OTHER, 1));
  world.ok('CreateAccessKey', keyOf(ACCOUNT, 2, { role: 'deploy' }));
});
const other = { accountId: OTHER };
const deploy = { accessKeyId: keyOf(ACCOUNT, 2).accessKeyId };

describe('a task definition that reaches into its host', () => {
  it.each(REACHING)('%# is the first account’s, and no other’s until it is allowed', (input, reach) => {
    world.ok('RegisterTaskDefinition', input);
    expect(world.refusal('RegisterTaskDefinition', input, other)).toBe(
      `AccessDeniedException: User: arn:aws:iam::${OTHER}:root is not authorized to perform: ecs:RegisterTaskDefinition with a task definition that reaches into its host (${reach}) because account ${OTHER} has no host access. The first account can allow it: ./longshore credentials host-access allowed --account ${OTHER}`,
    );
    world.ok('PutHostAccess', { accountId: OTHER, hostAccess: 'allowed' });
    world.ok('RegisterTaskDefinition', input, other);
  });

  it.each(REACHING)('%# is not for keys of the role deploy', (input, _reach) => {
    expect(world.refusal('RegisterTaskDefinition', input, deploy)).toMatch(/because keys of the role deploy have no host access/);
  });

  it.each(REACHING)('%# is not for the keys of tasks, whatever their role may do', (input, _reach) => {
    expect(world.refusal('RegisterTaskDefinition', input, { accessKeyId: 'ASIAEXAMPLE' })).toMatch(
      /keys of task roles have no host access/,
    );
  });

  it('is neither run nor made a service of by who may not register it', () => {
    world.ok('CreateCluster', {});
    const { taskDefinitionArn } = world.ok('RegisterTaskDefinition', REACHING[0][0]).taskDefinition;
    const clusterArn = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/default`;
    const place = {
      clusterArn,
      taskDefinitionArn,
      requestToken: 't',
      operation: 'RunTask',
      digest: 'd',
      count: 0,
      template: {},
      placementConstraints: [],
      placements: [],
    };
    const service = { serviceName: 's', taskDefinition: 'f', desiredCount: 1 };
    expect(world.refusal('PlaceTasks', place, { ...deploy, actor: 'scheduler' })).toMatch(
      /perform: ecs:RunTask with a task definition/,
    );
    expect(world.refusal('CreateService', service, deploy)).toMatch(/perform: ecs:CreateService with a task definition/);
    world.ok('PlaceTasks', place, { actor: 'scheduler' });
    world.ok('CreateService', service);
    world.ok('RegisterTaskDefinition', definition({ family: 'g' }), deploy);
    world.ok('UpdateService', { service: 's', desiredCount: 2 }, deploy);
    world.ok('UpdateService', { service: 's', taskDefinition: 'g' }, deploy);
    expect(world.refusal('UpdateService', { service: 's', taskDefinition: 'f' }, deploy)).toMatch(
      /perform: ecs:UpdateService with/,
    );
  });

  it('can be taken from the first account as well, by itself alone', () => {
    world.ok('PutHostAccess', { accountId: ACCOUNT, hostAccess: 'denied' });
    expect(world.refusal('RegisterTaskDefinition', REACHING[0][0])).toMatch(/has no host access/);
    expect(world.refusal('PutHostAccess', { accountId: OTHER, hostAccess: 'allowed' }, other)).toMatch(/^AccessDenied/);
    expect(world.refusal('PutHostAccess', { accountId: '123456789012', hostAccess: 'allowed' })).toMatch(/^NoSuchEntity/);
  });
});

it.each([
  definition(),
  definition({ volumes: [{ name: 'v' }, { name: 'w', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }] }),
  definition({ networkMode: 'bridge' }, { linuxParameters: { capabilities: { drop: ['ALL'] } } }),
  definition({}, { dockerSecurityOptions: ['no-new-privileges'] }),
])('%# stays inside and is for everybody', (input) => {
  world.ok('RegisterTaskDefinition', input, other);
  world.ok('RegisterTaskDefinition', input, deploy);
});
