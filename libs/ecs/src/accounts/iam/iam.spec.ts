import { describe, expect, it } from '@jest/globals';
import { EcsWorld } from '../../../../../test/support/ecs-world.js';
import { NO_ACCESS, accessOf } from '../../authorization/access.js';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const allowing = (Action: string, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }] });
const OF_AWS = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';

class IamWorld extends EcsWorld {
  ok(name: string, input: object = {}): any {
    return this.given(name, input);
  }
  ask(name: string, input: object = {}): any {
    return this.query<any>(name, input);
  }
  refusal(name: string, input: object = {}): string | undefined {
    const { rejection } = this.command(name, input) as { rejection?: { code: string; message: string; status: number } };
    return rejection && `${rejection.status} ${rejection.code}: ${rejection.message}`;
  }
  role(RoleName = 'app', more: object = {}): any {
    return this.ok('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST, ...more }).Role;
  }
  rights(roleName = 'app'): any {
    return this.ask('ResolveTaskRole', { accountId: '000000000000', roleName }).rights;
  }
}

describe('a role', () => {
  it('reads back as it was made, its document in the form of URLs', () => {
    const world = new IamWorld();
    const made = world.role('app', { Path: '/service/', Description: 'of the app', Tags: [{ Key: 'team', Value: 'a' }] });
    expect(made).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:role/service/app',
      RoleId: expect.stringMatching(/^AROA[0-9A-F]{17}$/),
      MaxSessionDuration: 3_600,
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const { Role } = world.ask('GetRole', { RoleName: 'app' });
    expect(Role).toEqual(made);
    expect(decodeURIComponent(Role.AssumeRolePolicyDocument)).toBe(TRUST);
    expect(world.ask('ListRoles', {})).toMatchObject({ IsTruncated: false, Roles: [{ RoleName: 'app' }] });
    expect(world.ask('ListRoles', { PathPrefix: '/other/' }).Roles).toEqual([]);
  });

  it('is another one when its name is used again', () => {
    const world = new IamWorld();
    const { RoleId } = world.role();
    world.ok('DeleteRole', { RoleName: 'app' });
    expect(world.role().RoleId).not.toBe(RoleId);
  });

  it('has policies within it and attached to it, and goes when it has none', () => {
    const world = new IamWorld();
    world.role();
    const { Arn: PolicyArn } = world.ok('CreatePolicy', { PolicyName: 'own', PolicyDocument: allowing('ecs:*') }).Policy;
    for (const arn of [PolicyArn, OF_AWS]) world.ok('AttachRolePolicy', { RoleName: 'app', PolicyArn: arn });
    world.ok('PutRolePolicy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: allowing('logs:*') });
    expect(world.ask('ListRolePolicies', { RoleName: 'app' }).PolicyNames).toEqual(['inline']);
    expect(
      world
        .ask('ListAttachedRolePolicies', { RoleName: 'app' })
        .AttachedPolicies.map((one: any) => one.PolicyName)
        .sort(),
    ).toEqual(['AmazonECSTaskExecutionRolePolicy', 'own']);
    expect(decodeURIComponent(world.ask('GetRolePolicy', { RoleName: 'app', PolicyName: 'inline' }).PolicyDocument)).toBe(
      allowing('logs:*'),
    );
    expect(world.ask('GetPolicy', { PolicyArn }).Policy.AttachmentCount).toBe(1);
    expect(world.refusal('DeletePolicy', { PolicyArn })).toMatch(/^409 DeleteConflict: /);
    expect(world.refusal('DeleteRole', { RoleName: 'app' })).toMatch(/^409 DeleteConflict: .*detach all policies/);
    for (const arn of [PolicyArn, OF_AWS]) world.ok('DetachRolePolicy', { RoleName: 'app', PolicyArn: arn });
    expect(world.refusal('DeleteRole', { RoleName: 'app' })).toMatch(/^409 DeleteConflict: .*delete policies/);
    world.ok('DeleteRolePolicy', { RoleName: 'app', PolicyName: 'inline' });
    world.ok('DeleteRole', { RoleName: 'app' });
    world.ok('DeletePolicy', { PolicyArn });
  });

  it.each<[string, string, object, RegExp]>([
    [
      'of a name that is there',
      'CreateRole',
      { RoleName: 'app', AssumeRolePolicyDocument: TRUST },
      /^409 EntityAlreadyExists: Role with name app/,
    ],
    ['of no name', 'CreateRole', { AssumeRolePolicyDocument: TRUST }, /^400 ValidationError: .*'roleName'/],
    ['of a name with blanks', 'CreateRole', { RoleName: 'a b', AssumeRolePolicyDocument: TRUST }, /^400 ValidationError: /],
    [
      'with a document that is none',
      'CreateRole',
      { RoleName: 'b', AssumeRolePolicyDocument: '{"a":' },
      /^400 MalformedPolicyDocument: /,
    ],
    ['that is not there', 'DeleteRole', { RoleName: 'none' }, /^404 NoSuchEntity: The role with name none cannot be found\.$/],
    [
      'for a policy that is not there',
      'AttachRolePolicy',
      { RoleName: 'app', PolicyArn: 'arn:aws:iam::000000000000:policy/none' },
      /^404 NoSuchEntity/,
    ],
  ])('%s is refused', (_, name, input, words) => {
    const world = new IamWorld();
    world.role();
    expect(world.refusal(name, input)).toMatch(words);
  });

  it('of a service is kept for who asks for it', () => {
    const world = new IamWorld();
    const { Role } = world.ok('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' });
    expect(Role).toMatchObject({ RoleName: 'AWSServiceRoleForECS', Path: '/aws-service-role/ecs.amazonaws.com/' });
  });
});

describe('a policy', () => {
  it('has versions, of which one counts', () => {
    const world = new IamWorld();
    const PolicyArn = world.ok('CreatePolicy', { PolicyName: 'own', PolicyDocument: allowing('a:*') }).Policy.Arn;
    world.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument: allowing('b:*'), SetAsDefault: true });
    expect(world.ask('GetPolicy', { PolicyArn }).Policy.DefaultVersionId).toBe('v2');
    expect(decodeURIComponent(world.ask('GetPolicyVersion', { PolicyArn, VersionId: 'v2' }).PolicyVersion.Document)).toBe(
      allowing('b:*'),
    );
    expect(world.refusal('DeletePolicy', { PolicyArn })).toMatch(/^409 DeleteConflict/);
    expect(world.refusal('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })).toMatch(/^409 DeleteConflict/);
    world.ok('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
    world.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument: allowing('c:*') });
    expect(world.ask('ListPolicyVersions', { PolicyArn }).Versions.map((one: any) => one.VersionId)).toEqual(['v3', 'v2']);
  });
});

describe('what tasks with a role may do', () => {
  it('is what its policies say together', () => {
    const world = new IamWorld();
    world.role();
    expect(world.rights()).toBeUndefined();
    world.ok('AttachRolePolicy', { RoleName: 'app', PolicyArn: OF_AWS });
    expect(world.rights()).toBeUndefined();
    const PolicyArn = world.ok('CreatePolicy', { PolicyName: 'own', PolicyDocument: allowing('ecs:ListTasks') }).Policy.Arn;
    world.ok('AttachRolePolicy', { RoleName: 'app', PolicyArn });
    world.ok('PutRolePolicy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: allowing('logs:PutLogEvents') });
    const { policy } = world.rights();
    expect(
      JSON.parse(policy)
        .Statement.map((one: any) => one.Action)
        .sort(),
    ).toEqual(['ecs:ListTasks', 'logs:PutLogEvents']);
    expect(accessOf(world.rights())).not.toEqual(NO_ACCESS);
  });

  it('leaves out what can only be read elsewhere, and is nothing where that denies', () => {
    const world = new IamWorld();
    world.role();
    const elsewhere = { Condition: { StringEquals: { 'kms:ViaService': 's3' } } };
    world.ok('PutRolePolicy', { RoleName: 'app', PolicyName: 'one', PolicyDocument: allowing('ecs:ListTasks') });
    world.ok('PutRolePolicy', { RoleName: 'app', PolicyName: 'two', PolicyDocument: allowing('kms:Decrypt', elsewhere) });
    expect(JSON.parse(world.rights().policy).Statement).toHaveLength(1);
    world.ok('PutRolePolicy', {
      RoleName: 'app',
      PolicyName: 'three',
      PolicyDocument: allowing('ecs:*', { ...elsewhere, Effect: 'Deny' }),
    });
    expect(world.rights()).toBeUndefined();
  });

  it('is of its own account, and of no version that does not count', () => {
    const world = new IamWorld();
    world.role();
    expect(world.ask('ResolveTaskRole', { accountId: '111122223333', roleName: 'app' }).rights).toBeUndefined();
    const PolicyArn = world.ok('CreatePolicy', { PolicyName: 'own', PolicyDocument: allowing('a:One') }).Policy.Arn;
    world.ok('AttachRolePolicy', { RoleName: 'app', PolicyArn });
    world.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument: allowing('a:Two') });
    expect(world.rights().policy).toContain('a:One');
    world.ok('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' });
    expect(world.rights().policy).toContain('a:Two');
  });
});

describe('an instance profile', () => {
  const InstanceProfileName = 'host';

  it('has one role, and goes when it has none', () => {
    const world = new IamWorld();
    const { RoleId } = world.role('host');
    const made = world.ok('CreateInstanceProfile', { InstanceProfileName, Path: '/ecs/', Tags: [{ Key: 'team', Value: 'a' }] });
    expect(made.InstanceProfile).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:instance-profile/ecs/host',
      InstanceProfileId: expect.stringMatching(/^AIPA[0-9A-F]{17}$/),
      Roles: [],
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    expect(world.refusal('CreateInstanceProfile', { InstanceProfileName })).toMatch(/^409 EntityAlreadyExists/);
    world.ok('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'host' });
    expect(world.refusal('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'host' })).toMatch(/^409 LimitExceeded/);
    expect(world.ask('GetInstanceProfile', { InstanceProfileName }).InstanceProfile.Roles).toMatchObject([{ RoleId }]);
    expect(world.ask('ListInstanceProfilesForRole', { RoleName: 'host' }).InstanceProfiles).toMatchObject([
      { InstanceProfileName },
    ]);
    expect(world.refusal('DeleteRole', { RoleName: 'host' })).toMatch(/^409 DeleteConflict/);
    expect(world.refusal('DeleteInstanceProfile', { InstanceProfileName })).toMatch(/^409 DeleteConflict/);
    world.ok('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName: 'host' });
    world.ok('DeleteInstanceProfile', { InstanceProfileName });
    world.ok('DeleteRole', { RoleName: 'host' });
    expect(world.ask('ListInstanceProfiles').InstanceProfiles).toEqual([]);
  });

  it('has tags that change', () => {
    const world = new IamWorld();
    world.ok('CreateInstanceProfile', { InstanceProfileName, Tags: [{ Key: 'a', Value: '1' }] });
    world.ok('TagInstanceProfile', { InstanceProfileName, Tags: [{ Key: 'b', Value: '2' }] });
    world.ok('UntagInstanceProfile', { InstanceProfileName, TagKeys: ['a'] });
    expect(world.ask('ListInstanceProfileTags', { InstanceProfileName }).Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });
});

describe('roles of services', () => {
  it('have a suffix where their service may have several', () => {
    const world = new IamWorld();
    const AWSServiceName = 'autoscaling.amazonaws.com';
    const made = (more: object = {}) => world.ok('CreateServiceLinkedRole', { AWSServiceName, ...more }).Role.RoleName;
    expect([made(), made({ CustomSuffix: 'web' })]).toEqual(['AWSServiceRoleForAutoScaling', 'AWSServiceRoleForAutoScaling_web']);
    expect(world.refusal('CreateServiceLinkedRole', { AWSServiceName, CustomSuffix: 'web' })).toContain('already exists');
    expect(world.refusal('CreateServiceLinkedRole', { AWSServiceName, CustomSuffix: 'a b' })).toContain('ValidationError');
    expect(world.refusal('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com', CustomSuffix: 'web' })).toContain(
      'Custom suffix is not allowed for ecs.amazonaws.com',
    );
  });
});

describe('providers of OpenID Connect', () => {
  const Url = 'https://token.actions.githubusercontent.com';
  const made = (world: IamWorld, more: object = {}): string =>
    world.ok('CreateOpenIDConnectProvider', { Url, ...more }).OpenIDConnectProviderArn;

  it('are kept as they were given, and told without https://', () => {
    const world = new IamWorld();
    const thumbprint = '6938fd4d98bab03faadb97b34396831e3780aea1';
    const arn = made(world, {
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [thumbprint],
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(arn).toMatch(/^arn:aws:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/);
    const OpenIDConnectProviderArn = arn;
    world.ok('AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'other' });
    world.ok('RemoveClientIDFromOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'sts.amazonaws.com' });
    world.ok('UntagOpenIDConnectProvider', { OpenIDConnectProviderArn, TagKeys: ['a'] });
    expect(world.ask('GetOpenIDConnectProvider', { OpenIDConnectProviderArn })).toMatchObject({
      Url: 'token.actions.githubusercontent.com',
      ClientIDList: ['other'],
      ThumbprintList: [thumbprint],
      Tags: [],
    });
    expect(world.ask('ListOpenIDConnectProviders').OpenIDConnectProviderList).toEqual([{ Arn: arn }]);
  });

  it('are of one URL each, and deleted as often as one likes', () => {
    const world = new IamWorld();
    const OpenIDConnectProviderArn = made(world);
    expect(world.refusal('CreateOpenIDConnectProvider', { Url })).toContain(`Provider with url ${Url} already exists.`);
    for (const wrong of ['http://a.example', 'https://a.example?b', 'https://a.example:8443'])
      expect(world.refusal('CreateOpenIDConnectProvider', { Url: wrong })).toContain('InvalidInput');
    expect(world.refusal('UpdateOpenIDConnectProviderThumbprint', { OpenIDConnectProviderArn, ThumbprintList: ['x'] })).toContain(
      'InvalidInput',
    );
    for (let i = 0; i < 2; i++) world.ok('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn });
    expect(world.ask('ListOpenIDConnectProviders').OpenIDConnectProviderList).toEqual([]);
  });
});

describe('policies of AWS', () => {
  it('are found by their names among all policies, and are what their ARNs are told as', () => {
    const world = new IamWorld();
    world.ok('CreatePolicy', { PolicyName: 'mine', PolicyDocument: allowing('ssm:*') });
    const named = (input: object = {}): string[] =>
      world.ask('ListPolicies', input).Policies.map(({ PolicyName }: any) => PolicyName);
    const name = OF_AWS.split('/').at(-1);
    expect(named()).toEqual(expect.arrayContaining(['mine', name]));
    expect(named({ Scope: 'Local' })).toEqual(['mine']);
    expect(named({ Scope: 'AWS' })).not.toContain('mine');
    expect(named({ Scope: 'AWS', PathPrefix: '/service-role/' })).toContain(name);
    expect(named({ Scope: 'AWS', PathPrefix: '/other/' })).toEqual([]);
    expect(named({ OnlyAttached: true })).toEqual([]);
    const [found] = world.ask('ListPolicies', { Scope: 'AWS' }).Policies.filter(({ Arn }: any) => Arn === OF_AWS);
    expect(world.ask('GetPolicy', { PolicyArn: OF_AWS }).Policy).toEqual({ ...found, Tags: [] });
    world.role();
    world.ok('AttachRolePolicy', { RoleName: 'app', PolicyArn: OF_AWS });
    expect(named({ OnlyAttached: true })).toEqual([name]);
  });
});

describe("AWS's own policy", () => {
  it('has one version, without a right: Terraform reads its document', () => {
    const world = new IamWorld();
    const { PolicyVersion } = world.ask('GetPolicyVersion', { PolicyArn: OF_AWS, VersionId: 'v1' });
    expect(JSON.parse(decodeURIComponent(PolicyVersion.Document))).toEqual({ Version: '2012-10-17', Statement: [] });
    expect(PolicyVersion).toMatchObject({ VersionId: 'v1', IsDefaultVersion: true });
  });
});
