import { randomBytes } from 'node:crypto';
import type { DomainApi } from '#lib/app';
import { keyIdOfCiphertext } from '#lib/ecs/authorization';
import { type Refusal, refusable, type Rejection } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { checkKind, type CreateKeyInput } from '../domain/kms/keys.js';
import type { KeyToUse } from '../domain/kms/reads.js';
import { refusals } from '../domain/kms/refusals.js';
import type { SecretsState } from '../domain/state.js';
import type { Ciphertexts, EncryptionContext } from '../vault/ciphertexts.js';
import type { ValueKeys } from '../vault/value-keys.js';

const ALGORITHM = 'SYMMETRIC_DEFAULT';
const KEY_BYTES: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };
const MAX_CONTEXT_BYTES = 8_192;
const NO_ENCLAVES = 'Longshore knows no Nitro enclaves: Recipient and DryRunModifiers are not supported.';

/** AWS's word for a key whose material cannot be had. */
const UNAVAILABLE: Rejection = {
  code: 'KeyUnavailableException',
  message: "The key's material is gone, or sealed with another master key.",
  status: 500,
};

/** Members of blobs are base64. */
interface UseInput {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: EncryptionContext;
  readonly EncryptionAlgorithm?: string;
  readonly SourceKeyId?: string;
  readonly DestinationKeyId?: string;
  readonly SourceEncryptionContext?: EncryptionContext;
  readonly DestinationEncryptionContext?: EncryptionContext;
  readonly SourceEncryptionAlgorithm?: string;
  readonly DestinationEncryptionAlgorithm?: string;
  readonly KeySpec?: string;
  readonly NumberOfBytes?: number;
  readonly GrantTokens?: readonly string[];
  readonly CustomKeyStoreId?: string;
  readonly Recipient?: object;
  readonly DryRun?: boolean;
  readonly DryRunModifiers?: readonly string[];
}

type Outcome<T> = { readonly ok: T } | Exclude<ApiReply, { readonly output: unknown }>;

const refused = (refusal: Refusal) => ({ rejection: refusal.rejection });

/** KMS's operations that touch the material of keys: it is made here, used here, and goes nowhere. */
export class KeyUses {
  constructor(
    private readonly api: Pick<DomainApi<SecretsState>, 'command' | 'query'>,
    private readonly keys: ValueKeys,
    private readonly ciphertexts: Ciphertexts,
  ) {}

  async createKey(request: ApiRequest): Promise<ApiAnswer> {
    const input = request.input as CreateKeyInput;
    const checked = refusable(() => checkKind(input));
    if ('rejection' in checked) return checked;
    const { keyId: materialId } = await this.keys.make();
    const answer = await this.api.command('CreateKey', request, { ...input, materialId });
    // Nothing was made; where the outcome is unknown, the material is looked for later.
    if ('rejection' in answer) await this.keys.destroy(materialId);
    return answer;
  }

  async encrypt(request: ApiRequest): Promise<ApiReply> {
    const { KeyId, Plaintext, EncryptionContext } = request.input as UseInput;
    const key = await this.keyFor(request, { KeyId });
    if (!('ok' in key)) return key;
    const made = await this.encrypted(request, key.ok, Buffer.from(Plaintext!, 'base64'), EncryptionContext);
    if (!('ok' in made)) return made;
    return { output: { CiphertextBlob: made.ok, KeyId: key.ok.arn, EncryptionAlgorithm: ALGORITHM } };
  }

  async decrypt(request: ApiRequest): Promise<ApiReply> {
    const { KeyId, CiphertextBlob, EncryptionContext } = request.input as UseInput;
    const opened = await this.decrypted(request, KeyId, CiphertextBlob!, EncryptionContext);
    if (!('ok' in opened)) return opened;
    if (isDry(request)) return refused(refusals.dryRun());
    const { key, plaintext } = opened.ok;
    return { output: { KeyId: key.arn, Plaintext: base64(plaintext), EncryptionAlgorithm: ALGORITHM } };
  }

  async reEncrypt(request: ApiRequest): Promise<ApiReply> {
    const input = request.input as UseInput;
    const opened = await this.decrypted(request, input.SourceKeyId, input.CiphertextBlob!, input.SourceEncryptionContext);
    if (!('ok' in opened)) return opened;
    const key = await this.keyFor(request, { KeyId: input.DestinationKeyId });
    if (!('ok' in key)) return key;
    const made = await this.encrypted(request, key.ok, opened.ok.plaintext, input.DestinationEncryptionContext);
    if (!('ok' in made)) return made;
    const algorithms = { SourceEncryptionAlgorithm: ALGORITHM, DestinationEncryptionAlgorithm: ALGORITHM };
    return { output: { CiphertextBlob: made.ok, SourceKeyId: opened.ok.key.arn, KeyId: key.ok.arn, ...algorithms } };
  }

  /** A key for whoever encrypts at home, in clear and encrypted; or encrypted alone. */
  async generateDataKey(request: ApiRequest, isInClear: boolean): Promise<ApiReply> {
    const { KeyId, KeySpec, NumberOfBytes, EncryptionContext } = request.input as UseInput;
    if ((KeySpec === undefined) === (NumberOfBytes === undefined))
      return refused(refusals.validation('Please specify either number of bytes or key spec.'));
    const key = await this.keyFor(request, { KeyId });
    if (!('ok' in key)) return key;
    const plaintext = randomBytes(NumberOfBytes ?? KEY_BYTES[KeySpec!]!);
    const made = await this.encrypted(request, key.ok, plaintext, EncryptionContext);
    if (!('ok' in made)) return made;
    const inClear = isInClear ? { Plaintext: base64(plaintext) } : {};
    return { output: { CiphertextBlob: made.ok, ...inClear, KeyId: key.ok.arn } };
  }

  /** Bytes of no key. */
  generateRandom(request: ApiRequest): Promise<ApiReply> {
    const { NumberOfBytes, CustomKeyStoreId, Recipient } = request.input as UseInput;
    const made = refusable(() => {
      if (CustomKeyStoreId !== undefined) throw refusals.noKeyStore(CustomKeyStoreId);
      if (Recipient !== undefined) throw refusals.validation(NO_ENCLAVES);
      if (NumberOfBytes === undefined) throw refusals.validation('NumberOfBytes is required.');
      return base64(randomBytes(NumberOfBytes));
    });
    return Promise.resolve('ok' in made ? { output: { Plaintext: made.ok } } : made);
  }

  private async keyFor(
    request: ApiRequest,
    which: { readonly KeyId?: string; readonly keyId?: string },
  ): Promise<Outcome<KeyToUse>> {
    const checked = refusable(() => checkUse(request.input as UseInput));
    if ('rejection' in checked) return checked;
    const answer = await this.api.query('KeyToUse', { ...request, input: which });
    return 'output' in answer ? { ok: answer.output as KeyToUse } : answer;
  }

  private async encrypted(
    request: ApiRequest,
    key: KeyToUse,
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
  ): Promise<Outcome<string>> {
    const made = await this.ciphertexts.encrypt(key, plaintext, context);
    if (made === undefined) return { rejection: UNAVAILABLE };
    return isDry(request) ? refused(refusals.dryRun()) : { ok: made };
  }

  private async decrypted(
    request: ApiRequest,
    KeyId: string | undefined,
    ciphertext: string,
    context: EncryptionContext | undefined,
  ): Promise<Outcome<{ readonly key: KeyToUse; readonly plaintext: Uint8Array }>> {
    const keyId = keyIdOfCiphertext(ciphertext);
    if (keyId === undefined) return refused(refusals.badCiphertext());
    const key = await this.keyFor(request, { KeyId, keyId });
    if (!('ok' in key)) return key;
    const decrypted = await this.ciphertexts.decrypt(key.ok, ciphertext, context);
    if (!decrypted) return { rejection: UNAVAILABLE };
    if (!decrypted.opened) return refused(refusals.badCiphertext());
    return { ok: { key: key.ok, plaintext: decrypted.opened } };
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const isDry = ({ input }: ApiRequest): boolean => (input as UseInput).DryRun === true;

function checkUse(input: UseInput): void {
  if (input.GrantTokens?.length) throw refusals.grantTokens();
  if (input.Recipient !== undefined || input.DryRunModifiers?.length) throw refusals.validation(NO_ENCLAVES);
  for (const algorithm of [input.EncryptionAlgorithm, input.SourceEncryptionAlgorithm, input.DestinationEncryptionAlgorithm])
    if (algorithm !== undefined && algorithm !== ALGORITHM) throw refusals.wrongAlgorithm(algorithm);
  for (const context of [input.EncryptionContext, input.SourceEncryptionContext, input.DestinationEncryptionContext])
    if (context && Buffer.byteLength(JSON.stringify(context)) > MAX_CONTEXT_BYTES)
      throw refusals.validation(`An encryption context can have at most ${MAX_CONTEXT_BYTES} bytes.`);
}
