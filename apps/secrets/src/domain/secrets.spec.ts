import { SecretsWorld } from '../../../../test/support/secrets-world.js';

const TOKENS = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

describe('secrets', () => {
  let world: SecretsWorld;
  beforeEach(() => (world = new SecretsWorld()));
  const create = (more: object = {}) => world.ok('CreateSecret', { Name: 'db', SecretString: 'one', ...more });
  const put = (SecretString: string, more: object = {}) => world.ok('PutSecretValue', { SecretId: 'db', SecretString, ...more });
  const value = async (more: object = {}) => (await world.ok('GetSecretValue', { SecretId: 'db', ...more })).SecretString;
  const stages = async () => (await world.ok('DescribeSecret', { SecretId: 'db' })).VersionIdsToStages;

  it('are found by name, by ARN, and by an ARN without its end, and by nobody of another account', async () => {
    const { ARN } = await create();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:db-[A-Za-z0-9]{6}$/);
    for (const SecretId of ['db', ARN, ARN.slice(0, -7)]) expect(await value({ SecretId })).toBe('one');
    for (const SecretId of ['other', ARN.replace('000000000000', '111122223333'), `${ARN.slice(0, -6)}xxxxxx`])
      expect(await world.refusal('GetSecretValue', { SecretId })).toBe(
        "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      );
  });

  it('have versions with labels that move: what was current is previous', async () => {
    await create({ ClientRequestToken: TOKENS[0] });
    await put('two', { ClientRequestToken: TOKENS[1] });
    expect(await stages()).toEqual({ [TOKENS[0]]: ['AWSPREVIOUS'], [TOKENS[1]]: ['AWSCURRENT'] });
    await put('three', { ClientRequestToken: TOKENS[2], VersionStages: ['blue'] });
    expect([await value(), await value({ VersionStage: 'AWSPREVIOUS' }), await value({ VersionStage: 'blue' })]).toEqual([
      'two',
      'one',
      'three',
    ]);
    expect(await value({ VersionId: TOKENS[2] })).toBe('three');
    const four = await put('four', { ClientRequestToken: '4'.repeat(32), VersionStages: ['b', 'a'] });
    expect(four.VersionStages).toEqual(['b', 'a']);
    const move = { SecretId: 'db', VersionStage: 'AWSCURRENT', MoveToVersionId: TOKENS[2] };
    expect(await world.refusal('UpdateSecretVersionStage', move)).toContain(
      `Staging label AWSCURRENT is currently attached to version ${TOKENS[1]}`,
    );
    await world.ok('UpdateSecretVersionStage', { ...move, RemoveFromVersionId: TOKENS[1] });
    expect(await stages()).toEqual({
      [TOKENS[1]]: ['AWSPREVIOUS'],
      [TOKENS[2]]: ['AWSCURRENT', 'blue'],
      [four.VersionId]: ['a', 'b'],
    });
    const { Versions } = await world.ok('ListSecretVersionIds', { SecretId: 'db', IncludeDeprecated: true });
    expect(Versions).toHaveLength(4);
    expect((await world.ok('ListSecretVersionIds', { SecretId: 'db' })).Versions).toHaveLength(3);
    expect(await world.refusal('GetSecretValue', { SecretId: 'db', VersionStage: 'green' })).toBe(
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: green",
    );
  });

  it('have versions that are asked for by a label of another one, or of none, in vain', async () => {
    const { VersionId } = await world.ok('CreateSecret', { Name: 'db', SecretString: 'one' });
    const ask = (more: object) => world.refusal('GetSecretValue', { SecretId: 'db', ...more });
    expect(await ask({ VersionId, VersionStage: 'AWSPENDING' })).toBe(
      'InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.',
    );
    const nobody = '00000000-0000-0000-0000-000000000000';
    expect(await ask({ VersionId: nobody, VersionStage: 'AWSPENDING' })).toMatch(
      /^ResourceNotFoundException: .* VersionId: 00000000-0000-0000-0000-000000000000$/,
    );
    expect(await ask({ VersionStage: 'AWSPENDING' })).toMatch(/^ResourceNotFoundException: .* staging label: AWSPENDING$/);
  });

  it('take the same request twice, and another value under its token not at all', async () => {
    const first = await create({ ClientRequestToken: TOKENS[0] });
    expect(await create({ ClientRequestToken: TOKENS[0] })).toEqual(first);
    expect(await world.refusal('CreateSecret', { Name: 'db', SecretString: 'two', ClientRequestToken: TOKENS[0] })).toContain(
      'ResourceExistsException',
    );
    expect(await put('one', { ClientRequestToken: TOKENS[0] })).toMatchObject({ VersionId: TOKENS[0] });
    expect(
      await world.refusal('PutSecretValue', { SecretId: 'db', SecretString: 'two', ClientRequestToken: TOKENS[0] }),
    ).toContain('ResourceExistsException');
    expect(await world.refusal('CreateSecret', { Name: 'db', SecretString: 'x' })).toBe(
      'ResourceExistsException: The operation failed because the secret db already exists.',
    );
    expect(world.state.secretVersions.size).toBe(1);
  });

  it('whose outcome was not known when the request was repeated, it is asked again', () => {
    const sealed = { keyId: 'k', text: 't' };
    const input = { SecretId: 'db', ClientRequestToken: TOKENS[0], value: { kind: 'string', sealed } };
    world.given('CreateSecret', { ...input, Name: 'db' });
    expect(world.command('PutSecretValue', input)).toMatchObject({ rejection: { status: 500 } });
  });

  it('are restored while their window lasts, and gone after it', async () => {
    await create();
    const { DeletionDate } = await world.ok('DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7 });
    expect(Date.parse(DeletionDate) - world.now).toBe(7 * 86_400_000);
    expect(await world.refusal('GetSecretValue', { SecretId: 'db' })).toBe(
      "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
    );
    expect(await world.refusal('CreateSecret', { Name: 'db', SecretString: 'x' })).toContain('already scheduled for deletion');
    expect((await world.ok('ListSecrets')).SecretList).toEqual([]);
    expect((await world.ok('ListSecrets', { IncludePlannedDeletion: true })).SecretList).toHaveLength(1);
    expect((await world.ok('DescribeSecret', { SecretId: 'db' })).DeletedDate).toBeDefined();
    await world.ok('RestoreSecret', { SecretId: 'db' });
    expect(await value()).toBe('one');
    await world.ok('DeleteSecret', { SecretId: 'db' });
    const isExpired = () => world.domain.isExpired!(world.state, new Date(world.now).toISOString());
    expect(isExpired()).toBe(false);
    world.now += 31 * 86_400_000;
    expect(isExpired()).toBe(true);
    world.given('Expire', {});
    expect([world.state.secrets.size, world.state.secretVersions.size, isExpired()]).toEqual([0, 0, false]);
  });

  it('that are deleted by force are gone at once, as often as it is asked', async () => {
    const { ARN } = await create();
    const force = { SecretId: 'db', ForceDeleteWithoutRecovery: true };
    expect(await world.ok('DeleteSecret', force)).toEqual({ ARN, Name: 'db' });
    await world.ok('DeleteSecret', force);
    expect(await world.refusal('DescribeSecret', { SecretId: 'db' })).toContain('ResourceNotFoundException');
    expect(await create()).not.toMatchObject({ ARN });
  });

  it.each<[string, object, string]>([
    ['CreateSecret', { Name: 'a b', SecretString: 'x' }, 'ValidationException: Invalid name.'],
    ['CreateSecret', { Name: 'a', SecretString: 'x', SecretBinary: 'eA==' }, "can't specify both a binary"],
    ['CreateSecret', { Name: 'a', SecretString: 'x', AddReplicaRegions: [{ Region: 'eu-west-1' }] }, 'AddReplicaRegions'],
    ['CreateSecret', { Name: 'a', Tags: [{ Key: 'aws:x', Value: '1' }] }, 'InvalidParameterException'],
    ['CreateSecret', { Name: 'a', SecretString: 'é'.repeat(40_000) }, 'at most 65536 bytes'],
    ['PutSecretValue', { SecretId: 'db' }, 'InvalidRequestException: You must provide either SecretString or SecretBinary.'],
    ['DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 3 }, 'between 7 and 30 days'],
    ['DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }, 'in conjunction with'],
    ['DeleteSecret', { SecretId: 'nope' }, 'ResourceNotFoundException'],
    ['UpdateSecretVersionStage', { SecretId: 'db', VersionStage: 'a', MoveToVersionId: 'x' }, 'ResourceNotFoundException'],
    ['ListSecrets', { NextToken: 'x' }, 'InvalidNextTokenException'],
    ['ListSecrets', { Filters: [{ Values: ['x'] }] }, 'InvalidParameterException: Invalid filter key'],
    ['ListSecrets', { Filters: [{ Key: 'name' }] }, 'InvalidParameterException: Invalid filter values for key: name'],
    ['BatchGetSecretValue', { Filters: [{ Key: 'name', Values: [] }] }, 'Invalid filter values for key: name'],
  ])('%s %j is refused: %s', async (name, input, words) => {
    await create();
    expect(await world.refusal(name, input)).toContain(words);
  });

  it('without a value have no version; binary ones come back as they were', async () => {
    await world.ok('CreateSecret', { Name: 'empty' });
    expect(await world.refusal('GetSecretValue', { SecretId: 'empty' })).toContain('staging label: AWSCURRENT');
    await world.ok('CreateSecret', { Name: 'binary', SecretBinary: 'AAEC' });
    expect(await world.ok('GetSecretValue', { SecretId: 'binary' })).toMatchObject({ SecretBinary: 'AAEC' });
  });

  it('are listed by filter and page, and fetched many at a time with what is wrong of each', async () => {
    for (const Name of ['web/a', 'web/b', 'db'])
      await world.ok('CreateSecret', { Name, SecretString: Name, Tags: [{ Key: Name, Value: 'x' }] });
    const list = async (input: object) => (await world.ok('ListSecrets', input)).SecretList.map(({ Name }: any) => Name);
    expect(await list({ Filters: [{ Key: 'name', Values: ['web/'] }] })).toEqual(['web/a', 'web/b']);
    expect(await list({ Filters: [{ Key: 'name', Values: ['!web/'] }] })).toEqual(['db']);
    expect(await list({ Filters: [{ Key: 'tag-key', Values: ['db'] }] })).toEqual(['db']);
    expect(await list({ SortBy: 'name', SortOrder: 'desc' })).toEqual(['web/b', 'web/a', 'db']);
    const { NextToken } = await world.ok('ListSecrets', { MaxResults: 2 });
    expect(await list({ MaxResults: 2, NextToken })).toEqual(['db']);
    const batch = await world.ok('BatchGetSecretValue', { SecretIdList: ['web/a', 'nope'] });
    expect(batch.SecretValues).toMatchObject([{ SecretString: 'web/a' }]);
    expect(batch.Errors).toMatchObject([{ SecretId: 'nope', ErrorCode: 'ResourceNotFoundException' }]);
    expect((await world.ok('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['web'] }] })).SecretValues).toHaveLength(2);
  });

  it('keep a hundred versions, and every one that has a label', async () => {
    await create({ ClientRequestToken: TOKENS[0] });
    await put('kept', { ClientRequestToken: TOKENS[1], VersionStages: ['kept'] });
    for (let i = 0; i < 110; i++) await put(`${i}`);
    expect(world.state.secretVersions.size).toBe(100);
    expect(await value({ VersionStage: 'kept' })).toBe('kept');
    expect(world.state.retiredKeys.size).toBe(12);
  });
});

describe('what is kept of a value', () => {
  it('is never the value: not in commits, not in the state; and without its key nobody reads it', async () => {
    const world = new SecretsWorld();
    await world.ok('CreateSecret', { Name: 'db', SecretString: 'CANARY' });
    await world.ok('PutParameter', { Name: 'p', Type: 'String', Value: 'CANARY' });
    const kept = JSON.stringify([
      world.commits,
      [...world.state.secretVersions.values()],
      [...world.state.parameterVersions.values()],
    ]);
    expect(kept).not.toContain('CANARY');
    expect(kept).not.toContain(Buffer.from('CANARY').toString('base64').slice(0, 8));
    for (const keyId of await world.keys.list()) await world.keys.destroy(keyId);
    expect(await world.refusal('GetSecretValue', { SecretId: 'db' })).toContain('DecryptionFailure');
    expect(await world.refusal('GetParameter', { Name: 'p' })).toContain('InvalidKeyId');
  });

  it('that was refused is no key either', async () => {
    const world = new SecretsWorld();
    await world.refusal('PutSecretValue', { SecretId: 'nope', SecretString: 'x' });
    await world.refusal('PutParameter', { Name: 'a/b', Type: 'String', Value: 'x' });
    expect(await world.keys.list()).toEqual([]);
  });
});
