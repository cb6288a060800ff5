import { describe, expect, it } from '@jest/globals';
import { cluster, containerInstance, scope, taskDefinition, world } from '../../../../test/support/placement-world.js';
import type { TaskDefinition } from '../model/task-definition.js';
import type { TaskTemplate } from '../placement/proposal.js';
import { refusable, type Region } from '#lib/kernel';
import { clusterArn } from '../model/ids.js';
import {
  prepareRunTask,
  prepareStartTask,
  refuseEmptyCluster,
  type RunTaskInput,
  type StartTaskInput,
} from './run-task-input.js';

const definitions = [
  taskDefinition({
    tags: [
      { key: 'team', value: 'a' },
      { key: 'stage', value: 'prod' },
    ],
  }),
  taskDefinition({ family: 'vpc', networkMode: 'awsvpc', compatibilities: ['EC2', 'FARGATE'] }),
  taskDefinition({ family: 'old', status: 'INACTIVE' }),
  taskDefinition({
    family: 'bound',
    placementConstraints: Array(9).fill({ type: 'distinctInstance' }) as TaskDefinition['placementConstraints'],
  }),
];
const state = world({ instances: [containerInstance(1)], definitions });
const run = (input: Partial<RunTaskInput>) => prepareRunTask(state, scope, { taskDefinition: 'web', ...input });
const refusalOf = (prepare: () => unknown) => {
  const answer = refusable(prepare);
  return 'rejection' in answer ? `${answer.rejection.code}: ${answer.rejection.message}` : 'accepted';
};

describe('what RunTask refuses', () => {
  const invalid = (sentence: string) => `InvalidParameterException: ${sentence}`;
  it.each<[string, Partial<RunTaskInput>, string]>([
    ['an unknown cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
    ['an unknown task definition', { taskDefinition: 'nothing' }, 'ClientException: TaskDefinition not found.'],
    ['an INACTIVE task definition', { taskDefinition: 'old:1' }, 'ClientException: TaskDefinition is inactive'],
    ['too many tasks', { count: 11 }, invalid('Invalid count: 11. The count of tasks must be between 1 and 10.')],
    ['no task', { count: 0 }, invalid('Invalid count: 0.')],
    [
      'two ways to find capacity',
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      invalid('Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.'),
    ],
    [
      'a foreign capacity provider',
      { capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      invalid("The specified capacity provider 'x' was not found."),
    ],
    [
      'a launch type that the definition has not',
      { launchType: 'FARGATE' },
      invalid('Task definition does not support launch_type FARGATE.'),
    ],
    [
      'a platform version',
      { platformVersion: 'LATEST' },
      invalid('The platform version must be null when specifying an EC2 launch type.'),
    ],
    [
      'awsvpc without a network',
      { taskDefinition: 'vpc' },
      invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
    ],
    [
      'a network without awsvpc',
      { networkConfiguration: { awsvpcConfiguration: {} } },
      invalid('Network Configuration is not valid for the given networkMode'),
    ],
    ['tags of a service', { propagateTags: 'SERVICE' }, invalid('The value SERVICE of propagateTags is for services.')],
    ['the group of a service', { group: 'service:web' }, invalid('Invalid namespace for group: service:web.')],
    ['a reserved tag', { tags: [{ key: 'aws:x', value: '' }] }, invalid("Tag key 'aws:x' is reserved")],
    ['six strategies', { placementStrategy: Array(6).fill({ type: 'random' }) as [] }, invalid('Too many placement strategies')],
    [
      'a strategy without a field',
      { placementStrategy: [{ type: 'spread' }] },
      invalid("Invalid field for the placement strategy spread: ''. Use instanceId"),
    ],
    [
      'a strategy over nothing',
      { placementStrategy: [{ type: 'binpack', field: 'disk' }] },
      invalid("Invalid field for the placement strategy binpack: 'disk'. Use cpu or memory."),
    ],
    [
      'eleven constraints in all',
      { taskDefinition: 'bound', placementConstraints: [{ type: 'distinctInstance' }, { type: 'distinctInstance' }] },
      invalid('Too many placement constraints'),
    ],
    [
      'an expression that is none',
      { placementConstraints: [{ type: 'memberOf', expression: 'stack == prod' }] },
      invalid('Invalid expression "stack == prod" at position 0'),
    ],
    [
      'memberOf without an expression',
      { placementConstraints: [{ type: 'memberOf' }] },
      invalid('A placement constraint of type memberOf needs an expression.'),
    ],
    [
      'an unknown container',
      { overrides: { containerOverrides: [{ name: 'x' }] } },
      invalid('Override for container named x is not a container in the TaskDefinition.'),
    ],
    [
      'a container twice',
      { overrides: { containerOverrides: [{ name: 'app' }, { name: 'app' }] } },
      invalid('There is more than one override for the container named app.'),
    ],
    [
      'GPUs that are no number',
      { overrides: { containerOverrides: [{ name: 'app', resourceRequirements: [{ type: 'GPU', value: 'NaN' }] }] } },
      invalid("Invalid GPU value 'NaN' for container 'app': it must be a whole number above 0."),
    ],
    [
      'a variable without a name',
      { overrides: { containerOverrides: [{ name: 'app', environment: [{ name: '', value: 'x' }] }] } },
      invalid('Environment variable name cannot be null or blank.'),
    ],
    [
      'too little memory',
      { overrides: { containerOverrides: [{ name: 'app', memory: 5 }] } },
      invalid("Invalid 'memory' setting for container 'app': it must be at least 6 MiB."),
    ],
    [
      'a hard limit below the soft one',
      { overrides: { containerOverrides: [{ name: 'app', memoryReservation: 513 }] } },
      invalid("Invalid setting for container 'app': 'memory' (512)"),
    ],
    ['half a mebibyte', { overrides: { memory: '1.5' } }, invalid('Invalid \'memory\' override for the task: "1.5".')],
    ['a size that is none', { overrides: { memory: 'much' } }, invalid('Invalid \'memory\' override for the task: "much".')],
    [
      'overrides without end',
      { overrides: { containerOverrides: [{ name: 'app', command: ['x'.repeat(9_000)] }] } },
      invalid('Container Overrides length must be at most 8192'),
    ],
    [
      'Fargate overrides',
      { overrides: { ephemeralStorage: { sizeInGiB: 30 } } },
      invalid('Overriding ephemeralStorage is not supported'),
    ],
    [
      'a volume that is not configured at launch',
      { volumeConfigurations: [{ name: 'data' }] },
      invalid('The volume configuration data does not name a volume'),
    ],
  ])('%s', (_, input, refusal) => {
    expect(refusalOf(() => run(input))).toContain(refusal);
  });

  it('a cluster without an ACTIVE instance', () => {
    const empty = world({ instances: [containerInstance(1, { status: 'DRAINING' })] });
    const asked = (launchType: 'EC2' | 'FARGATE') => ({ cluster: cluster(), template: { launchType } as TaskTemplate });
    expect(refusalOf(() => refuseEmptyCluster(empty, asked('EC2')))).toBe(
      'InvalidParameterException: No Container Instances were found in your cluster.',
    );
    expect(refusalOf(() => refuseEmptyCluster(state, asked('EC2')))).toBe('accepted');
    expect(refusalOf(() => refuseEmptyCluster(empty, asked('FARGATE')))).toContain(
      'No host of this account takes tasks of Fargate now',
    );
    const region = 'us-east-1' as Region;
    const abroad = world({
      instances: [containerInstance(1, { region, clusterArn: clusterArn({ ...scope, region }, 'default') })],
    });
    expect(refusalOf(() => refuseEmptyCluster(abroad, asked('FARGATE')))).toContain(
      "This account's hosts are in us-east-1, and this is",
    );
  });
});

it('a variable of an override that has no value is none', () => {
  const environment = [{ name: 'A' }, { name: 'B', value: '' }];
  const { template } = run({ overrides: { containerOverrides: [{ name: 'app', environment }] } });
  expect(template.overrides.containerOverrides).toEqual([{ name: 'app', environment: [{ name: 'B', value: '' }] }]);
});

describe('what RunTask makes of a request', () => {
  it('has the defaults of ECS', () => {
    const { count, template, strategies, placementConstraints, clientToken } = run({});
    expect({ count, strategies, placementConstraints, clientToken }).toEqual({
      count: 1,
      strategies: [],
      placementConstraints: [],
      clientToken: undefined,
    });
    expect(template).toEqual({
      group: 'family:web',
      launchType: 'EC2',
      overrides: {},
      enableExecuteCommand: false,
      tags: [],
      cpu: '256',
      memory: '512',
    });
  });
  it('takes what the overrides take', () => {
    const { need, template } = run({ overrides: { containerOverrides: [{ name: 'app', cpu: 10, memory: 20 }] } });
    expect([need.cpu, need.memoryMiB, template.cpu, template.memory]).toEqual([10, 20, '10', '20']);
  });
  it('needs of an instance what the overrides bring in', () => {
    const names = (input: Partial<RunTaskInput>) => run(input).definition.requiresAttributes.map(({ name }) => name);
    expect(names({})).toEqual(['com.amazonaws.ecs.capability.docker-remote-api.1.17']);
    expect(names({ overrides: { taskRoleArn: 'arn:aws:iam::111122223333:role/r' } })).toContain(
      'com.amazonaws.ecs.capability.task-iam-role',
    );
    const environmentFiles = [{ type: 's3', value: 'arn:aws:s3:::bucket/file.env' }];
    expect(names({ overrides: { containerOverrides: [{ name: 'app', environmentFiles }] } })).toContain(
      'ecs.capability.env-files.s3',
    );
  });
  it('tags tasks from the request, then the definition, then itself', () => {
    const { template } = run({
      tags: [{ key: 'stage', value: 'test' }],
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
    });
    expect(template.tags).toEqual([
      { key: 'team', value: 'a' },
      { key: 'stage', value: 'test' },
      { key: 'aws:ecs:clusterName', value: 'default' },
    ]);
  });
  it('has a digest of its parameters, whatever their order, and not of the token', () => {
    const one = run({ group: 'g', count: 2, clientToken: 'a' }).digest;
    expect(run({ clientToken: 'b', count: 2, group: 'g' }).digest).toBe(one);
    expect(run({ group: 'g', count: 3, clientToken: 'a' }).digest).not.toBe(one);
  });
});

describe('StartTask', () => {
  const start = (input: Partial<StartTaskInput>) =>
    prepareStartTask(state, scope, { taskDefinition: 'web', containerInstances: ['x'], ...input });
  it.each<[string, Partial<StartTaskInput>, string]>([
    ['no instance', { containerInstances: [] }, 'InvalidParameterException: Container Instances cannot be empty.'],
    [
      'too many instances',
      { containerInstances: Array(11).fill('x') as string[] },
      'InvalidParameterException: Too many container instances',
    ],
    ['an unknown container', { overrides: { containerOverrides: [{ name: 'x' }] } }, 'Override for container named x'],
  ])('refuses %s', (_, input, refusal) => {
    expect(refusalOf(() => start(input))).toContain(refusal);
  });
  it('starts one task an instance', () => {
    expect(start({ containerInstances: ['a', 'b'], startedBy: 'me' })).toMatchObject({
      operation: 'StartTask',
      count: 2,
      template: { startedBy: 'me' },
    });
  });
});

describe('a task of Fargate', () => {
  const network = { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } };
  const fargate = (input: Partial<RunTaskInput> = {}): RunTaskInput => ({
    taskDefinition: 'vpc',
    networkConfiguration: network,
    ...input,
  });
  const run = (input: RunTaskInput) => prepareRunTask(state, scope, input);

  it('has a network, and the storage that Fargate gives', () => {
    expect(run(fargate({ launchType: 'FARGATE' })).template).toMatchObject({
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { ...network.awsvpcConfiguration, assignPublicIp: 'DISABLED' } },
      ephemeralStorage: { sizeInGiB: 20 },
    });
    const overrides = { ephemeralStorage: { sizeInGiB: 30 } };
    expect(run(fargate({ launchType: 'FARGATE', overrides })).template.ephemeralStorage).toEqual({ sizeInGiB: 30 });
  });

  it('is asked for by a launch type or by a strategy of capacity providers', () => {
    const capacityProviderStrategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    const { template } = run(fargate({ capacityProviderStrategy }));
    expect(template).toMatchObject({ launchType: 'FARGATE', capacityProviderStrategy: [{ base: 0, weight: 1 }] });
  });

  it.each<[string, Partial<RunTaskInput>, string]>([
    [
      'a platform that is none',
      { platformVersion: '9.9' },
      'PlatformUnknownException: The specified platform version does not exist.',
    ],
    [
      'constraints',
      { placementConstraints: [{ type: 'distinctInstance' }] },
      'Placement constraints are not supported with FARGATE',
    ],
    ['strategies', { placementStrategy: [{ type: 'random' }] }, 'Placement strategies are not supported with FARGATE'],
  ])('has no %s', (_, input, words) => {
    expect(refusalOf(() => run(fargate({ launchType: 'FARGATE', ...input })))).toContain(words);
  });
});
