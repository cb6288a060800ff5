import { expect, it } from '@jest/globals';
import { agentConfig, type HostConfig } from './config.js';

const OWN = '127.0.0.1:5566/000000000000/us-east-1/web:1';
const ENVIRONMENT = {
  LONGSHORE_ACCOUNT_ID: '000000000000',
  LONGSHORE_REGION: 'us-east-1',
  LONGSHORE_CLUSTER: 'default',
  LONGSHORE_INSTANCE_ID: 'a'.repeat(32),
  LONGSHORE_STATE_DIR: '/state',
  LONGSHORE_DOCKER_SOCKET: '/var/run/docker.sock',
  LONGSHORE_REGISTRY: '127.0.0.1:5566',
};

it.each<[object, string, string]>([
  [{}, 'default', 'prefer-cached'],
  [{ ECS_IMAGE_PULL_BEHAVIOR: 'always' }, 'always', 'always'],
  [{ ECS_IMAGE_PULL_BEHAVIOR: 'always', LONGSHORE_IMAGE_PULL_BEHAVIOR: 'once' }, 'once', 'once'],
  [{ LONGSHORE_REGISTRY: undefined }, 'prefer-cached', 'prefer-cached'],
])('with %j images of the own registry are pulled as %s, others as %s', (more, own, other) => {
  const { pullBehaviourOf } = agentConfig({ ...ENVIRONMENT, ...more }).host as HostConfig;
  expect([pullBehaviourOf(OWN), pullBehaviourOf('nginx')]).toEqual([own, other]);
});
