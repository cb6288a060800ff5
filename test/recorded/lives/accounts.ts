import type { Commit } from '#lib/journal';
import { ServiceWorld } from '../../support/service-world.js';

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

/** Roles and policies of IAM with all that they can have, and taken away. */
export function recordRoles(): Commit[] {
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
/** Providers of OpenID Connect: with clients and tags, and one that goes. */
export function recordOidcProviders(): Commit[] {
  const world = new ServiceWorld();
  const Url = 'https://token.actions.githubusercontent.com';
  const arn = world.given<any>('CreateOpenIDConnectProvider', {
    Url,
    ClientIDList: ['sts.amazonaws.com'],
  }).OpenIDConnectProviderArn;
  world.given('AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, ClientID: 'other' });
  world.given('TagOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, Tags: [{ Key: 'team', Value: 'a' }] });
  const gone = world.given<any>('CreateOpenIDConnectProvider', { Url: 'https://gone.example' }).OpenIDConnectProviderArn;
  world.given('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: gone });
  return world.commits;
}

export function recordInstanceProfiles(): Commit[] {
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
