import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Task } from '#lib/ecs/model';
import type { Commit } from '#lib/journal';
import { BalancedWorld, behind, DELAY_MS, FACTS, OTHER_GROUP } from '../support/balanced-world.js';
import { CapacityWorld } from '../support/capacity-world.js';
import { EcsWorld } from '../support/ecs-world.js';
import { LoadBalancingWorld } from '../support/load-balancing-world.js';
import { SecretsWorld } from '../support/secrets-world.js';
import { LoggingWorld } from '../support/logging-world.js';
import { FargateWorld } from '../support/fargate-world.js';
import { ImagesWorld } from '../support/images-world.js';
import { NetworkWorld } from '../support/network-world.js';
import { ScalingWorld, TARGET } from '../support/scaling-world.js';
import { nextRevision, ServiceWorld } from '../support/service-world.js';
import { BLUE_GREEN, MINUTE_MS, rollingOut } from '../support/shift-world.js';
import { TaskSetWorld } from '../support/task-set-world.js';

/**
 * Writes a journal that uses every event once, as this version writes it: `node dist/test/recorded/record.js <name>`. A recorded
 * journal is never written again: it stands for the journals on users' disks, which no later version may read differently.
 */
export function recordLife(): Commit[] {
  const world = new EcsWorld();
  world.given('CreateAccessKey', {
    accessKeyId: 'AKIA0000000000000000',
    sealedSecret: 'c2VhbGVk',
    accountId: '000000000000',
    principalArn: 'arn:aws:iam::000000000000:root',
  });
  world.given('CreateAccessKey', {
    accessKeyId: 'AKIA0000000000000001',
    sealedSecret: 'c2VhbGVk',
    accountId: '111122223333',
    principalArn: 'arn:aws:iam::111122223333:root',
  });
  world.given('DeleteAccessKey', { accessKeyId: 'AKIA0000000000000001' });
  world.given('PutAccountSetting', { name: 'containerInsights', value: 'enabled' });
  world.given('DeleteAccountSetting', { name: 'containerInsights' });
  world.given('CreateCluster', { clusterName: 'second', tags: [{ key: 'a', value: 'b' }] });
  world.given('UpdateClusterSettings', { cluster: 'second', settings: [{ name: 'containerInsights', value: 'enabled' }] });
  world.given('TagResource', {
    resourceArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/second',
    tags: [{ key: 'c', value: 'd' }],
  });
  world.given('UntagResource', { resourceArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/second', tagKeys: ['a'] });
  world.given('DeleteCluster', { cluster: 'second' });
  const instance = world.instance();
  world.given('PutAttributes', { attributes: [{ name: 'stack', value: 'prod', targetId: instance }] });
  world.given('DeleteAttributes', { attributes: [{ name: 'stack', targetId: instance }] });
  world.given('SetAgentConnectivity', { containerInstanceArn: instance, connected: false }, 'health-monitor');
  world.given('SetAgentConnectivity', { containerInstanceArn: instance, connected: true }, 'health-monitor');
  const definition = world.definition([{ name: 'web', image: 'web', memory: 128, portMappings: [{ containerPort: 80 }] }]);
  world.place(definition, [instance, instance], { rememberToken: true });
  const [first] = [...world.state.tasks.values()];
  const at = '2026-11-23T12:00:01.000Z';
  const report = (sequence: number, change: object) =>
    world.given(
      'RecordTaskProgress',
      {
        reports: [
          {
            containerInstanceArn: instance,
            report: { taskArn: first!.taskArn, sequence, healthStatus: 'UNKNOWN', containers: [], ...change },
          },
        ],
      },
      'health-monitor',
    );
  const web = { name: 'web', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN', restartCount: 0 };
  const networkBindings = [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49153, protocol: 'tcp' }];
  report(1, {
    status: 'RUNNING',
    startedAt: at,
    pullStartedAt: at,
    pullStoppedAt: at,
    containers: [{ ...web, networkBindings }],
  });
  world.given('StopTask', { task: first!.taskArn, reason: 'enough' });
  report(2, {
    status: 'STOPPED',
    stoppingAt: at,
    stoppedAt: at,
    containers: [{ ...web, lastStatus: 'STOPPED', exitCode: 0, networkBindings }],
  });
  world.now += 61 * 60 * 1000;
  world.given('Expire', {});
  world.given('UpdateContainerInstancesState', { containerInstances: [instance], status: 'DRAINING' });
  world.given('DeregisterContainerInstance', { containerInstance: instance, force: true });
  world.given('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
  world.given('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
  world.now += 25 * 60 * 60 * 1000;
  world.given('Expire', {});
  return world.commits;
}

/** An instance and a cluster that are gone, and an hour later forgotten. */
export function recordForgetting(): Commit[] {
  const world = new EcsWorld();
  const containerInstance = world.instance();
  world.place(world.definition(), [containerInstance]);
  const [{ taskArn }] = [...world.state.tasks.values()] as [Task];
  for (const [sequence, status] of [[1, 'RUNNING'] as const, [2, 'STOPPED'] as const]) {
    const report = { taskArn, sequence, status, healthStatus: 'UNKNOWN', containers: [], stopCode: 'EssentialContainerExited' };
    world.given('RecordTaskProgress', { reports: [{ containerInstanceArn: containerInstance, report }] }, 'health-monitor');
  }
  world.given('DeregisterContainerInstance', { containerInstance });
  world.given('DeleteCluster', { cluster: 'default' });
  world.now += 61 * 60 * 1000;
  // What is remembered of a cluster goes before it.
  for (let round = 0; round < 2; round++) world.given('Expire', {});
  return world.commits;
}

/** A service's life: roll-outs that stumble, complete, fail and go back; scaling; the end. */
export function recordService(): Commit[] {
  const world = new ServiceWorld();
  const update = (more: object) => world.given('UpdateService', { service: 'web', ...more });
  world.create({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
  world.becomeSteady();
  world.definition();
  update({ taskDefinition: 'web:2', desiredCount: 3 });
  world.pass();
  world.failsToStart(world.live.find((task) => task.lastStatus === 'PENDING')!);
  world.wait(60_000);
  world.becomeSteady();
  world.definition();
  update({ taskDefinition: 'web:3' });
  for (let round = 0; round < 20; round++) {
    world.settle();
    for (const task of world.live) if (task.taskDefinitionArn.endsWith('web:3')) world.failsToStart(task);
    world.wait(60_000);
  }
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  world.wait(61 * 60 * 1000);
  world.given('Expire', {});
  return world.commits;
}

/** A protected task that outlives a scale-in, and goes when its protection is taken back. */
export function recordProtection(): Commit[] {
  const world = new ServiceWorld();
  world.create();
  world.becomeSteady();
  const tasks = world.live.map(({ taskArn }) => taskArn);
  const protect = (protectionEnabled: boolean) =>
    world.given('UpdateTaskProtection', { cluster: 'default', tasks, protectionEnabled });
  protect(true);
  world.given('UpdateService', { service: 'web', desiredCount: 1 });
  world.settle();
  protect(false);
  world.becomeSteady();
  return world.commits;
}

/** Blue and green: task sets are made, stumble, become steady, take over, shrink and go, the last one with its service. */
export function recordTaskSets(): Commit[] {
  const world = new TaskSetWorld();
  world.create({ desiredCount: 2 });
  const blue = world.taskSet(100, { externalId: 'blue', clientToken: 'one', tags: [{ key: 'a', value: 'b' }] });
  world.settle();
  world.failsToStart(world.live[0]!);
  world.wait(60_000);
  world.becomeSteady();
  world.promote(blue);
  world.definition();
  const green = world.taskSet(0);
  world.becomeSteady();
  world.scale(green, 100);
  world.becomeSteady();
  world.promote(green);
  world.remove(blue, true);
  world.settle();
  world.obey();
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  return world.commits;
}

/** A task that moves to an instance that is back, and a daemon that comes to one that joins. */
export function recordMoves(): Commit[] {
  const world = new ServiceWorld();
  const setSecond = (status: string) =>
    world.given('UpdateContainerInstancesState', { containerInstances: ['2'.repeat(32)], status });
  world.create();
  world.becomeSteady();
  setSecond('DRAINING');
  world.becomeSteady();
  setSecond('ACTIVE');
  world.becomeSteady();
  world.given('DeleteService', { service: 'web', force: true });
  for (let round = 0; round < 3; round++) {
    world.settle();
    world.obey();
  }
  world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', schedulingStrategy: 'DAEMON', healthyAfterMs: 0 });
  world.becomeSteady();
  world.instance('3'.repeat(32));
  world.becomeSteady();
  return world.commits;
}

/** Tasks behind a load balancer: registered, sick, replaced, drained by the load balancer and by their deadline. */
export function recordTargets(): Commit[] {
  const world = new BalancedWorld();
  world.create({ role: 'ecsServiceRole', healthCheckGracePeriodSeconds: 1 });
  world.becomeSteady();
  world.health(world.live.slice(0, 1), 'unhealthy', 'Health checks failed with these codes: [404]');
  world.wait(2_000);
  world.becomeSteady();
  world.definition();
  world.given('UpdateService', { service: 'web', taskDefinition: 'web:2', loadBalancers: [behind(OTHER_GROUP)], ...FACTS });
  world.becomeSteady();
  const [task] = world.live as [Task];
  world.given('StopTask', { task: task.taskArn, reason: 'enough' });
  world.wait(DELAY_MS);
  world.given('Expire', {});
  world.becomeSteady();
  world.given('UpdateService', { service: 'web', loadBalancers: [] });
  world.becomeSteady();
  return world.commits;
}

/** Keys with rights of their own, and what another account may do to hosts. */
export function recordAccess(): Commit[] {
  const world = new ServiceWorld();
  const keyOf = (accessKeyId: string, accountId: string, user = 'root') => ({
    accessKeyId,
    sealedSecret: 'c2VhbGVk',
    accountId,
    principalArn: `arn:aws:iam::${accountId}:${user}`,
  });
  world.given('CreateAccessKey', keyOf('AKIA0000000000000000', '000000000000'));
  world.given('CreateAccessKey', keyOf('AKIA0000000000000001', '111122223333'));
  world.given('PutHostAccess', { accountId: '111122223333', hostAccess: 'allowed' });
  world.given('CreateAccessKey', {
    ...keyOf('AKIA0000000000000002', '000000000000', 'user/ci'),
    role: 'deploy',
    policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecs:*","Resource":"*"}}',
    expiresInSeconds: 7_776_000,
  });
  world.given('RotateAccessKey', {
    accessKeyId: 'AKIA0000000000000003',
    sealedSecret: 'bmV3',
    replaces: 'AKIA0000000000000002',
  });
  world.create();
  world.becomeSteady();
  return world.commits;
}

/** Log groups and streams with all that they can have, and taken away. */
export function recordLogging(): Commit[] {
  const world = new LoggingWorld();
  for (const name of ['/ecs/web', 'other']) world.group(name, { tags: { a: '1' } });
  world.given('PutRetentionPolicy', { logGroupName: '/ecs/web', retentionInDays: 7 });
  world.given('PutRetentionPolicy', { logGroupName: 'other', retentionInDays: 1 });
  world.given('DeleteRetentionPolicy', { logGroupName: 'other' });
  world.given('TagLogGroup', { logGroupName: '/ecs/web', tags: { b: '2', c: '3' } });
  world.given('UntagLogGroup', { logGroupName: '/ecs/web', tags: ['a', 'c'] });
  for (const name of ['web/1', 'web/2']) world.stream('/ecs/web', name);
  world.given('DeleteLogStream', { logGroupName: '/ecs/web', logStreamName: 'web/2' });
  world.given('OpenLogStream', { logGroupName: '/longshore/db', logStreamName: 'db/db/1', createGroup: true });
  for (const logGroupName of ['other', '/longshore/db']) world.given('DeleteLogGroup', { logGroupName });
  world.given('RecordErasedGroups', { ids: [[...world.state.deletedGroups.values()][0]!.id] });
  return world.commits;
}

/** Groups whose lines are at several places. */
export function recordPlaces(): Commit[] {
  const world = new LoggingWorld();
  for (const [name, places] of [
    ['/ecs/web', [1, 2]],
    ['/ecs/db', [1, 2]],
    ['/ecs/job', [3]],
  ] as const)
    world.group(name, { places });
  world.given('OpenLogStream', { logGroupName: '/longshore/db', logStreamName: 'db/db/1', createGroup: true, places: [2] });
  world.given('DeleteLogGroup', { logGroupName: '/ecs/job' });
  return world.commits;
}

/** Secrets and parameters with their versions, labels, tags and ends. What seals is no journal's business: the texts are made up. */
export function recordSecrets(): Commit[] {
  const world = new SecretsWorld();
  let sealed = 0;
  const value = () => ({ kind: 'string', sealed: { keyId: `key-${++sealed}`, text: `sealed ${sealed}` } });
  const put = (ClientRequestToken: string, more: object = {}) =>
    world.given('PutSecretValue', { SecretId: 'db', ClientRequestToken, value: value(), ...more });
  const Tags = [{ Key: 'a', Value: '1' }];
  for (const Name of ['db', 'old']) world.given('CreateSecret', { Name, ClientRequestToken: 'v0', Tags, value: value() });
  world.given('UpdateSecret', { SecretId: 'db', ClientRequestToken: 'v1', Description: 'a database', value: value() });
  put('v2', { VersionStages: ['blue'] });
  world.given('UpdateSecretVersionStage', { SecretId: 'db', VersionStage: 'blue', RemoveFromVersionId: 'v2' });
  for (let i = 3; i < 102; i++) put(`v${i}`);
  world.given('TagResource', { SecretId: 'db', Tags: [{ Key: 'b', Value: '2' }] });
  world.given('UntagResource', { SecretId: 'db', TagKeys: ['a'] });
  world.given('DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7 });
  world.given('RestoreSecret', { SecretId: 'db' });
  world.given('DeleteSecret', { SecretId: 'old', ForceDeleteWithoutRecovery: true });
  const parameter = (Name: string, more: object = {}) =>
    world.given('PutParameter', { Name, Type: 'String', tier: 'Standard', value: value().sealed, ...more });
  for (const Name of ['/web/url', 'old']) parameter(Name, { Tags });
  for (let i = 0; i < 101; i++) parameter('/web/url', { Overwrite: true, Description: `${i}` });
  parameter('token', { Type: 'SecureString' });
  world.given('LabelParameterVersion', { Name: '/web/url', Labels: ['live', 'next'] });
  world.given('UnlabelParameterVersion', { Name: '/web/url', ParameterVersion: 102, Labels: ['next'] });
  const resource = { ResourceType: 'Parameter', ResourceId: '/web/url' };
  world.given('AddTagsToResource', { ...resource, Tags: [{ Key: 'b', Value: '2' }] });
  world.given('RemoveTagsFromResource', { ...resource, TagKeys: ['a'] });
  world.given('DeleteParameter', { Name: 'old' });
  world.given('RecordDestroyedKeys', { keyIds: [[...world.state.retiredKeys.values()][0]!.keyId] });
  return world.commits;
}

/** Keys of KMS with their aliases, in every state, and their end. */
function recordKeys(): Commit[] {
  const world = new SecretsWorld();
  const key = (materialId: string, more: object = {}): string =>
    world.given<{ KeyMetadata: { KeyId: string } }>('CreateKey', { materialId, ...more }).KeyMetadata.KeyId;
  const KeyId = key('material-1', { Description: 'of the shop', Tags: [{ TagKey: 'a', TagValue: '1' }] });
  const gone = key('material-2');
  world.given('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: gone });
  world.given('UpdateAlias', { AliasName: 'alias/shop', TargetKeyId: KeyId });
  for (const AliasName of ['alias/gone', 'alias/taken-away']) world.given('CreateAlias', { AliasName, TargetKeyId: gone });
  world.given('DeleteAlias', { AliasName: 'alias/taken-away' });
  world.given('UpdateKeyDescription', { KeyId, Description: 'of another shop' });
  world.given('PutKeyPolicy', { KeyId, Policy: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*"}]}' });
  world.given('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  world.given('EnableKeyRotation', { KeyId });
  world.given('DisableKeyRotation', { KeyId });
  world.given('TagKey', { KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] });
  world.given('UntagKey', { KeyId, TagKeys: ['a'] });
  world.given('DisableKey', { KeyId });
  world.given('EnableKey', { KeyId });
  world.given('ScheduleKeyDeletion', { KeyId });
  world.given('CancelKeyDeletion', { KeyId });
  world.given('ScheduleKeyDeletion', { KeyId: gone, PendingWindowInDays: 7 });
  world.now += 8 * 86_400_000;
  world.given('Expire', {});
  return world.commits;
}

/** Groups with keys: set, changed and taken away. */
function recordGroupKeys(): Commit[] {
  const world = new LoggingWorld();
  world.group('/ecs/web', { kmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/one' });
  for (const name of ['/ecs/job', '/ecs/plain']) world.group(name);
  const set = (kmsKeyId: string, logGroupName: string) => world.given('AssociateKmsKey', { kmsKeyId, logGroupName });
  set('arn:aws:kms:us-east-1:000000000000:key/two', '/ecs/web');
  set('arn:aws:kms:us-east-1:000000000000:key/one', '/ecs/job');
  world.given('DisassociateKmsKey', { logGroupName: '/ecs/job' });
  return world.commits;
}

/** Load balancers of both types with all that they can have, changed, drained and taken away. */
export function recordLoadBalancing(): Commit[] {
  const world = new LoadBalancingWorld();
  const certificate = (name: string) => ({ CertificateArn: world.certificate(name) });
  const [first, second] = [certificate('one'), certificate('two')];
  const set = (Key: string, Value: string) => ({ Attributes: [{ Key, Value }] });
  const LoadBalancerArn = world.loadBalancer('web', { Subnets: ['subnet-a'], Tags: [{ Key: 'a', Value: '1' }] });
  const network = world.loadBalancer('tcp', { Type: 'network', SecurityGroups: ['sg-1'] });
  world.given('RecordLoadBalancerStates', { states: [{ arn: LoadBalancerArn, code: 'failed', reason: 'port 80 is taken' }] });
  world.given('RecordLoadBalancerStates', { states: [{ arn: LoadBalancerArn, code: 'active' }] });
  world.given('ModifyLoadBalancerAttributes', { LoadBalancerArn, ...set('idle_timeout.timeout_seconds', '30') });
  world.given('SetSubnets', { LoadBalancerArn, Subnets: ['subnet-b'] });
  const [TargetGroupArn, other, tcp] = [
    world.targetGroup('web', { ProtocolVersion: 'HTTP2' }),
    world.targetGroup('other', { TargetType: 'instance' }),
    world.targetGroup('tcp', { Protocol: 'TCP' }),
  ];
  world.given('ModifyTargetGroup', { TargetGroupArn, HealthCheckPath: '/health', Matcher: { HttpCode: '200-299' } });
  world.given('ModifyTargetGroupAttributes', { TargetGroupArn, ...set('longshore.health_check.interval_ms', '100') });
  world.given('ModifyTargetGroupAttributes', { TargetGroupArn, ...set('deregistration_delay.timeout_seconds', '10') });
  const ListenerArn = world.listener(LoadBalancerArn, TargetGroupArn);
  const secure = world.listener(LoadBalancerArn, TargetGroupArn, {
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [first],
  });
  world.listener(network, tcp, { Protocol: 'TCP', Port: 5432 });
  world.given('AddListenerCertificates', { ListenerArn: secure, Certificates: [second] });
  world.given('RemoveListenerCertificates', { ListenerArn: secure, Certificates: [second] });
  world.given('ModifyListener', { ListenerArn: secure, Protocol: 'HTTP', Port: 8080 });
  world.given('ModifyListenerAttributes', { ListenerArn, ...set('routing.http.response.server.enabled', 'false') });
  const [one, two] = [world.rule(ListenerArn, 1, TargetGroupArn), world.rule(ListenerArn, 2, other)];
  world.given('ModifyRule', { RuleArn: one, Conditions: [{ Field: 'host-header', Values: ['*.example.com'] }] });
  world.given('SetRulePriorities', { RulePriorities: [one, two].map((RuleArn, index) => ({ RuleArn, Priority: 2 - index })) });
  world.given('AddTags', { ResourceArns: [one, ListenerArn], Tags: [{ Key: 'b', Value: '2' }] });
  world.given('RemoveTags', { ResourceArns: [one], TagKeys: ['b'] });
  world.given('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2', Port: 8080 }] });
  const task = { taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1', containerName: 'web', containerPort: 80 };
  const target = { Id: 'i-1', Port: 49_153, Address: '127.0.0.1', Task: task };
  world.given('RegisterTargets', { TargetGroupArn: other, Targets: [target] }, 'scheduler');
  world.becomes('healthy', TargetGroupArn);
  world.becomes('unhealthy', other, { reason: 'Target.Timeout' });
  world.given('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2' }] });
  world.given('RecordTargetsDrained', { targets: [...world.state.targets.values()].filter(({ id }) => id === '10.0.0.1') });
  world.now += 11_000;
  world.given('Expire', {});
  world.given('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.3' }] });
  world.given('DeleteRule', { RuleArn: two });
  world.given('DeleteListener', { ListenerArn: secure });
  world.given('DeleteTargetGroup', { TargetGroupArn: other });
  world.given('DeleteLoadBalancer', { LoadBalancerArn: network });
  return world.commits;
}

/** Traffic that moves: with a hook, taken back, superseded, by steps; and a rolling update that bakes. */
export function recordShift(): Commit[] {
  const hookTargetArn = 'https://hooks.example/';
  const lifecycleHooks = [{ hookTargetArn, lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'], hookDetails: { path: '/' } }];
  const world = rollingOut({ ...BLUE_GREEN, deploymentCircuitBreaker: { enable: true, rollback: true } });
  world.stopsDeployment();
  world.rests();
  nextRevision(world, { deploymentConfiguration: { lifecycleHooks } });
  world.rests();
  const { id: deploymentId, lifecycle } = world.primary;
  const answer = { serviceArn: world.service.serviceArn, deploymentId, hookId: lifecycle!.hooks![0]!.hookId };
  world.given('RecordHookAnswer', { ...answer, hookStatus: 'IN_PROGRESS', hookDetails: { seen: 1 } }, 'scheduler');
  world.given('RecordHookAnswer', { ...answer, hookStatus: 'SUCCEEDED' }, 'scheduler');
  world.rests();
  nextRevision(world, { deploymentConfiguration: { strategy: 'CANARY', lifecycleHooks: [] } });
  world.isDeaf = true;
  world.tellsTraffic(world.primary.id, world.primary.lifecycle!.shares!, 'The listener rule does not exist.');
  world.isDeaf = false;
  for (let minutes = 0; minutes < 20; minutes += 10) {
    world.rests();
    world.wait(10 * MINUTE_MS);
  }
  world.rests();
  nextRevision(world, { deploymentConfiguration: { strategy: 'ROLLING', bakeTimeInMinutes: 1 } });
  for (let round = 0; round < 3; round++) {
    world.rests();
    world.wait(MINUTE_MS);
  }
  world.rests();
  return world.commits;
}

/** Roll-outs that alarms watch, one of which they end. */
function recordDeploymentAlarms(): Commit[] {
  const world = new ServiceWorld();
  const alarms = { enable: true, rollback: true, alarmNames: ['errors'] };
  const sees = (triggeredAlarmNames: readonly string[]) => {
    const { serviceDeploymentArn } = world.service.deployments[0]!;
    world.given('RecordDeploymentAlarms', { serviceDeploymentArn, bakeSeconds: 1, triggeredAlarmNames }, 'autoscaler');
  };
  world.create({ deploymentConfiguration: { alarms } });
  sees([]);
  world.becomeSteady();
  nextRevision(world);
  sees(['errors']);
  world.becomeSteady();
  return world.commits;
}

/** Namespaces, services and instances of Cloud Map. */
function recordDiscovery(): Commit[] {
  const world = new LoadBalancingWorld();
  const made = ({ OperationId }: { readonly OperationId: string }) =>
    world.ask('GetOperation', { OperationId }).Operation.Targets;
  const Id = made(world.ok('CreatePrivateDnsNamespace', { Name: 'internal', Vpc: 'vpc-1', CreatorRequestId: 'once' })).NAMESPACE;
  world.ok('UpdatePrivateDnsNamespace', { Id, Namespace: { Description: 'ours' } });
  const http = made(world.ok('CreateHttpNamespace', { Name: 'other' })).NAMESPACE;
  world.ok('DeleteNamespace', { Id: http });
  const DnsConfig = { DnsRecords: [{ Type: 'SRV', TTL: 10 }] };
  const service = (Name: string) =>
    world.ok('CreateService', { Name, NamespaceId: Id, DnsConfig, HealthCheckCustomConfig: {} }).Service.Id;
  const [ServiceId, gone] = [service('web'), service('gone')];
  world.ok('DeleteService', { Id: gone });
  world.ok('UpdateService', { Id: ServiceId, Service: { DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 5 }] } } });
  world.ok('UpdateServiceAttributes', { ServiceId, Attributes: { team: 'a' } });
  for (const InstanceId of ['one', 'two']) {
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80' };
    world.ok('RegisterInstance', { ServiceId, InstanceId, Attributes });
  }
  world.ok('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'one', Status: 'UNHEALTHY' });
  world.ok('DeregisterInstance', { ServiceId, InstanceId: 'two' });
  return world.commits;
}

/** Certificates: imported, in use, renewed, tagged and deleted. */
function recordCertificates(): Commit[] {
  const world = new LoadBalancingWorld();
  const [CertificateArn, gone] = [world.certificate('one'), world.certificate('two')];
  const more = { Protocol: 'HTTPS', Port: 443, Certificates: [{ CertificateArn }] };
  world.listener(world.loadBalancer('web'), world.targetGroup('web'), more);
  world.ok('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  world.ok('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'b' }] });
  world.now += 1_000;
  world.certificate('one', CertificateArn);
  world.ok('DeleteCertificate', { CertificateArn: gone });
  return world.commits;
}

/** Zones of Route 53 with records of every kind, and a certificate that they validate. */
function recordZones(): Commit[] {
  const world = new LoadBalancingWorld();
  const zone = (Name: string, more: object = {}): string =>
    world.ok('CreateHostedZone', { Name, CallerReference: Name, dnsSuffix: 'longshore.internal', ...more }).HostedZone.Id;
  const change = (HostedZoneId: string, Action: string, ...sets: object[]) =>
    world.ok('ChangeResourceRecordSets', {
      HostedZoneId,
      ChangeBatch: { Changes: sets.map((ResourceRecordSet) => ({ Action, ResourceRecordSet })) },
    });
  const record = (Name: string, Type: string, Value: string, more: object = {}) => ({
    Name,
    Type,
    TTL: 60,
    ResourceRecords: [{ Value }],
    ...more,
  });
  const id = zone('example.com', { HostedZoneConfig: { Comment: 'a comment' } });
  const vpc = { VPCId: 'vpc-1', VPCRegion: 'us-east-1' };
  const inside = zone('in.example', { VPC: vpc });
  const gone = zone('gone.example');
  world.ok('UpdateHostedZoneComment', { Id: id, Comment: 'another' });
  world.ok('ChangeTagsForResource', { ResourceType: 'hostedzone', ResourceId: id, AddTags: [{ Key: 'a', Value: '1' }] });
  world.ok('AssociateVPCWithHostedZone', { HostedZoneId: inside, VPC: { ...vpc, VPCId: 'vpc-2' } });
  world.ok('DisassociateVPCFromHostedZone', { HostedZoneId: inside, VPC: vpc });
  const arn = world.loadBalancer('web');
  const [balancer] = world.ask('DescribeLoadBalancers', { LoadBalancerArns: [arn] }).LoadBalancers;
  const AliasTarget = {
    HostedZoneId: balancer.CanonicalHostedZoneId,
    DNSName: balancer.DNSName,
    EvaluateTargetHealth: true,
  };
  const weighted = record('w.example.com', 'A', '10.0.0.1', { SetIdentifier: 'one', Weight: 1 });
  change(
    id,
    'CREATE',
    { Name: 'example.com', Type: 'A', AliasTarget },
    record('www.example.com', 'CNAME', 'example.com'),
    record('example.com', 'TXT', '"a" "b"'),
    record('*.example.com', 'AAAA', '2001:db8::1'),
    record('m.example.com', 'A', '10.0.0.2', { SetIdentifier: 'many', MultiValueAnswer: true }),
    weighted,
  );
  change(id, 'DELETE', weighted);
  world.ok('DeleteHostedZone', { Id: gone });
  const request = {
    DomainName: 'example.com',
    ValidationMethod: 'DNS',
    IdempotencyToken: 'once',
    Tags: [{ Key: 'a', Value: 'b' }],
  };
  const { CertificateArn } = world.ok('RequestCertificate', request);
  const unused = world.ok('RequestCertificate', { ...request, DomainName: 'www.example.com' }).CertificateArn;
  const [{ ResourceRecord }] = world.ask('DescribeCertificate', { CertificateArn }).Certificate.DomainValidationOptions;
  change(id, 'UPSERT', record(ResourceRecord.Name, 'CNAME', ResourceRecord.Value));
  world.ok('RecordCertificateAuthority', { body: 'the authority', fingerprint: 'a', sealedKey: 'sealed' });
  world.ok('RecordIssuedCertificate', {
    arn: CertificateArn,
    domainName: 'example.com',
    subjectAlternativeNames: ['example.com'],
    serial: '01',
    subject: 'CN=example.com',
    issuer: 'CN=Longshore certificates',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2036-01-01T00:00:00.000Z',
    keyAlgorithm: 'RSA_2048',
    fingerprint: 'f',
    body: 'the certificate',
    chain: 'the authority',
    sealedKey: 'sealed',
  });
  world.ok('DeleteCertificate', { CertificateArn: unused });
  return world.commits;
}

/** Metric filters: put, put anew, deleted, and gone with their group. */
function recordMetricFilters(): Commit[] {
  const world = new LoggingWorld();
  for (const name of ['/ecs/web', 'other']) world.group(name);
  const put = (logGroupName: string, filterName: string, filterPattern: string) => {
    const metricTransformations = [{ metricName: 'Errors', metricNamespace: 'Shop', metricValue: '1', defaultValue: 0 }];
    world.given('PutMetricFilter', { logGroupName, filterName, filterPattern, metricTransformations });
  };
  for (const pattern of ['ERROR', '{ $.level = "error" }']) put('/ecs/web', 'errors', pattern);
  put('/ecs/web', 'warnings', 'WARN');
  put('other', 'errors', 'ERROR');
  world.given('DeleteMetricFilter', { logGroupName: '/ecs/web', filterName: 'warnings' });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

function recordSubscriptionFilters(): Commit[] {
  const world = new LoggingWorld();
  for (const group of ['/ecs/web', 'other']) world.group(group);
  const put = (logGroupName: string, filterName: string, destinationArn: string, more: object = {}) =>
    world.given('PutSubscriptionFilter', { logGroupName, filterName, filterPattern: 'ERROR', destinationArn, ...more });
  put('/ecs/web', 'all', 'https://lines.example/in');
  put('/ecs/web', 'all', 'arn:aws:longshore:::nats/shop.errors', {
    roleArn: 'arn:aws:iam::000000000000:role/r',
    distribution: 'Random',
  });
  put('/ecs/web', 'gone', 'https://lines.example/gone');
  put('other', 'all', 'https://lines.example/in');
  world.given('DeleteSubscriptionFilter', { logGroupName: '/ecs/web', filterName: 'gone' });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

/** Resource policies of an account and of groups. */
function recordLogResourcePolicies(): Commit[] {
  const world = new LoggingWorld();
  for (const group of ['/ecs/web', 'other']) world.group(group);
  const put = (names: object, more = 'logs:PutLogEvents') =>
    world.given<{ revisionId?: string }>('PutResourcePolicy', {
      ...names,
      policyDocument: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":"${more}"}]}`,
    });
  const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/ecs/web';
  for (const policyName of ['dns', 'gone']) put({ policyName });
  put({ policyName: 'dns' }, 'logs:*');
  world.given('DeleteResourcePolicy', { policyName: 'gone' });
  const { revisionId } = put({ resourceArn, policyName: 'named' });
  put({ resourceArn, expectedRevisionId: revisionId }, 'logs:*');
  put({ resourceArn: resourceArn.replace('/ecs/web', 'other') });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

/** Saved queries: put, changed, deleted. */
function recordQueryDefinitions(): Commit[] {
  const world = new LoggingWorld();
  const put = (name: string, more: object = {}) =>
    world.given<{ queryDefinitionId: string }>('PutQueryDefinition', { name, queryString: 'fields @message', ...more })
      .queryDefinitionId;
  const kept = put('web/errors', { logGroupNames: ['/ecs/web'] });
  put('web/all', { queryDefinitionId: kept });
  world.given('DeleteQueryDefinition', { queryDefinitionId: put('gone') });
  return world.commits;
}

/** Resource policies of secrets: put, put anew and taken away. */
function recordSecretPolicies(): Commit[] {
  const world = new SecretsWorld();
  const put = (SecretId: string, Effect: string) =>
    world.given('PutResourcePolicy', { SecretId, ResourcePolicy: `{"Statement":{"Effect":"${Effect}","Principal":"*"}}` });
  for (const Name of ['db', 'open']) world.given('CreateSecret', { Name, ClientRequestToken: '1'.repeat(32) });
  for (const Effect of ['Allow', 'Deny']) put('db', Effect);
  put('open', 'Allow');
  world.given('DeleteResourcePolicy', { SecretId: 'open' });
  return world.commits;
}

/** A service that is discovered by Cloud Map. */
function recordRegistries(): Commit[] {
  const world = new BalancedWorld();
  const registryArn = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1';
  const serviceRegistries = [{ registryArn, containerName: 'web', containerPort: 80 }];
  world.create({ loadBalancers: [], serviceRegistries, registries: [{ registryArn, recordTypes: ['SRV'] }] }, 2);
  world.pass();
  world.obey();
  world.given('UpdateService', { service: 'web', serviceRegistries: [] });
  world.pass();
  return world.commits;
}

function recordNetwork(): Commit[] {
  const world = new NetworkWorld();
  const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  world.ok('ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: true } });
  const { GroupId } = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
  world.ok('AuthorizeSecurityGroupIngress', { GroupId, IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' });
  world.ok('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'Name', Value: 'net' }] });
  world.ok('DeleteTags', { Resources: [VpcId], Tags: [{ Key: 'Name' }] });
  world.ok('DeleteSubnet', { SubnetId });
  return world.commits;
}

/** An interface of a task, given and taken back, in the default network. */
function recordNetworkInterfaces(): Commit[] {
  const world = new NetworkWorld();
  const [{ SubnetId }] = world.ask('DescribeSubnets').Subnets;
  const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/default/${'1'.repeat(32)}`;
  const { networkInterface } = world.ok('AttachTaskInterface', { taskArn, subnetIds: [SubnetId], groupIds: [] });
  world.ok('DetachTaskInterfaces', { ids: [networkInterface.id] });
  world.ok('AttachTaskInterface', { taskArn: `${taskArn}2`, subnetIds: [SubnetId], groupIds: [] });
  return world.commits;
}

/** A load balancer as the network knows it, with other groups, and gone; and an interface with the instance that filters for it. */
function recordLoadBalancerMembers(): Commit[] {
  const world = new NetworkWorld();
  const told = (...securityGroups: readonly string[]) => [
    { arn: 'arn:front', name: 'front', type: 'application', securityGroups },
  ];
  const tell = (loadBalancers: readonly object[]) => world.given('RecordLoadBalancers', { loadBalancers }, 'load-balancer');
  tell(told());
  tell(told('sg-1', 'sg-2'));
  const [{ SubnetId }] = world.ask('DescribeSubnets').Subnets;
  const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/default/${'1'.repeat(32)}`;
  world.ok('AttachTaskInterface', { taskArn, subnetIds: [SubnetId], groupIds: [], instanceId: 'a'.repeat(32) });
  tell([{ ...told('sg-3')[0], arn: 'arn:other' }]);
  return world.commits;
}

/** Load balancers that listen for others than their host; one that does no more. */
function recordListeners(): Commit[] {
  const world = new NetworkWorld();
  const told = { arn: 'arn:front', name: 'front', type: 'application', securityGroups: ['sg-1'] };
  const tell = (...listeners: readonly object[]) =>
    world.given('RecordLoadBalancers', { loadBalancers: [{ ...told, listeners }] }, 'load-balancer');
  tell({ address: '198.18.0.7', port: 80 }, { address: '10.0.0.5', port: 80 });
  tell({ address: '10.0.0.5', port: 443 });
  tell();
  return world.commits;
}

/** A VPC on several hosts: its identifier, the addresses of hosts in it, one that goes with its subnet and one with the last task. */
function recordOverlays(): Commit[] {
  const world = new NetworkWorld();
  const [one, other] = world.ask('DescribeSubnets').Subnets as { SubnetId: string }[];
  const attach = (n: number, { SubnetId }: { SubnetId: string }, host: string) =>
    world.ok('AttachTaskInterface', {
      taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n).repeat(32)}`,
      subnetIds: [SubnetId],
      groupIds: [],
      instanceId: 'a'.repeat(32),
      hosts: [host],
    }).networkInterface;
  const ids = [attach(1, one!, '198.18.0.1').id];
  ids.push(attach(2, other!, '198.18.0.2').id);
  world.ok('DetachTaskInterfaces', { ids: ids.slice(1) });
  world.ok('DeleteSubnet', { SubnetId: other!.SubnetId });
  world.ok('DetachTaskInterfaces', { ids: ids.slice(0, 1) });
  attach(3, one!, '198.18.0.2');
  return world.commits;
}

/** Roles and policies of IAM with all that they can have, and taken away. */
function recordRoles(): Commit[] {
  const world = new ServiceWorld();
  const document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:ListTasks","Resource":"*"}]}';
  world.given('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: document, Tags: [{ Key: 'team', Value: 'a' }] });
  world.given('PutRolePolicy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: document });
  world.given('CreatePolicy', { PolicyName: 'own', PolicyDocument: document });
  const PolicyArn = 'arn:aws:iam::000000000000:policy/own';
  world.given('AttachRolePolicy', { RoleName: 'app', PolicyArn });
  world.given('CreatePolicyVersion', { PolicyArn, PolicyDocument: document, SetAsDefault: true });
  world.given('CreateRole', { RoleName: 'gone', AssumeRolePolicyDocument: document });
  world.given('DeleteRole', { RoleName: 'gone' });
  world.given('CreatePolicy', { PolicyName: 'gone', PolicyDocument: document });
  world.given('DeletePolicy', { PolicyArn: 'arn:aws:iam::000000000000:policy/gone' });
  world.create();
  world.becomeSteady();
  return world.commits;
}

/** Instance profiles of IAM: with a role, and one that goes. */
function recordInstanceProfiles(): Commit[] {
  const world = new ServiceWorld();
  const trust =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}';
  world.given('CreateRole', { RoleName: 'host', AssumeRolePolicyDocument: trust });
  world.given('CreateInstanceProfile', { InstanceProfileName: 'host', Tags: [{ Key: 'team', Value: 'a' }] });
  world.given('AddRoleToInstanceProfile', { InstanceProfileName: 'host', RoleName: 'host' });
  world.given('CreateInstanceProfile', { InstanceProfileName: 'gone' });
  world.given('DeleteInstanceProfile', { InstanceProfileName: 'gone' });
  return world.commits;
}

/** A service of Fargate in a cluster without instances: its tasks run on those of another, with interfaces of their own. */
function recordFargate(): Commit[] {
  const world = new FargateWorld();
  world.create();
  world.becomeSteady();
  world.given('UpdateService', {
    cluster: 'apps',
    service: 'web',
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
  });
  world.becomeSteady();
  return world.commits;
}

/** One that says when its interface is taken away, and one that says only when it is over. */
function recordDeprovisioning(): Commit[] {
  const world = new FargateWorld();
  world.create();
  world.becomeSteady();
  const [told, untold] = world.live;
  world.report(told!, 'DEPROVISIONING');
  world.report(told!, 'STOPPED');
  world.exits(untold!);
  world.becomeSteady();
  return world.commits;
}

/** Capacity providers of Auto Scaling groups, and a service that shares its tasks among two. */
function recordCapacityProviders(): Commit[] {
  const world = new CapacityWorld();
  for (const name of ['a', 'b', 'gone']) world.provider(name, { managedScaling: { status: 'ENABLED' } });
  world.associate(['a', 'b']);
  world.hostOf('a', '1');
  world.hostOf('b', '2');
  const shared = [
    { capacityProvider: 'a', base: 1 },
    { capacityProvider: 'b', weight: 1 },
  ];
  world.create({ capacityProviderStrategy: shared }, 0);
  world.becomeSteady();
  const managedScaling = { status: 'ENABLED', targetCapacity: 80 };
  world.given('UpdateCapacityProvider', { name: 'a', autoScalingGroupProvider: { managedScaling } });
  world.given('TagResource', {
    resourceArn: world.service.serviceArn.replace(/service.*/, 'capacity-provider/a'),
    tags: [{ key: 'a', value: '1' }],
  });
  world.given('DeleteCapacityProvider', { capacityProvider: 'gone' });
  world.now += 3_600_000;
  world.given('Expire', {});
  return world.commits;
}

/** Tasks that wait for capacity: one gets a place, one is stopped, one waits in vain. */
function recordWaitingTasks(): Commit[] {
  const world = new CapacityWorld();
  world.provider('a', { managedScaling: { status: 'ENABLED' } });
  world.associate(['a']);
  const [one, other] = world.accepted(3);
  const containerInstanceArn = world.hostOf('a', '1');
  world.given('PlaceWaitingTasks', { placements: [{ taskArn: one!.taskArn, containerInstanceArn }] }, 'scheduler');
  world.given('StopTask', { task: other!.taskArn });
  world.given('UpdateContainerInstancesState', { containerInstances: ['1'.repeat(32)], status: 'DRAINING' });
  world.now += 15 * 60_000;
  world.given('Expire', {});
  return world.commits;
}

/** Repositories, their policies, and images that come, move and go. */
function recordImages(): Commit[] {
  const world = new ImagesWorld();
  const name = { repositoryName: 'team/web' };
  world.ok('CreateRepository', { ...name, imageTagMutability: 'MUTABLE', tags: [{ Key: 'team', Value: 'a' }] });
  const resourceArn = 'arn:aws:ecr:us-east-1:000000000000:repository/team/web';
  world.ok('TagResource', { resourceArn, tags: [{ Key: 'b', Value: '2' }] });
  world.ok('UntagResource', { resourceArn, tagKeys: ['team'] });
  world.ok('SetRepositoryPolicy', { ...name, policyText: '{"Version":"2012-10-17","Statement":[]}' });
  world.ok('DeleteRepositoryPolicy', name);
  for (const [of, tag] of [
    ['one', '1'],
    ['two', '2'],
    ['three', undefined],
  ] as const)
    world.push('team/web', of, tag);
  world.push('team/web', 'one', 'latest');
  world.list('team/web', ['one', 'two'], 'all');
  world.ok('BatchDeleteImage', { ...name, imageIds: [{ imageTag: 'latest' }] });
  const rule = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 };
  const rules = [{ rulePriority: 1, selection: rule, action: { type: 'expire' } }];
  world.ok('StartLifecyclePolicyPreview', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.push('team/web', 'four');
  world.ok('PutLifecyclePolicy', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.ok('Expire');
  world.ok('DeleteLifecyclePolicy', name);
  world.ok('PutImageTagMutability', { ...name, imageTagMutability: 'IMMUTABLE' });
  world.ok('CreateRepository', { repositoryName: 'gone' });
  world.ok('DeleteRepository', { repositoryName: 'gone' });
  return world.commits;
}

/** Policies of a repository that are deleted: what they were is said again. */
function recordDeletedPolicies(): Commit[] {
  const world = new ImagesWorld();
  const name = { repositoryName: 'team/web' };
  world.ok('CreateRepository', name);
  world.ok('SetRepositoryPolicy', { ...name, policyText: '{"Version":"2012-10-17","Statement":[]}' });
  world.ok('DeleteRepositoryPolicy', name);
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 };
  const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }];
  world.ok('PutLifecyclePolicy', { ...name, lifecyclePolicyText: JSON.stringify({ rules }) });
  world.ok('DeleteLifecyclePolicy', name);
  return world.commits;
}

/** Alarms: their settings, states, actions and tags. */
function recordScaling(): Commit[] {
  const world = new ScalingWorld();
  for (const name of ['high', 'low', 'gone']) world.alarm(name, { Tags: [{ Key: 'team', Value: 'a' }] });
  world.alarm('high', { Threshold: 80, TreatMissingData: 'notBreaching' });
  world.ok('SetAlarmState', { AlarmName: 'high', StateValue: 'ALARM', StateReason: 'a test', StateReasonData: '{}' });
  world.ok('DisableAlarmActions', { AlarmNames: ['low'] });
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:low';
  world.ok('TagResource', { ResourceARN, Tags: [{ Key: 'b', Value: '2' }] });
  world.ok('UntagResource', { ResourceARN, TagKeys: ['team'] });
  world.ok('DeleteAlarms', { AlarmNames: ['gone'] });
  return world.commits;
}

/** A composite alarm on two others, one of which rings. */
function recordCompositeAlarms(): Commit[] {
  const world = new ScalingWorld();
  for (const name of ['errors', 'maintenance']) world.alarm(name);
  world.ok('PutCompositeAlarm', {
    AlarmName: 'page',
    AlarmRule: 'ALARM(errors) AND NOT ALARM("maintenance")',
    ActionsSuppressor: 'maintenance',
    ActionsSuppressorWaitPeriod: 10,
    ActionsSuppressorExtensionPeriod: 20,
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  world.ok('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' });
  world.ok('DisableAlarmActions', { AlarmNames: ['page'] });
  world.ok('PutCompositeAlarm', { AlarmName: 'gone', AlarmRule: 'TRUE' });
  world.ok('DeleteAlarms', { AlarmNames: ['gone'] });
  return world.commits;
}

/** Scalable targets: policies, schedules, and what was done for them. */
function recordScalableTargets(): Commit[] {
  const world = new ScalingWorld();
  const { ScalableTargetARN: ResourceARN } = world.target({ Tags: { team: 'a' } });
  world.target({ ResourceId: 'service/default/gone' });
  world.ok('TagScalableTarget', { ResourceARN, Tags: { b: '2' } });
  world.ok('UntagScalableTarget', { ResourceARN, TagKeys: ['team'] });
  const id = { accountId: '000000000000', region: 'us-east-1', resourceId: TARGET.ResourceId };
  world.ok('SettleScalableTargets', { targets: [id] });
  world.ok('PutScalingPolicy', {
    ...TARGET,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  });
  const step = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }] };
  world.ok('PutScalingPolicy', { ...TARGET, PolicyName: 'step', StepScalingPolicyConfiguration: step });
  world.ok('DeleteScalingPolicy', { ...TARGET, PolicyName: 'step' });
  const action = { ...TARGET, Schedule: 'rate(1 minute)', ScalableTargetAction: { MinCapacity: 2 } };
  for (const ScheduledActionName of ['rush', 'gone']) world.ok('PutScheduledAction', { ...action, ScheduledActionName });
  world.ok('DeleteScheduledAction', { ...TARGET, ScheduledActionName: 'gone' });
  world.now += 60_000;
  world.ok('TriggerScheduledActions', { actions: [{ ...id, name: 'rush' }] });
  const [{ ActivityId: after }] = world.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs' }).ScalingActivities;
  const scaling = { from: 1, to: 2, base: 1, cooldownSeconds: 0 };
  world.ok('RecordScalingDecisions', { decisions: [{ ...id, after, cause: 'minimum capacity was set to 2', scaling }] });
  const [{ ActivityId }] = world.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs' }).ScalingActivities;
  world.ok('RecordActivityResults', { results: [{ ...id, id: ActivityId, status: 'Successful', statusMessage: 'done' }] });
  world.ok('DeregisterScalableTarget', { ...TARGET, ResourceId: 'service/default/gone' });
  return world.commits;
}

/** Auto Scaling groups, from the first to none. */
function recordAutoScalingGroups(): Commit[] {
  const world = new ScalingWorld();
  const named = { AutoScalingGroupName: 'hosts' };
  const more = {
    LaunchTemplate: { LaunchTemplateName: 'host' },
    VPCZoneIdentifier: 'subnet-a',
    Tags: [{ Key: 'a', Value: '1' }],
  };
  const sizes = { MinSize: 1, MaxSize: 3 };
  for (const AutoScalingGroupName of ['hosts', 'gone'])
    world.ok('CreateAutoScalingGroup', { AutoScalingGroupName, ...sizes, ...more });
  world.ok('SetDesiredCapacity', { ...named, DesiredCapacity: 2 });
  world.ok('UpdateAutoScalingGroup', { ...named, MaxSize: 4 });
  world.ok('CreateOrUpdateTags', { Tags: [{ ResourceId: 'hosts', Key: 'b', Value: '2', PropagateAtLaunch: true }] });
  world.ok('DeleteTags', { Tags: [{ ResourceId: 'hosts', Key: 'a' }] });
  const InstanceId = 'i-0123456789abcdef0';
  const terminated = { InstanceId, ShouldDecrementDesiredCapacity: true, group: 'hosts', isGone: false };
  world.ok('TerminateInstanceInAutoScalingGroup', terminated);
  world.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'gone', instances: 0 });
  return world.commits;
}

function recordLaunchConfigurations(): Commit[] {
  const world = new ScalingWorld();
  const made = { ImageId: 'ami-1', InstanceType: 't3.micro', UserData: 'IyEvYmluL3No' };
  for (const LaunchConfigurationName of ['hosts', 'gone'])
    world.ok('CreateLaunchConfiguration', { LaunchConfigurationName, ...made });
  world.ok('DeleteLaunchConfiguration', { LaunchConfigurationName: 'gone' });
  return world.commits;
}

/** Policies of a group, and what one of them did; one of target tracking, whose alarms go with it. */
function recordGroupPolicies(): Commit[] {
  const world = new ScalingWorld();
  const group = { AutoScalingGroupName: 'hosts' };
  const sizes = { MinSize: 1, MaxSize: 3, AvailabilityZones: ['us-east-1a'] };
  world.ok('CreateAutoScalingGroup', { ...group, ...sizes, LaunchTemplate: { LaunchTemplateName: 'host' } });
  const simple = { ...group, PolicyName: 'more', AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1 };
  world.ok('PutPolicyOfGroup', simple);
  const CustomizedMetricSpecification = { Namespace: 'AWS/ECS', MetricName: 'CPUReservation', Statistic: 'Average' };
  const tracking = { ...group, PolicyName: 'gone', PolicyType: 'TargetTrackingScaling' };
  world.ok('PutPolicyOfGroup', {
    ...tracking,
    TargetTrackingConfiguration: { TargetValue: 70, CustomizedMetricSpecification },
  });
  world.ok('ExecutePolicy', { ...group, PolicyName: 'more' });
  world.ok('DeletePolicy', { ...group, PolicyName: 'gone' });
  return world.commits;
}

function recordDashboards(): Commit[] {
  const world = new ScalingWorld();
  for (const DashboardName of ['web', 'gone']) world.ok('PutDashboard', { DashboardName, DashboardBody: '{"widgets":[]}' });
  world.ok('PutDashboard', { DashboardName: 'web', DashboardBody: '{"widgets":[{"type":"text"}]}' });
  world.ok('DeleteDashboards', { DashboardNames: ['gone'] });
  return world.commits;
}

/** Rules, with runs of every outcome. */
function recordRules(): Commit[] {
  const world = new ScalingWorld();
  const Arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
  const EcsParameters = { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report:1', TaskCount: 2 };
  const Input = '{"containerOverrides":[{"name":"app","command":["report"]}]}';
  const RetryPolicy = { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 600 };
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'nightly' };
  const rule = { Name: 'nightly', ScheduleExpression: 'rate(1 hour)', Description: 'reports' };
  const Tags = [{ Key: 'team', Value: 'data' }];
  const { RuleArn: ResourceARN } = world.ok('PutRule', { ...rule, Tags });
  world.ok('PutTargets', {
    Rule: 'nightly',
    Targets: ['one', 'two', 'three'].map((Id) => ({ Id, Arn, EcsParameters, Input, RetryPolicy })),
  });
  world.ok('TagRule', { ResourceARN, Tags: [{ Key: 'env', Value: 'test' }] });
  world.ok('UntagRule', { ResourceARN, TagKeys: ['team'] });
  world.now += 3_600_000;
  world.ok('TriggerRules', { rules: [id] });
  const [one, two, three] = [...world.state.scheduledRuns.values()].map(({ id: run }) => run);
  const problem = { reason: 'RESOURCE:MEMORY', isRefused: false };
  const refused = { reason: 'ClusterNotFoundException: Cluster not found.', isRefused: true };
  world.ok('RecordScheduledRuns', {
    results: [
      { id: one, attempt: 0, taskArns: ['arn:aws:ecs:us-east-1:000000000000:task/default/1'] },
      { id: two, attempt: 0, problem },
      { id: three, attempt: 0, problem: refused },
    ],
  });
  world.ok('RecordScheduledRuns', { results: [{ id: two, attempt: 1, problem }] });
  world.ok('DisableRule', { Name: 'nightly' });
  world.ok('EnableRule', { Name: 'nightly' });
  world.ok('RemoveTargets', { Rule: 'nightly', Ids: ['two'] });
  world.ok('PutRule', { ...rule, ScheduleExpression: 'cron(0 3 * * ? *)' });
  world.ok('PutRule', { Name: 'gone', ScheduleExpression: 'rate(1 day)', State: 'DISABLED' });
  world.ok('DeleteRule', { Name: 'gone' });
  return world.commits;
}

/** Schedules of Scheduler and their groups: made, changed, triggered, deleted by hand and by themselves. */
function recordSchedules(): Commit[] {
  const world = new ScalingWorld();
  const Arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
  const EcsParameters = { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report:1' };
  const Target = { Arn, RoleArn: 'arn:aws:iam::000000000000:role/scheduler', EcsParameters };
  const schedule = { Name: 'hourly', ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' }, Target };
  world.ok('CreateSchedule', { ...schedule, ClientToken: 'once' });
  world.ok('CreateSchedule', {
    ...schedule,
    Name: 'once',
    ScheduleExpression: 'at(2026-11-23T13:00:00)',
    ActionAfterCompletion: 'DELETE',
  });
  const ResourceArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule-group/reports';
  world.ok('CreateScheduleGroup', { Name: 'reports', Tags: [{ Key: 'team', Value: 'data' }] });
  world.ok('TagScheduleGroup', { ResourceArn, Tags: [{ Key: 'stage', Value: 'test' }] });
  world.ok('UntagScheduleGroup', { ResourceArn, TagKeys: ['team'] });
  world.ok('CreateScheduleGroup', { Name: 'gone' });
  world.ok('CreateSchedule', { ...schedule, GroupName: 'reports' });
  world.ok('CreateSchedule', { ...schedule, GroupName: 'gone' });
  world.ok('CreateSchedule', { ...schedule, Name: 'gone' });
  world.ok('UpdateSchedule', { ...schedule, Description: 'reports', ScheduleExpressionTimezone: 'Europe/Berlin' });
  world.now += 3_600_000;
  const id = { accountId: '000000000000', region: 'us-east-1', group: 'default' };
  world.ok('TriggerSchedules', { schedules: ['hourly', 'once', 'gone'].map((name) => ({ ...id, name })) });
  world.ok('DeleteSchedule', { Name: 'gone' });
  world.ok('DeleteScheduleGroup', { Name: 'gone' });
  return world.commits;
}

/** Hosts of a group, from their start to the end of both. */
function recordGroupInstances(): Commit[] {
  const world = new ScalingWorld();
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
  const group = { AutoScalingGroupName: 'hosts', MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: 'host' } };
  world.ok('CreateAutoScalingGroup', { ...group, VPCZoneIdentifier: 'subnet-a' });
  world.ok('ScaleAutoScalingGroups', { groups: [{ ...id, from: 1, to: 3, cause: 'managed scaling' }] });
  world.ok('LaunchGroupInstances', { launches: [{ ...id, count: 3, owned: 0, cause: 'three are missing.' }] });
  const [one, two, three] = [...world.state.autoScalingGroups.values()][0]!.instances;
  const outcome = (instanceId: string, more: object) => ({ outcomes: [{ ...id, instanceId, ...more }] });
  world.ok('RecordGroupInstances', outcome(one!.id, { outcome: 'launched' }));
  world.ok('RecordGroupInstances', outcome(two!.id, { outcome: 'gone', failure: 'No quota.' }));
  const termination = { ...id, instanceId: one!.id, drains: true, cause: 'it is one too many.' };
  world.ok('TerminateGroupInstances', { terminations: [termination] });
  world.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'hosts', ForceDelete: true, instances: 0 });
  for (const { id: instanceId } of [one!, three!]) world.ok('RecordGroupInstances', outcome(instanceId, { outcome: 'gone' }));
  world.ok('FinishGroupDeletions', { groups: [id] });
  const kept = { ...id, name: 'kept' };
  world.ok('CreateAutoScalingGroup', { ...group, AutoScalingGroupName: 'kept', VPCZoneIdentifier: 'subnet-a' });
  world.ok('ScaleAutoScalingGroups', { groups: [{ ...kept, from: 1, to: 2, cause: 'managed scaling' }] });
  world.ok('LaunchGroupInstances', { launches: [{ ...kept, count: 2, owned: 0, cause: 'two are missing.' }] });
  return world.commits;
}

/** Recording → how it was made. */
const recordings: Readonly<Record<string, () => Commit[]>> = {
  '2026-11-23': recordLife,
  '2026-11-23-service': recordService,
  '2026-11-23-protection': recordProtection,
  '2026-11-23-moves': recordMoves,
  '2026-11-23-task-sets': recordTaskSets,
  '2026-11-28-forgetting': recordForgetting,
  /** With ServiceMessageAdded of version 2. */
  '2026-11-28-service': recordService,
  '2026-11-28-access': recordAccess,
  'load-balancing/2026-11-28': recordLoadBalancing,
  'logging/2026-11-28': recordLogging,
  'secrets/2026-11-28': recordSecrets,
  'secrets/2026-11-29-keys': recordKeys,
  'logging/2026-11-29-group-keys': recordGroupKeys,
  'logging/2026-11-29-resource-policies': recordLogResourcePolicies,
  'logging/2026-11-29-query-definitions': recordQueryDefinitions,
  'secrets/2026-11-29-policies': recordSecretPolicies,
  'network/2026-11-28': recordNetwork,
  'registry/2026-11-28': recordImages,
  'registry/2026-11-29-deleted-policies': recordDeletedPolicies,
  'logging/2026-11-29-places': recordPlaces,
  'logging/2026-11-28-metric-filters': recordMetricFilters,
  'logging/2026-11-28-subscription-filters': recordSubscriptionFilters,
  'scaling/2026-11-28': recordScaling,
  'scaling/2026-11-28-targets': recordScalableTargets,
  'scaling/2026-11-28-groups': recordAutoScalingGroups,
  'scaling/2026-11-29-group-instances': recordGroupInstances,
  'scaling/2026-11-29-launch-configurations': recordLaunchConfigurations,
  'scaling/2026-11-29-group-policies': recordGroupPolicies,
  'scaling/2026-11-29-composite-alarms': recordCompositeAlarms,
  'scaling/2026-11-29-dashboards': recordDashboards,
  'scaling/2026-11-29-rules': recordRules,
  'scaling/2026-11-29-schedules': recordSchedules,
  '2026-11-28-targets': recordTargets,
  'load-balancing/2026-11-28-discovery': recordDiscovery,
  'load-balancing/2026-11-28-certificates': recordCertificates,
  'load-balancing/2026-11-29-zones': recordZones,
  '2026-11-28-registries': recordRegistries,
  '2026-11-28-shift': recordShift,
  '2026-11-28-deployment-alarms': recordDeploymentAlarms,
  '2026-11-28-fargate': recordFargate,
  '2026-11-29-deprovisioning': recordDeprovisioning,
  '2026-11-28-roles': recordRoles,
  '2026-11-29-capacity-providers': recordCapacityProviders,
  '2026-11-29-waiting-tasks': recordWaitingTasks,
  '2026-11-29-instance-profiles': recordInstanceProfiles,
  'network/2026-11-28-interfaces': recordNetworkInterfaces,
  'network/2026-11-28-load-balancers': recordLoadBalancerMembers,
  'network/2026-11-29-listeners': recordListeners,
  'network/2026-11-29-overlays': recordOverlays,
};

if (process.argv[1] === import.meta.filename) {
  const [name] = process.argv.slice(2);
  const root = resolve(import.meta.dirname, '../../..');
  writeFileSync(join(root, 'test/recorded', `${name}.journal.json`), `${JSON.stringify(recordings[name!]!(), null, 1)}\n`);
}
