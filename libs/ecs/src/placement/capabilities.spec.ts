import { describe, it, expect } from '@jest/globals';
import { capabilityWords, requiredAttributes } from './capabilities.js';

const names = (definition: Parameters<typeof requiredAttributes>[0]) =>
  requiredAttributes(definition).attributes.map(({ name }) => name);

describe('requiredAttributes', () => {
  it('asks a plain definition for nothing but an engine', () => {
    expect(names({ containerDefinitions: [{ name: 'web', image: 'web', cpu: 1, essential: true, portMappings: [] }] })).toEqual([
      'com.amazonaws.ecs.capability.docker-remote-api.1.17',
    ]);
  });

  it.each([
    ['privileged', { privileged: true }, 'com.amazonaws.ecs.capability.privileged-container'],
    ['dependsOn', { dependsOn: [{ containerName: 'b', condition: 'START' as const }] }, 'ecs.capability.container-ordering'],
    ['healthCheck', { healthCheck: { command: ['CMD', 'x'] } }, 'ecs.capability.container-health-check'],
    ['restartPolicy', { restartPolicy: { enabled: true } }, 'ecs.capability.container-restart-policy'],
    [
      'logConfiguration.logDriver',
      { logConfiguration: { logDriver: 'awslogs' } },
      'com.amazonaws.ecs.capability.logging-driver.awslogs',
    ],
    ['environmentFiles', { environmentFiles: [{}] }, 'ecs.capability.env-files.s3'],
    [
      'secrets[0].valueFrom',
      { secrets: [{ name: 'A', valueFrom: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-abcdef' }] },
      'ecs.capability.secrets.asm.environment-variables',
    ],
    [
      'secrets[0].valueFrom',
      { secrets: [{ name: 'A', valueFrom: 'parameter' }] },
      'ecs.capability.secrets.ssm.environment-variables',
    ],
    ['firelensConfiguration', { firelensConfiguration: { type: 'fluentbit' } }, 'ecs.capability.firelens.fluentbit'],
    [
      'firelensConfiguration.options.config-file-type',
      { firelensConfiguration: { type: 'fluentd', options: { 'config-file-type': 's3' } } },
      'ecs.capability.firelens.options.config.s3',
    ],
    [
      'firelensConfiguration.options.config-file-type',
      { firelensConfiguration: { type: 'fluentd', options: { 'config-file-type': 'file' } } },
      'ecs.capability.firelens.options.config.file',
    ],
  ])('names the field %s', (field, container, attribute) => {
    const required = requiredAttributes({ containerDefinitions: [{}, container] });
    expect(required.fields[attribute]).toBe(`containerDefinitions[1].${field}`);
    expect(required.attributes).toContainEqual({ name: attribute });
  });

  it('asks for what the task as a whole uses', () => {
    const required = requiredAttributes({
      networkMode: 'awsvpc',
      taskRoleArn: 'arn:aws:iam::111122223333:role/r',
      cpu: '256',
      pidMode: 'task',
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      volumes: [
        { name: 'v', dockerVolumeConfiguration: { scope: 'task', driver: 'rexray/ebs' } },
        { name: 'e', efsVolumeConfiguration: {} },
      ],
    });
    expect(required.fields).toMatchObject({
      'ecs.capability.task-eni': 'networkMode',
      'com.amazonaws.ecs.capability.task-iam-role': 'taskRoleArn',
      'ecs.capability.task-cpu-mem-limit': 'cpu',
      'ecs.capability.pid-ipc-namespace-sharing': 'pidMode',
      'ecs.capability.docker-plugin.rexray/ebs': 'volumes[0].dockerVolumeConfiguration.driver',
      'ecs.capability.efs': 'volumes[1].efsVolumeConfiguration',
    });
    expect(required.attributes).toContainEqual({ name: 'ecs.cpu-architecture', value: 'arm64' });
  });

  it('an execution role alone asks for nothing; with an ECR image or awslogs it does', () => {
    expect(names({ executionRoleArn: 'r', containerDefinitions: [{ image: 'busybox' }] })).toHaveLength(1);
    expect(
      names({ executionRoleArn: 'r', containerDefinitions: [{ image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/a' }] }),
    ).toContain('ecs.capability.execution-role-ecr-pull');
  });

  it('has words for every name it can ask for', () => {
    expect(capabilityWords('ecs.capability.container-ordering')).toBe('dependsOn and start timeouts');
    expect(capabilityWords('com.amazonaws.ecs.capability.logging-driver.gelf')).toBe('the log driver gelf');
  });
});
