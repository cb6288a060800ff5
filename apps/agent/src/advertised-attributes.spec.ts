import { describe, it, expect } from '@jest/globals';
import { type HostAccess, requiredAttributes, type TaskDefinitionFields } from '#lib/ecs/placement';
import { advertisedAttributes } from './advertised-attributes.js';

const advertised = advertisedAttributes(
  { version: '20.10', cpuUnits: 1024, memoryMiB: 1024, cpuArchitecture: 'x86_64', logDrivers: ['json-file', 'syslog'] },
  { availabilityZone: 'eu-central-1a', custom: { rack: '7' }, hostAccess: 'all' },
);

const missing = (definition: TaskDefinitionFields) =>
  requiredAttributes(definition).attributes.filter(
    ({ name, value }) => !advertised.some((other) => other.name === name && (value === undefined || other.value === value)),
  );

describe('advertised attributes', () => {
  it('cover everything that a container definition may ask of the engine', () => {
    const container = {
      name: 'web',
      privileged: true,
      dependsOn: [{ containerName: 'init', condition: 'SUCCESS' as const }],
      healthCheck: { command: ['CMD', 'true'] },
      restartPolicy: { enabled: true },
      links: ['db'],
      ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
      systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }],
      linuxParameters: {
        initProcessEnabled: true,
        sharedMemorySize: 1,
        tmpfs: [{ containerPath: '/t', size: 1 }],
        maxSwap: 0,
        swappiness: 1,
      },
      logConfiguration: { logDriver: 'json-file' },
    };
    const volumes = [{ name: 'v', dockerVolumeConfiguration: { scope: 'shared' as const } }];
    expect(
      missing({ networkMode: 'host', pidMode: 'host', cpu: '256', memory: '512', volumes, containerDefinitions: [container] }),
    ).toEqual([]);
  });

  it('name the log drivers of the engine, and what a definition with awslogs asks for', () => {
    const names = advertisedAttributes(
      { version: '20.10', cpuUnits: 1024, memoryMiB: 1024, cpuArchitecture: 'x86_64', logDrivers: ['awslogs', 'syslog'] },
      { availabilityZone: 'a', custom: {}, hostAccess: 'all' },
    ).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'com.amazonaws.ecs.capability.logging-driver.awslogs',
        'com.amazonaws.ecs.capability.logging-driver.syslog',
        'com.amazonaws.ecs.capability.logging-driver.none',
        'ecs.capability.execution-role-awslogs',
      ]),
    );
    expect(names).not.toContain('com.amazonaws.ecs.capability.logging-driver.json-file');
  });

  it('leave out what the host does not allow', () => {
    const names = (hostAccess: HostAccess) =>
      advertisedAttributes(
        { version: '20.10', cpuUnits: 1024, memoryMiB: 1024, cpuArchitecture: 'x86_64', logDrivers: ['json-file', 'syslog'] },
        { availabilityZone: 'a', custom: {}, hostAccess },
      )
        .map(({ name }) => name)
        .filter((name) => name.includes('privileged') || name.startsWith('longshore'));
    expect(names('all')).toEqual(['com.amazonaws.ecs.capability.privileged-container']);
    expect(names([])).toEqual(['longshore.host-access']);
    expect(names(['path=/srv', 'privileged'])).toEqual([
      'com.amazonaws.ecs.capability.privileged-container',
      'longshore.host-access',
      'longshore.host-access.path/srv',
    ]);
  });

  it.each<[string, TaskDefinitionFields]>([
    ['awsvpc', { networkMode: 'awsvpc' }],
    ['task roles where tasks have no endpoint', { taskRoleArn: 'arn' }],
    [
      'awslogs of an engine whose files cannot be read',
      { containerDefinitions: [{ logConfiguration: { logDriver: 'awslogs' } }] },
    ],
    ['a log driver that the engine lacks', { containerDefinitions: [{ logConfiguration: { logDriver: 'splunk' } }] }],
    ['environment files', { containerDefinitions: [{ environmentFiles: [{}] }] }],
    ['EFS', { volumes: [{ efsVolumeConfiguration: {} }] }],
    ['foreign volume plugins', { volumes: [{ dockerVolumeConfiguration: { driver: 'rexray/ebs' } }] }],
    ['FireLens', { containerDefinitions: [{ firelensConfiguration: { type: 'fluentd' } }] }],
    ['shared PID namespaces', { pidMode: 'task' }],
    ['port ranges', { containerDefinitions: [{ portMappings: [{ containerPortRange: '80-90' }] }] }],
    ['another architecture', { runtimePlatform: { cpuArchitecture: 'ARM64' } }],
    ['Windows', { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } }],
  ])('do not claim %s', (_, definition) => {
    expect(missing(definition)).not.toEqual([]);
  });
});
