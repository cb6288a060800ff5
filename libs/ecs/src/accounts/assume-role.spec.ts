import { beforeEach, describe, expect, it } from '@jest/globals';
import { ACCOUNT, RegistryWorld } from '../../../../test/support/registry-world.js';

const OTHER = '444455556666';
const ARN = `arn:aws:iam::${ACCOUNT}:role/ci/deployer`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const CI = `arn:aws:iam::${ACCOUNT}:user/ci`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/runner/one`;

const statement = (Principal: unknown, more: object = {}) => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more });
const when = (operator: string, key: string, value: string) => ({ Condition: { [operator]: { [key]: value } } });

describe('assuming a role', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
  });
  const trusting = (...Statement: object[]) =>
    world.ok('CreateRole', {
      RoleName: 'deployer',
      Path: '/ci/',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    });
  const asked = (more: object = {}) => ({ RoleArn: ARN, RoleSessionName: 'build-1', ...more });
  const mayBe = (principal: string, more: object = {}, accountId = ACCOUNT) => {
    try {
      return world.ask('AssumeRole', asked(more), { principal, accountId }).roleId.startsWith('AROA') as boolean;
    } catch (error) {
      expect(String(error)).toContain('AccessDenied');
      return false;
    }
  };

  it('gives a session of an hour, or of as long as is asked', () => {
    trusting(statement({ AWS: ROOT }));
    const { accountId, roleId, session } = world.ask('AssumeRole', asked());
    expect({ accountId, session }).toEqual({
      accountId: ACCOUNT,
      session: {
        roleArn: ARN,
        roleName: 'deployer',
        sessionName: 'build-1',
        expiresAt: new Date(Date.parse(world.at) + 3_600_000).toISOString(),
      },
    });
    const { expiresAt } = world.ask('AssumeRole', asked({ DurationSeconds: 900 })).session;
    expect(expiresAt).toBe(new Date(Date.parse(world.at) + 900_000).toISOString());
    // The session is who its role is, under its own name.
    const principal = `arn:aws:sts::${ACCOUNT}:assumed-role/deployer/build-1`;
    expect(world.ask('GetCallerIdentity', {}, { principal }).UserId).toBe(`${roleId}:build-1`);
  });

  it.each([
    ['an account by its root', { AWS: ROOT }, [ROOT, CI, SESSION], []],
    ['an account by its number', { AWS: [ACCOUNT] }, [ROOT, CI], []],
    ['a user', { AWS: CI }, [CI], [ROOT, SESSION]],
    ['a role, whose sessions are meant', { AWS: `arn:aws:iam::${ACCOUNT}:role/teams/runner` }, [SESSION], [CI]],
    ['one session', { AWS: SESSION }, [SESSION], [`${SESSION}2`]],
    ['everybody', '*', [ROOT, SESSION], []],
    ['everybody, in the other form', { AWS: '*' }, [CI], []],
    ['a service', { Service: 'ecs-tasks.amazonaws.com' }, [], [ROOT, CI]],
    ['another account', { AWS: OTHER }, [], [ROOT, CI]],
  ] as const)('is for those whom the trust policy names: %s', (_what, principal, those, others) => {
    trusting(statement(principal));
    expect(those.filter((one) => !mayBe(one))).toEqual([]);
    expect(others.filter((one) => mayBe(one))).toEqual([]);
  });

  it('is for another account, too, when it is named', () => {
    trusting(statement({ AWS: `arn:aws:iam::${OTHER}:root` }));
    expect(mayBe(`arn:aws:iam::${OTHER}:user/ci`, {}, OTHER as typeof ACCOUNT)).toBe(true);
    expect(mayBe(CI)).toBe(false);
  });

  it('keeps conditions, and a statement that denies wins', () => {
    trusting(
      statement({ AWS: ROOT }, when('StringEquals', 'sts:ExternalId', 'secret')),
      statement({ AWS: CI }, { Effect: 'Deny', ...when('StringLike', 'sts:RoleSessionName', 'bad-*') }),
    );
    expect(mayBe(CI)).toBe(false);
    expect(mayBe(CI, { ExternalId: 'secret' })).toBe(true);
    expect(mayBe(CI, { ExternalId: 'secret', RoleSessionName: 'bad-1' })).toBe(false);
    expect(mayBe(ROOT, { ExternalId: 'secret', RoleSessionName: 'bad-1' })).toBe(true);
  });

  it('lets nobody in by what it cannot read, and keeps everybody out whom that might mean', () => {
    trusting(statement({ AWS: ROOT }, when('Bool', 'aws:MultiFactorAuthPresent', 'true')));
    expect(mayBe(ROOT)).toBe(false);
    world.ok('UpdateAssumeRolePolicy', {
      RoleName: 'deployer',
      PolicyDocument: JSON.stringify({
        Statement: [
          statement({ AWS: ROOT }),
          statement({ AWS: CI }, { Effect: 'Deny', ...when('Bool', 'aws:MultiFactorAuthPresent', 'false') }),
        ],
      }),
    });
    expect([mayBe(ROOT), mayBe(CI)]).toEqual([true, false]);
  });

  it('is refused alike where the role does not exist, and where it is of another path', () => {
    trusting(statement({ AWS: ROOT }));
    for (const RoleArn of [`arn:aws:iam::${ACCOUNT}:role/other`, `arn:aws:iam::${ACCOUNT}:role/deployer`, 'arn:aws:iam::none']) {
      expect(world.askRefusal('AssumeRole', asked({ RoleArn }))).toBe(
        `AccessDenied: User: ${ROOT} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      );
    }
  });

  it.each([
    [{ RoleSessionName: 'a b' }, /'roleSessionName' failed to satisfy/],
    [{ RoleSessionName: 'a' }, /'roleSessionName' failed to satisfy/],
    [{ RoleSessionName: undefined }, /Value null at 'roleSessionName'/],
    [{ RoleArn: undefined }, /Value null at 'roleArn'/],
    [{ DurationSeconds: 899 }, /'durationSeconds' failed to satisfy/],
    [{ DurationSeconds: 43_201 }, /'durationSeconds' failed to satisfy/],
    [{ DurationSeconds: 3_601 }, /exceeds the MaxSessionDuration set for this role/],
    [{ Policy: '{}' }, /leave Policy and PolicyArns out/],
    [{ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] }, /leave Policy and PolicyArns out/],
    [{ SerialNumber: 'arn:aws:iam::111122223333:mfa/me', TokenCode: '123456' }, /no second factor/],
  ])('refuses what it cannot do: %j', (more, sentence) => {
    trusting(statement({ AWS: ROOT }));
    expect(world.askRefusal('AssumeRole', asked(more))).toMatch(new RegExp(`^ValidationError: .*${sentence.source}`));
  });

  it('lets a session be a role for an hour at most', () => {
    trusting(statement('*'));
    world.ok('UpdateRole', { RoleName: 'deployer', MaxSessionDuration: 7_200 });
    expect(mayBe(ROOT, { DurationSeconds: 7_200 })).toBe(true);
    expect(world.askRefusal('AssumeRole', asked({ DurationSeconds: 7_200 }), { principal: SESSION })).toMatch(/role chaining/);
  });
});
