import { describe, expect, it } from '@jest/globals';
import type { AccountId, Region } from '#lib/kernel';
import type { AccessRole } from '../model/accounts.js';
import { accessOf, authorize, checkPolicy } from './index.js';

const scope = { accountId: '111122223333' as AccountId, region: 'us-east-1' as Region };
const principalArn = 'arn:aws:iam::111122223333:user/ci';
const ECS = 'arn:aws:ecs:us-east-1:111122223333:';

interface Key {
  readonly role?: AccessRole;
  readonly policy?: object;
}
const tags: Record<string, readonly { key: string; value: string }[]> = {
  [`${ECS}task/blue/1`]: [{ key: 'team', value: 'a' }],
};

async function verdict({ role, policy }: Key, name: string, input: object = {}): Promise<string> {
  const [service, operation] = name.split(':') as [string, string];
  const access = accessOf({ role, policy: policy && JSON.stringify(policy) });
  const tagsOf = (arn: string) => Promise.resolve(tags[arn] ?? []);
  const denied = await authorize(access, { ...scope, service, operation, input, principalArn }, tagsOf);
  return denied ? `${denied.code} ${denied.status}: ${denied.message}` : 'allowed';
}
const allows = async (key: Key, name: string, input?: object) => (await verdict(key, name, input)) === 'allowed';

describe('roles', () => {
  it.each([
    ['ecs:DescribeTasks', 'read deploy admin'],
    ['ecs:ListTasks', 'read deploy admin'],
    ['ecs:GetTaskProtection', 'read deploy admin'],
    ['logs:GetLogEvents', 'read deploy admin'],
    ['logs:FilterLogEvents', 'read deploy admin'],
    ['logs:StartQuery', 'read deploy admin'],
    ['monitoring:GetMetricData', 'read deploy admin'],
    ['monitoring:DescribeAlarms', 'read deploy admin'],
    ['monitoring:PutMetricAlarm', 'deploy admin'],
    ['logs:PutLogEvents', 'deploy admin'],
    ['logs:DeleteLogGroup', 'deploy admin'],
    ['secretsmanager:DescribeSecret', 'read deploy admin'],
    ['secretsmanager:GetSecretValue', 'deploy admin'],
    ['ssm:DescribeParameters', 'read deploy admin'],
    ['ssm:GetParameter', 'deploy admin'],
    ['ssm:PutParameter', 'deploy admin'],
    ['kms:DescribeKey', 'read deploy admin'],
    ['kms:CreateKey', 'deploy admin'],
    ['kms:Decrypt', 'deploy admin'],
    ['kms:GenerateDataKey', 'deploy admin'],
    ['ecr:GetAuthorizationToken', 'read deploy admin'],
    ['ecr:BatchGetImage', 'read deploy admin'],
    ['ecr:PutImage', 'deploy admin'],
    ['ecr:DeleteRepository', 'deploy admin'],
    ['longshore:ReadEvents', 'read deploy admin'],
    ['longshore:ReadLoadBalancingEvents', 'read deploy admin'],
    ['longshore:ReadScalingEvents', 'read deploy admin'],
    ['acm:DescribeCertificate', 'read deploy admin'],
    ['acm:ImportCertificate', 'deploy admin'],
    ['ec2:DescribeVpcs', 'read deploy admin'],
    ['ec2:CreateVpc', 'deploy admin'],
    ['longshore:Explain', 'read deploy admin'],
    ['longshore:ReadMetrics', 'read deploy admin'],
    ['longshore:SearchMetrics', 'read deploy admin'],
    ['sts:GetCallerIdentity', 'read deploy admin'],
    ['ecs:RunTask', 'deploy admin'],
    ['ecs:StartTask', 'deploy admin'],
    ['ecs:CreateService', 'deploy admin'],
    ['ecs:RegisterTaskDefinition', 'deploy admin'],
    ['ecs:TagResource', 'deploy admin'],
    ['elasticloadbalancing:DescribeRules', 'read deploy admin'],
    ['longshore:ListLoadBalancers', 'read deploy admin'],
    ['elasticloadbalancing:CreateLoadBalancer', 'deploy admin'],
    ['elasticloadbalancing:RegisterTargets', 'deploy admin'],
    ['ecs:PutAccountSettingDefault', 'admin'],
    ['longshore:CreateAccessKey', 'admin'],
    ['longshore:DeleteAccessKey', 'admin'],
    ['longshore:ListAccessKeys', 'admin'],
    ['longshore:RotateAccessKey', 'admin'],
    ['longshore:PutHostAccess', 'admin'],
  ])('%s is for %s', async (name, roles) => {
    const able: string[] = [];
    for (const role of ['read', 'deploy', 'admin'] as const) if (await allows({ role }, name)) able.push(role);
    expect(able.join(' ')).toBe(roles);
  });

  it('a key without one is admin; one of a role that nobody knows may nothing', async () => {
    expect(await allows({}, 'longshore:CreateAccessKey')).toBe(true);
    expect(await allows({ role: 'owner' as AccessRole }, 'ecs:ListTasks')).toBe(false);
    expect(await allows({ role: 'constructor' as AccessRole }, 'ecs:ListTasks')).toBe(false);
  });

  it('a policy takes away from a role and never gives', async () => {
    const policy = { Statement: { Effect: 'Allow', Action: ['ecs:ListTasks', 'longshore:*'], Resource: '*' } };
    expect(await allows({ role: 'deploy', policy }, 'ecs:ListTasks')).toBe(true);
    expect(await allows({ role: 'deploy', policy }, 'ecs:RunTask')).toBe(false);
    expect(await verdict({ role: 'deploy', policy }, 'longshore:CreateAccessKey')).toBe(
      `AccessDeniedException 400: User: ${principalArn} is not authorized to perform: longshore:CreateAccessKey on resource: * because no permissions boundary allows the longshore:CreateAccessKey action`,
    );
  });

  it('a denial is in AWS’s words', async () => {
    expect(await verdict({ role: 'read' }, 'ecs:RunTask', { taskDefinition: 'web:3' })).toBe(
      `AccessDeniedException 400: User: ${principalArn} is not authorized to perform: ecs:RunTask on resource: ${ECS}task-definition/web:3 because no identity-based policy allows the ecs:RunTask action`,
    );
  });
});

describe('the resources of an operation', () => {
  /** Allowed on this resource, and on no other. */
  const on = (Resource: string | string[]) => ({ policy: { Statement: { Effect: 'Allow', Action: '*', Resource } } });
  it.each([
    ['ecs:CreateCluster', { clusterName: 'blue' }, 'cluster/blue'],
    ['ecs:CreateCluster', {}, 'cluster/default'],
    ['ecs:DescribeClusters', {}, 'cluster/default'],
    ['ecs:DeleteCluster', { cluster: `${ECS}cluster/blue` }, 'cluster/blue'],
    ['ecs:ListContainerInstances', { cluster: 'blue' }, 'cluster/blue'],
    ['ecs:RunTask', { taskDefinition: 'web' }, 'task-definition/web'],
    ['ecs:StartTask', { taskDefinition: 'web:1', containerInstances: ['a'] }, 'task-definition/web:1'],
    ['ecs:RegisterTaskDefinition', { family: 'web' }, 'task-definition/web:*'],
    ['ecs:StopTask', { task: '1' }, 'task/default/1'],
    ['ecs:StopTask', { task: `${ECS}task/blue/1` }, 'task/blue/1'],
    ['ecs:StopTask', { task: `${ECS}task/1`, cluster: 'blue' }, 'task/blue/1'],
    ['ecs:UpdateService', { service: 'web', cluster: `${ECS}cluster/blue` }, 'service/blue/web'],
    ['ecs:UpdateService', { service: `${ECS}service/web`, cluster: 'blue' }, 'service/blue/web'],
    ['ecs:CreateService', { serviceName: 'web' }, 'service/default/web'],
    ['ecs:ListTasks', { cluster: 'blue' }, 'container-instance/blue/*'],
    ['ecs:UpdateContainerInstancesState', { containerInstances: ['1'], status: 'DRAINING' }, 'container-instance/default/1'],
    ['ecs:PutAttributes', { attributes: [{ name: 'a', targetId: '1' }] }, 'container-instance/default/1'],
    ['ecs:UpdateTaskSet', { cluster: 'blue', service: 'web', taskSet: 'ecs-svc/1' }, 'task-set/blue/web/ecs-svc/1'],
    ['ecs:TagResource', { resourceArn: `${ECS}cluster/blue`, tags: [] }, 'cluster/blue'],
    ['ecs:DescribeServiceRevisions', { serviceRevisionArns: [`${ECS}service-revision/a/b/1`] }, 'service-revision/a/b/1'],
  ])('%s %j', async (name, input, resource) => {
    expect(await verdict(on(`${ECS}${resource}`), name, input)).toBe('allowed');
    expect(await verdict(on(`${ECS}other/*`), name, input)).toContain(` on resource: ${ECS}${resource} because`);
  });

  const ELB = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:';
  it.each([
    ['CreateLoadBalancer', { Name: 'web' }, 'loadbalancer/app/web/*'],
    ['CreateLoadBalancer', { Name: 'tcp', Type: 'network' }, 'loadbalancer/net/tcp/*'],
    ['CreateTargetGroup', { Name: 'web' }, 'targetgroup/web/*'],
    ['CreateListener', { LoadBalancerArn: `${ELB}loadbalancer/app/web/1` }, 'loadbalancer/app/web/1'],
    ['ModifyRule', { RuleArn: `${ELB}listener-rule/app/web/1/2/3` }, 'listener-rule/app/web/1/2/3'],
    ['SetRulePriorities', { RulePriorities: [{ RuleArn: `${ELB}listener-rule/app/web/1/2/3` }] }, 'listener-rule/app/web/1/2/3'],
    ['RegisterTargets', { TargetGroupArn: `${ELB}targetgroup/web/1` }, 'targetgroup/web/1'],
    ['AddTags', { ResourceArns: [`${ELB}targetgroup/web/1`] }, 'targetgroup/web/1'],
  ])('of load balancing: %s %j', async (operation, input, resource) => {
    expect(await verdict(on(`${ELB}${resource}`), `elasticloadbalancing:${operation}`, input)).toBe('allowed');
    expect(await verdict(on(`${ELB}other/*`), `elasticloadbalancing:${operation}`, input)).toContain(
      ` on resource: ${ELB}${resource} because`,
    );
  });

  const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:';
  const PARAMETER = 'arn:aws:ssm:us-east-1:111122223333:parameter/';
  it.each([
    ['secretsmanager:GetSecretValue', { SecretId: 'db/password' }, `${SECRET}db/password-??????`],
    ['secretsmanager:GetSecretValue', { SecretId: `${SECRET}db-AbCdEf` }, `${SECRET}db-AbCdEf`],
    ['secretsmanager:CreateSecret', { Name: 'db' }, `${SECRET}db-*`],
    ['secretsmanager:BatchGetSecretValue', { SecretIdList: ['db'] }, `${SECRET}db*`],
    ['ssm:GetParameter', { Name: '/web/url:3' }, `${PARAMETER}web/url`],
    ['ssm:GetParameters', { Names: [`${PARAMETER}url:live`] }, `${PARAMETER}url`],
    ['ssm:GetParametersByPath', { Path: '/web' }, `${PARAMETER}web`],
    ['ssm:AddTagsToResource', { ResourceType: 'Parameter', ResourceId: 'url' }, `${PARAMETER}url`],
  ])('of secrets and parameters: %s %j', async (name, input, resource) => {
    expect(await verdict(on(resource), name, input)).toBe('allowed');
    expect(await verdict(on(`${PARAMETER}other`), name, input)).toContain('is not authorized to perform');
  });

  const KEY_ID = '01234567-89ab-cdef-0123-456789abcdef';
  const KMS = 'arn:aws:kms:us-east-1:111122223333:';
  const CiphertextBlob = Buffer.from(`01${KEY_ID.replaceAll('-', '')}${'00'.repeat(40)}`, 'hex').toString('base64');
  it.each<[string, object, string]>([
    ['kms:DescribeKey', { KeyId: KEY_ID }, `${KMS}key/${KEY_ID}`],
    ['kms:Encrypt', { KeyId: `${KMS}key/${KEY_ID}`, Plaintext: 'eA==' }, `${KMS}key/${KEY_ID}`],
    ['kms:Encrypt', { KeyId: 'alias/shop', Plaintext: 'eA==' }, `${KMS}alias/shop`],
    ['kms:Decrypt', { CiphertextBlob }, `${KMS}key/${KEY_ID}`],
    ['kms:Decrypt', { CiphertextBlob, KeyId: 'alias/shop' }, `${KMS}key/${KEY_ID}`],
    ['kms:DeleteAlias', { AliasName: 'alias/shop' }, `${KMS}alias/*`],
  ])('of keys: %s %j', async (name, input, resource) => {
    expect(await verdict(on(resource), name, input)).toBe('allowed');
    expect(await verdict(on(`${KMS}key/other`), name, input)).toContain('is not authorized to perform');
  });

  const REPOSITORY = 'arn:aws:ecr:us-east-1:111122223333:repository/';
  it.each([
    ['PutImage', { repositoryName: 'team/web', imageManifest: '{}' }, `${REPOSITORY}team/web`],
    ['DescribeRepositories', { repositoryNames: ['team/web'] }, `${REPOSITORY}team/*`],
    ['TagResource', { resourceArn: `${REPOSITORY}web`, tags: [] }, `${REPOSITORY}web`],
    ['GetAuthorizationToken', {}, '*'],
  ])('of repositories: %s %j', async (operation, input, resource) => {
    expect(await verdict(on(resource), `ecr:${operation}`, input)).toBe('allowed');
    expect(await verdict(on(`${REPOSITORY}other`), `ecr:${operation}`, input)).toContain('is not authorized to perform');
  });

  const EC2 = 'arn:aws:ec2:us-east-1:111122223333:';
  it.each([
    ['CreateSubnet', { VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' }, 'vpc/vpc-1'],
    ['AuthorizeSecurityGroupIngress', { GroupId: 'sg-1' }, 'security-group/sg-1'],
    ['CreateTags', { Resources: ['rtb-1'], Tags: [{ Key: 'a' }] }, 'route-table/rtb-1'],
  ])('of networks: %s %j', async (operation, input, resource) => {
    expect(await verdict(on(`${EC2}${resource}`), `ec2:${operation}`, input)).toBe('allowed');
    expect(await verdict(on(`${EC2}other/*`), `ec2:${operation}`, input)).toContain(` on resource: ${EC2}${resource} because`);
  });

  it('of load balancing are everything for reads', async () => {
    expect(
      await verdict(on(`${ELB}*`), 'elasticloadbalancing:DescribeTags', { ResourceArns: [`${ELB}targetgroup/web/1`] }),
    ).toContain(' on resource: * because');
  });

  it('are all looked at', async () => {
    const key = on([`${ECS}task/default/1`, `${ECS}task/default/2`]);
    expect(await allows(key, 'ecs:DescribeTasks', { tasks: ['1', '2'] })).toBe(true);
    expect(await verdict(key, 'ecs:DescribeTasks', { tasks: ['1', '3'] })).toContain(`on resource: ${ECS}task/default/3 `);
  });
});

describe('conditions', () => {
  const when = (Condition: object, Effect = 'Allow') => ({
    policy: {
      Statement: [
        ...(Effect === 'Deny' ? [{ Effect: 'Allow', Action: '*', Resource: '*' }] : []),
        { Effect, Action: '*', Resource: '*', Condition },
      ],
    },
  });
  const onlyBlue = when({ ArnEquals: { 'ecs:cluster': `${ECS}cluster/blue` } });

  it.each([
    ['ecs:RunTask', { taskDefinition: 'a', cluster: 'blue' }, true],
    ['ecs:RunTask', { taskDefinition: 'a', cluster: `${ECS}cluster/blue` }, true],
    ['ecs:RunTask', { taskDefinition: 'a' }, false],
    ['ecs:ListServices', { cluster: 'blue' }, true],
    ['ecs:StopTask', { task: '1', cluster: 'blue' }, true],
    // The ARN's cluster is the one the task is in, whatever else the request says.
    ['ecs:StopTask', { task: `${ECS}task/green/1`, cluster: 'blue' }, false],
    ['ecs:TagResource', { resourceArn: `${ECS}service/blue/web` }, true],
    ['ecs:TagResource', { resourceArn: `${ECS}service/green/web` }, false],
    ['ecs:ListClusters', {}, false],
  ])('%s %j with ecs:cluster', async (name, input, expected) => expect(await allows(onlyBlue, name, input)).toBe(expected));

  it('know the tags of the request, of the resource, and who asks', async () => {
    const asked = { cluster: 'blue', tags: [{ key: 'team', value: 'a' }], taskDefinition: 'x' };
    expect(await allows(when({ StringEquals: { 'aws:RequestTag/team': 'a' } }), 'ecs:RunTask', asked)).toBe(true);
    expect(await allows(when({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } }, 'Deny'), 'ecs:RunTask', asked)).toBe(
      false,
    );
    const made = { Name: 'x', Tags: [{ Key: 'team', Value: 'a' }] };
    const byRequest = when({ StringEquals: { 'aws:RequestTag/team': 'a' } });
    expect(await allows(byRequest, 'elasticloadbalancing:CreateTargetGroup', made)).toBe(true);
    expect(await allows(byRequest, 'elasticloadbalancing:CreateTargetGroup', { Name: 'x' })).toBe(false);
    expect(
      await allows(when({ StringEquals: { 'aws:RequestTag/team': 'x' } }), 'kms:CreateKey', {
        Tags: [{ TagKey: 'team', TagValue: 'x' }],
      }),
    ).toBe(true);
    const noTeam = when({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } }, 'Deny');
    expect(await allows(noTeam, 'elasticloadbalancing:RemoveTags', { ResourceArns: ['a'], TagKeys: ['team'] })).toBe(false);
    const untag = { resourceArn: `${ECS}cluster/a`, tagKeys: ['team'] };
    expect(
      await allows(when({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } }, 'Deny'), 'ecs:UntagResource', untag),
    ).toBe(false);
    const byTag = when({ StringEquals: { 'aws:ResourceTag/team': 'a' } });
    expect(await allows(byTag, 'ecs:StopTask', { task: '1', cluster: 'blue' })).toBe(true);
    expect(await allows(byTag, 'ecs:StopTask', { task: '2', cluster: 'blue' })).toBe(false);
    expect(await allows(when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/c?' } }), 'ecs:ListClusters')).toBe(true);
  });

  it('of CloudWatch call it by its own name, and name alarms', async () => {
    const on = (Resource: string) => ({ policy: { Statement: { Effect: 'Allow', Action: 'cloudwatch:*', Resource } } });
    const ours = on('arn:aws:cloudwatch:us-east-1:111122223333:alarm:web-*');
    expect(await allows(ours, 'monitoring:PutMetricAlarm', { AlarmName: 'web-cpu' })).toBe(true);
    expect(await allows(ours, 'monitoring:DeleteAlarms', { AlarmNames: ['web-cpu', 'db-cpu'] })).toBe(false);
    expect(await allows(ours, 'monitoring:PutMetricData', { Namespace: 'app' })).toBe(false);
    expect(await allows(on('*'), 'monitoring:PutMetricData', { Namespace: 'app' })).toBe(true);
  });

  it('of CloudWatch Logs name groups, streams and tags as its policies do', async () => {
    const on = (Resource: string) => ({ policy: { Statement: { Effect: 'Allow', Action: 'logs:*', Resource } } });
    const LOGS = 'arn:aws:logs:us-east-1:111122223333:log-group:';
    const put = { logGroupName: '/ecs/web', logStreamName: 'web/1' };
    expect(await allows(on(`${LOGS}/ecs/*:*`), 'logs:PutLogEvents', put)).toBe(true);
    expect(await allows(on(`${LOGS}/ecs/web:log-stream:db/*`), 'logs:PutLogEvents', put)).toBe(false);
    expect(await allows(on(`${LOGS}/ecs/web:*`), 'logs:FilterLogEvents', { logGroupIdentifier: `${LOGS}/ecs/web` })).toBe(true);
    expect(await allows(on(`${LOGS}/ecs/web:*`), 'logs:StartQuery', { logGroupNames: ['/ecs/web', '/ecs/db'] })).toBe(false);
    const Condition = { StringEquals: { 'aws:RequestTag/team': 'a' } };
    const tagged = { policy: { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } } };
    expect(await allows(tagged, 'logs:CreateLogGroup', { logGroupName: 'g', tags: { team: 'a' } })).toBe(true);
    expect(await allows(tagged, 'logs:CreateLogGroup', { logGroupName: 'g', tags: { team: 'b' } })).toBe(false);
    const only = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } };
    const byKeys = { policy: { Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: only } } };
    expect(await allows(byKeys, 'logs:UntagLogGroup', { logGroupName: 'g', tags: ['other'] })).toBe(false);
  });

  it('on keys that no request has are refused with the document', () => {
    const document = {
      Statement: { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    };
    expect(() => checkPolicy(JSON.stringify(document))).toThrow(
      /"aws:SecureTransport" is not one that requests to Longshore have/,
    );
  });
});
