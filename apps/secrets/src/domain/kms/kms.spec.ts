import { modelledErrors } from '../../../../../test/support/modelled-errors.js';
import { SecretsWorld } from '../../../../../test/support/secrets-world.js';

const DAY_MS = 86_400_000;
const POLICY = '{ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*" }] }';
const NOBODYS = '00000000-0000-0000-0000-000000000000';

describe('keys of KMS', () => {
  let world: SecretsWorld;
  beforeEach(() => (world = new SecretsWorld()));
  const create = async (more: object = {}) => (await world.ok('CreateKey', more)).KeyMetadata;
  const describeKey = async (KeyId: string) => (await world.ok('DescribeKey', { KeyId })).KeyMetadata;

  it('are symmetric, enabled and AWS’s to see, and found by id, ARN, alias and ARN of an alias', async () => {
    const made = await create({ Description: 'of the shop', Tags: [{ TagKey: 'a', TagValue: '1' }] });
    expect(made).toMatchObject({
      AWSAccountId: '000000000000',
      Arn: `arn:aws:kms:us-east-1:000000000000:key/${made.KeyId}`,
      Description: 'of the shop',
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      Origin: 'AWS_KMS',
    });
    expect(made.KeyId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    await world.ok('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: made.KeyId });
    for (const KeyId of [made.KeyId, made.Arn, 'alias/shop', 'arn:aws:kms:us-east-1:000000000000:alias/shop'])
      expect(await describeKey(KeyId)).toEqual(made);
    expect((await world.ok('ListResourceTags', { KeyId: made.KeyId })).Tags).toEqual([{ TagKey: 'a', TagValue: '1' }]);
    // The journal has the name of the material only.
    const [{ materialId } = { materialId: '' }] = world.state.kmsKeys.values();
    const material = Buffer.from((await world.keys.find(materialId))!);
    for (const form of ['hex', 'base64'] as const) expect(JSON.stringify(world.commits)).not.toContain(material.toString(form));
  });

  it('have what Terraform reads back: description, policy, rotation and tags', async () => {
    const { KeyId, Arn } = await create();
    const policy = async () => (await world.ok('GetKeyPolicy', { KeyId: Arn })).Policy;
    expect(JSON.parse(await policy()).Statement[0].Principal).toEqual({ AWS: 'arn:aws:iam::000000000000:root' });
    await world.ok('PutKeyPolicy', { KeyId, Policy: POLICY, PolicyName: 'default' });
    expect(await policy()).toBe(POLICY);
    expect(await world.ok('ListKeyPolicies', { KeyId })).toEqual({ PolicyNames: ['default'], Truncated: false });
    const rotation = () => world.ok('GetKeyRotationStatus', { KeyId });
    expect(await rotation()).toEqual({ KeyId, KeyRotationEnabled: false });
    await world.ok('EnableKeyRotation', { KeyId });
    expect(await rotation()).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    await world.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    const begun = world.now;
    world.now += 100 * DAY_MS;
    const next = Date.parse((await rotation()).NextRotationDate) - begun;
    expect(Math.round(next / DAY_MS)).toBe(180);
    await world.ok('DisableKeyRotation', { KeyId });
    expect(await rotation()).toEqual({ KeyId, KeyRotationEnabled: false });
    await world.ok('UpdateKeyDescription', { KeyId, Description: 'new' });
    expect((await describeKey(KeyId)).Description).toBe('new');
    await world.ok('TagKey', { KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] });
    await world.ok('UntagKey', { KeyId, TagKeys: ['a', 'b'] });
    expect(await world.ok('ListResourceTags', { KeyId })).toMatchObject({ Tags: [], Truncated: false });
  });

  it('take the same change twice and write it once', async () => {
    const { KeyId } = await create();
    await world.ok('DisableKey', { KeyId });
    await world.ok('EnableKey', { KeyId });
    const before = world.commits.flatMap(({ transactions }) => transactions.flatMap(({ events }) => events)).length;
    await world.ok('EnableKey', { KeyId });
    await world.ok('UpdateKeyDescription', { KeyId, Description: '' });
    await world.ok('DisableKeyRotation', { KeyId });
    expect(world.commits.flatMap(({ transactions }) => transactions.flatMap(({ events }) => events))).toHaveLength(before);
  });

  it('wait for their end, can be kept till then, and are forgotten with their aliases and their material', async () => {
    const { KeyId, Arn } = await create();
    await world.ok('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: Arn });
    const { CiphertextBlob } = await world.ok('Encrypt', { KeyId, Plaintext: 'eA==' });
    const pending = await world.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    expect(pending).toMatchObject({ KeyId: Arn, KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
    expect(Date.parse(pending.DeletionDate) - world.now).toBe(7 * DAY_MS);
    const words = `KMSInvalidStateException: ${Arn} is pending deletion.`;
    for (const [name, more] of Object.entries({
      ScheduleKeyDeletion: {},
      EnableKey: {},
      DisableKey: {},
      EnableKeyRotation: {},
      PutKeyPolicy: { Policy: POLICY },
      TagKey: { Tags: [{ TagKey: 'a', TagValue: '' }] },
      Encrypt: { Plaintext: 'eA==' },
      GenerateDataKey: { KeySpec: 'AES_256' },
      Decrypt: { CiphertextBlob },
    }))
      expect(await world.refusal(name, { KeyId, ...more })).toBe(words);
    expect(await world.refusal('CreateAlias', { AliasName: 'alias/b', TargetKeyId: KeyId })).toBe(words);
    expect(await describeKey('alias/shop')).toMatchObject({ KeyState: 'PendingDeletion', Enabled: false });
    expect(await world.ok('CancelKeyDeletion', { KeyId })).toEqual({ KeyId: Arn });
    expect(await world.refusal('CancelKeyDeletion', { KeyId })).toBe(`KMSInvalidStateException: ${Arn} is not pending deletion.`);
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled' });
    await world.ok('ScheduleKeyDeletion', { KeyId });
    const isExpired = () => world.domain.isExpired!(world.state, new Date(world.now).toISOString());
    expect(isExpired()).toBe(false);
    world.now += 31 * DAY_MS;
    expect(isExpired()).toBe(true);
    world.given('Expire', {});
    expect(isExpired()).toBe(false);
    expect([world.state.kmsKeys.size, world.state.kmsAliases.size, world.state.retiredKeys.size]).toEqual([0, 0, 1]);
    expect(await world.refusal('DescribeKey', { KeyId })).toBe(`NotFoundException: Key '${Arn}' does not exist`);
    expect(await world.refusal('Decrypt', { CiphertextBlob })).toContain('AccessDeniedException: The ciphertext refers to');
  });

  it('have aliases that lead elsewhere later, and are listed page by page', async () => {
    const [one, two] = [await create(), await create()];
    for (const name of ['a', 'b', 'c']) await world.ok('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: one.KeyId });
    await world.ok('UpdateAlias', { AliasName: 'alias/b', TargetKeyId: two.Arn });
    await world.ok('DeleteAlias', { AliasName: 'alias/c' });
    const ofKey = async (KeyId: string) =>
      (await world.ok('ListAliases', { KeyId })).Aliases.map((alias: any) => alias.AliasName);
    expect([await ofKey(one.Arn), await ofKey(two.KeyId)]).toEqual([['alias/a'], ['alias/b']]);
    const seen: string[] = [];
    let page: any = {};
    do {
      page = await world.ok('ListKeys', { Limit: 5, Marker: page.NextMarker });
      seen.push(...page.Keys.map(({ KeyId }: any) => KeyId));
    } while (page.Truncated);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([one.KeyId, two.KeyId]));
    expect((await world.ok('ListAliases', { Limit: 100 })).Aliases).toContainEqual(
      expect.objectContaining({ AliasName: 'alias/b', TargetKeyId: two.KeyId }),
    );
  });

  it('of AWS’s services are always there, the same each time, and nobody’s to change or to use', async () => {
    const managed = await describeKey('alias/aws/secretsmanager');
    expect(managed).toMatchObject({ KeyManager: 'AWS', KeyState: 'Enabled' });
    expect(await describeKey(managed.Arn)).toEqual(managed);
    expect((await world.ok('ListAliases', { KeyId: managed.KeyId })).Aliases).toMatchObject([
      { AliasName: 'alias/aws/secretsmanager' },
    ]);
    for (const name of ['DisableKey', 'ScheduleKeyDeletion'])
      expect(await world.refusal(name, { KeyId: managed.KeyId })).toContain('AccessDeniedException');
    expect(await world.refusal('Encrypt', { KeyId: 'alias/aws/ssm', Plaintext: 'eA==' })).toContain('AccessDeniedException');
    expect(await world.refusal('DescribeKey', { KeyId: 'alias/aws/nothing' })).toContain('NotFoundException: Alias');
  });

  it('are checked where secrets and parameters name them', async () => {
    const { KeyId, Arn } = await create();
    await world.ok('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: KeyId });
    const secret = (Name: string, KmsKeyId: string) => ({ Name, SecretString: 'x', KmsKeyId });
    const foreign = 'arn:aws:kms:us-east-1:111122223333:key/x';
    for (const [i, id] of [KeyId, Arn, 'alias/shop', 'alias/aws/secretsmanager', foreign].entries())
      expect(await world.ok('CreateSecret', secret(`s${i}`, id))).toBeDefined();
    const parameter = { Name: 'p', Type: 'SecureString', Value: 'x', KeyId: 'alias/shop' };
    await world.ok('PutParameter', parameter);
    await world.ok('DisableKey', { KeyId });
    expect(await world.refusal('CreateSecret', secret('t', 'alias/shop'))).toContain('EncryptionFailure');
    expect(await world.refusal('UpdateSecret', { SecretId: 's3', KmsKeyId: NOBODYS })).toContain('EncryptionFailure');
    expect(await world.refusal('PutParameter', { ...parameter, Name: 'q' })).toContain('InvalidKeyId');
    // What names it already stays as it is.
    await world.ok('UpdateSecret', { SecretId: 's0', KmsKeyId: KeyId, Description: 'new' });
    await world.ok('PutParameter', { ...parameter, Overwrite: true });
    await world.ok('UpdateSecret', { SecretId: 's0', KmsKeyId: '' });
  });

  it.each<[string, object, string]>([
    ['CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException: Longshore has symmetric'],
    ['CreateKey', { Origin: 'EXTERNAL' }, 'UnsupportedOperationException: Longshore makes the material'],
    ['CreateKey', { MultiRegion: true }, 'UnsupportedOperationException: Longshore keeps a key in one region'],
    [
      'CreateKey',
      { Policy: '{' },
      'MalformedPolicyDocumentException: The key policy is not valid JSON with statements (Statement).',
    ],
    ['CreateKey', { Policy: '{"Statement":[{"Effect":"Allow"}]}' }, 'MalformedPolicyDocumentException'],
    ['CreateKey', { Policy: JSON.stringify({ Id: 'x'.repeat(40_000) }) }, 'LimitExceededException: A key policy'],
    ['CreateKey', { Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException'],
    ['CreateKey', { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' })) }, 'LimitExceededException'],
    ['DescribeKey', { KeyId: 'x' }, "NotFoundException: Invalid keyId 'x'"],
    [
      'DescribeKey',
      { KeyId: NOBODYS },
      `NotFoundException: Key 'arn:aws:kms:us-east-1:000000000000:key/${NOBODYS}' does not exist`,
    ],
    ['DescribeKey', { KeyId: 'alias/x' }, 'NotFoundException: Alias arn:aws:kms:us-east-1:000000000000:alias/x is not found.'],
    ['DescribeKey', { KeyId: `arn:aws:kms:us-east-1:111122223333:key/${NOBODYS}` }, 'NotFoundException: Key'],
    ['DescribeKey', { KeyId: 'arn:aws:s3:::x' }, 'InvalidArnException: Invalid arn arn:aws:s3:::x'],
    ['DisableKey', { KeyId: 'alias/x' }, "NotFoundException: Invalid keyId 'alias/x'"],
    ['CreateAlias', { AliasName: 'x', TargetKeyId: NOBODYS }, 'ValidationException: Alias must start with'],
    ['CreateAlias', { AliasName: 'alias/aws/x', TargetKeyId: NOBODYS }, 'InvalidAliasNameException: Alias must not'],
    ['CreateAlias', { AliasName: 'alias/a:b', TargetKeyId: NOBODYS }, 'ValidationException: alias/a:b contains'],
    ['CreateAlias', { AliasName: 'alias/x', TargetKeyId: NOBODYS }, 'NotFoundException: Key'],
    ['UpdateAlias', { AliasName: 'alias/x', TargetKeyId: NOBODYS }, 'NotFoundException: Alias'],
    ['DeleteAlias', { AliasName: 'alias/x' }, 'NotFoundException: Alias'],
    ['ListKeys', { Marker: 'x' }, 'InvalidMarkerException'],
  ])('refuse with %s %j in KMS’s words', async (name, input, words) => {
    const said = await world.refusal(name, input);
    expect(said).toContain(words);
    // Of an alias's form KMS answers a ValidationException, whatever its model lists.
    expect([...modelledErrors(name, '@aws-sdk/client-kms'), 'ValidationException']).toContain(said?.split(':')[0]);
    expect(await world.keys.list()).toEqual([]);
  });

  it('refuse what needs a key to be refused', async () => {
    const { KeyId, Arn } = await create();
    await world.ok('CreateAlias', { AliasName: 'alias/0', TargetKeyId: KeyId });
    expect(await world.refusal('CreateAlias', { AliasName: 'alias/0', TargetKeyId: KeyId })).toBe(
      'AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:000000000000:alias/0 already exists',
    );
    for (let i = 1; i < 50; i++) await world.ok('CreateAlias', { AliasName: `alias/${i}`, TargetKeyId: KeyId });
    expect(await world.refusal('CreateAlias', { AliasName: 'alias/50', TargetKeyId: KeyId })).toContain('LimitExceededException');
    expect(await world.refusal('GetKeyPolicy', { KeyId, PolicyName: 'other' })).toBe('NotFoundException: No such policy exists');
    expect(await world.refusal('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 6 })).toContain('between 7 and 30 days');
    await world.ok('DisableKey', { KeyId });
    expect(await world.refusal('EnableKeyRotation', { KeyId })).toBe(`DisabledException: ${Arn} is disabled.`);
  });
});
