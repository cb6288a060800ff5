import { SecretsWorld } from '../../../../test/support/secrets-world.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PLAINTEXT = base64('hidden');
const CONTEXT = { of: 'shop', for: 'cards' };

/** One bit of one byte. */
function changed(blob: string, at: number): string {
  const bytes = Buffer.from(blob, 'base64');
  bytes[at]! ^= 1;
  return bytes.toString('base64');
}

describe('what keys of KMS encrypt', () => {
  let world: SecretsWorld;
  let key: { KeyId: string; Arn: string };
  beforeEach(async () => {
    world = new SecretsWorld();
    key = (await world.ok('CreateKey')).KeyMetadata;
  });
  const encrypt = (more: object = {}) => world.ok('Encrypt', { KeyId: key.KeyId, Plaintext: PLAINTEXT, ...more });

  it('is noise that says which key opens it, and opens with the same context in whatever order', async () => {
    await world.ok('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: key.KeyId });
    const { CiphertextBlob, ...rest } = await encrypt({ KeyId: 'alias/shop', EncryptionContext: CONTEXT });
    expect(rest).toEqual({ KeyId: key.Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    expect(Buffer.from(CiphertextBlob, 'base64').toString('latin1')).not.toContain('hidden');
    const EncryptionContext = { for: 'cards', of: 'shop' };
    const opened = { KeyId: key.Arn, Plaintext: PLAINTEXT, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    for (const KeyId of [undefined, key.KeyId, key.Arn, 'alias/shop'])
      expect(await world.ok('Decrypt', { CiphertextBlob, EncryptionContext, KeyId })).toEqual(opened);
    expect((await encrypt()).CiphertextBlob).not.toBe((await encrypt()).CiphertextBlob);
  });

  it.each<[string, (blob: string) => object]>([
    ['changed in its version', (blob) => ({ CiphertextBlob: changed(blob, 0) })],
    ['changed in its iv', (blob) => ({ CiphertextBlob: changed(blob, 20) })],
    ['changed in its tag', (blob) => ({ CiphertextBlob: changed(blob, 35) })],
    ['changed in what it holds', (blob) => ({ CiphertextBlob: changed(blob, 47) })],
    ['cut', (blob) => ({ CiphertextBlob: Buffer.from(blob, 'base64').subarray(0, -1).toString('base64') })],
    ['cut to its header', (blob) => ({ CiphertextBlob: Buffer.from(blob, 'base64').subarray(0, 17).toString('base64') })],
    ['no ciphertext', () => ({ CiphertextBlob: 'eA==' })],
    ['given another context', () => ({ EncryptionContext: { ...CONTEXT, for: 'other' } })],
    ['given no context', () => ({ EncryptionContext: undefined })],
  ])('stays shut when it is %s', async (_how, change) => {
    const { CiphertextBlob } = await encrypt({ EncryptionContext: CONTEXT });
    expect(await world.refusal('Decrypt', { CiphertextBlob, EncryptionContext: CONTEXT, ...change(CiphertextBlob) })).toContain(
      'InvalidCiphertextException',
    );
  });

  it('is of one key: no other opens it, named or put into its header', async () => {
    const other = (await world.ok('CreateKey')).KeyMetadata;
    const { CiphertextBlob } = await encrypt();
    expect(await world.refusal('Decrypt', { CiphertextBlob, KeyId: other.KeyId })).toContain('IncorrectKeyException');
    const bytes = Buffer.from(CiphertextBlob, 'base64');
    Buffer.from(other.KeyId.replaceAll('-', ''), 'hex').copy(bytes, 1);
    expect(await world.refusal('Decrypt', { CiphertextBlob: bytes.toString('base64') })).toContain('InvalidCiphertextException');
    expect(await world.refusal('Decrypt', { CiphertextBlob: changed(CiphertextBlob, 1) })).toContain('AccessDeniedException');
  });

  it('is not touched by a key that is disabled, until it is enabled again', async () => {
    const { CiphertextBlob } = await encrypt();
    await world.ok('DisableKey', { KeyId: key.KeyId });
    const words = `DisabledException: ${key.Arn} is disabled.`;
    expect(await world.refusal('Decrypt', { CiphertextBlob })).toBe(words);
    expect(await world.refusal('Encrypt', { KeyId: key.KeyId, Plaintext: PLAINTEXT })).toBe(words);
    await world.ok('EnableKey', { KeyId: key.KeyId });
    expect(await world.ok('Decrypt', { CiphertextBlob })).toMatchObject({ Plaintext: PLAINTEXT });
  });

  it('may be a key for use at home, in clear once or never', async () => {
    const KeyId = key.KeyId;
    const made = await world.ok('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT });
    expect(Buffer.from(made.Plaintext, 'base64')).toHaveLength(32);
    const { CiphertextBlob } = made;
    expect(await world.ok('Decrypt', { CiphertextBlob, EncryptionContext: CONTEXT })).toMatchObject({
      Plaintext: made.Plaintext,
    });
    const shut = await world.ok('GenerateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 5 });
    expect(shut).not.toHaveProperty('Plaintext');
    const opened = await world.ok('Decrypt', { CiphertextBlob: shut.CiphertextBlob });
    expect(Buffer.from(opened.Plaintext, 'base64')).toHaveLength(5);
    for (const size of [{}, { KeySpec: 'AES_128', NumberOfBytes: 5 }])
      expect(await world.refusal('GenerateDataKey', { KeyId, ...size })).toBe(
        'ValidationException: Please specify either number of bytes or key spec.',
      );
  });

  it('may be nothing: bytes of no key, others each time', async () => {
    const random = async (NumberOfBytes: number) => (await world.ok('GenerateRandom', { NumberOfBytes })).Plaintext;
    expect(Buffer.from(await random(1_024), 'base64')).toHaveLength(1_024);
    expect(await random(32)).not.toBe(await random(32));
    for (const [input, words] of [
      [{}, 'ValidationException: NumberOfBytes is required.'],
      [{ NumberOfBytes: 1, CustomKeyStoreId: 'cks-1' }, 'CustomKeyStoreNotFoundException: '],
      [{ NumberOfBytes: 1, Recipient: {} }, 'ValidationException: Longshore knows no Nitro enclaves'],
    ] as const)
      expect(await world.refusal('GenerateRandom', input)).toContain(words);
  });

  it('goes from key to key and from context to context without being shown', async () => {
    const other = (await world.ok('CreateKey')).KeyMetadata;
    const { CiphertextBlob } = await encrypt({ EncryptionContext: CONTEXT });
    const moved = await world.ok('ReEncrypt', {
      CiphertextBlob,
      SourceEncryptionContext: CONTEXT,
      DestinationKeyId: other.Arn,
      DestinationEncryptionContext: { new: 'yes' },
    });
    expect(moved).toMatchObject({ SourceKeyId: key.Arn, KeyId: other.Arn });
    const opened = await world.ok('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { new: 'yes' } });
    expect(opened).toMatchObject({ KeyId: other.Arn, Plaintext: PLAINTEXT });
  });

  it.each<[object, string]>([
    [{ GrantTokens: ['x'] }, 'InvalidGrantTokenException'],
    [{ EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }, 'InvalidKeyUsageException: The RSAES_OAEP_SHA_1 algorithm'],
    [{ DryRun: true }, 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'],
    [{ EncryptionContext: { a: 'x'.repeat(9_000) } }, 'ValidationException: An encryption context'],
  ])('is refused with %j', async (more, words) => {
    expect(await world.refusal('Encrypt', { KeyId: key.KeyId, Plaintext: PLAINTEXT, ...more })).toContain(words);
    const { CiphertextBlob } = await encrypt();
    const DryRun = { CiphertextBlob, DryRun: true };
    expect(await world.refusal('Decrypt', DryRun)).toContain('DryRunOperationException');
  });

  it('is out of reach without its material, and says so', async () => {
    const { CiphertextBlob } = await encrypt();
    for (const keyId of await world.keys.list()) await world.keys.destroy(keyId);
    expect(await world.refusal('Decrypt', { CiphertextBlob })).toContain('KeyUnavailableException');
    expect(await world.refusal('Encrypt', { KeyId: key.KeyId, Plaintext: PLAINTEXT })).toContain('KeyUnavailableException');
  });
});
