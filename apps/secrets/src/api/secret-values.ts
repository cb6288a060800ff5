import type { DomainApi } from '#lib/app';
import { type Refusal, refusable, type Rejection, type Scope } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { Tag } from '../domain/tags.js';
import { findSecret } from '../domain/secrets/lookup.js';
import type { SealedAnswer } from '../domain/secrets/reads.js';
import { refusals } from '../domain/secrets/refusals.js';
import type { NewValue } from '../domain/secrets/versions.js';
import { type SecretsState, secretVersionKey } from '../domain/state.js';
import type { Vault } from '../vault/vault.js';

interface ValueInput {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly ClientRequestToken?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly AddReplicaRegions?: readonly unknown[];
  readonly Type?: string;
  readonly RotationToken?: string;
  readonly Tags?: readonly Tag[];
}

/** As AWS bounds a value. */
const MAX_BYTES = 65_536;
/** AWS's word for a value that its key does not open. */
const DECRYPTION_FAILURE: Rejection = {
  code: 'DecryptionFailure',
  message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  status: 400,
};

/** Secrets Manager's operations that have values in them: sealed before anything is sent on, opened for the answer only. */
export class SecretValues {
  constructor(
    private readonly api: Pick<DomainApi<SecretsState>, 'command' | 'query'>,
    private readonly state: SecretsState,
    private readonly vault: Vault,
  ) {}

  /** CreateSecret, UpdateSecret, PutSecretValue. */
  async write(name: string, request: ApiRequest, isNeeded: boolean): Promise<ApiAnswer> {
    const { SecretString, SecretBinary, ...rest } = request.input as ValueInput;
    // Clients make one; a request of somebody who does not is told from others by its id.
    const token = rest.ClientRequestToken ?? request.context.requestId;
    const checked = refusable(() => checkValue(request.input as ValueInput, isNeeded));
    if ('rejection' in checked) return checked;
    const text = SecretString ?? SecretBinary;
    if (text === undefined) return this.api.command(name, request, { ...rest, ClientRequestToken: token });
    const kind = SecretString === undefined ? 'binary' : 'string';
    const isSame = await this.isSame(request.context as unknown as Scope, rest.Name ?? rest.SecretId!, token, { kind, text });
    const value: NewValue = { kind, sealed: await this.vault.seal(text), ...(isSame === undefined ? {} : { isSame }) };
    const answer = await this.api.command(name, request, { ...rest, ClientRequestToken: token, value });
    // Nothing was made; where the outcome is unknown, the key is looked for later.
    if ('rejection' in answer) await this.vault.discard(value.sealed);
    return answer;
  }

  /** Whether the version that has the token holds this already; undefined where there is none. */
  private async isSame(
    scope: Scope,
    id: string,
    token: string,
    given: { readonly kind: string; readonly text: string },
  ): Promise<boolean | undefined> {
    const secret = findSecret(this.state, scope, id);
    const version = secret && this.state.secretVersions.get(secretVersionKey(secret, secret.name, token));
    if (!version) return undefined;
    return version.kind === given.kind && (await this.vault.open(version.value)) === given.text;
  }

  async get(request: ApiRequest): Promise<ApiReply> {
    const answer = await this.api.query('GetSecretValue', request);
    return 'output' in answer ? this.opened(answer.output as SealedAnswer) : answer;
  }

  async getMany(request: ApiRequest): Promise<ApiReply> {
    const answer = await this.api.query('BatchGetSecretValue', request);
    if (!('output' in answer)) return answer;
    const { SecretIds, NextToken } = answer.output as { SecretIds: readonly string[]; NextToken?: string };
    const values: unknown[] = [];
    const errors: unknown[] = [];
    for (const SecretId of SecretIds) {
      const one = await this.get({ ...request, input: { SecretId } });
      if ('output' in one) values.push(one.output);
      else if ('unavailable' in one) return one;
      else errors.push({ SecretId, ErrorCode: one.rejection.code, Message: one.rejection.message });
    }
    return { output: { SecretValues: values, Errors: errors, NextToken } };
  }

  private async opened({ sealed, kind, ...answer }: SealedAnswer): Promise<ApiReply> {
    const text = await this.vault.open(sealed);
    if (text === undefined) return { rejection: DECRYPTION_FAILURE };
    return { output: { ...answer, [kind === 'string' ? 'SecretString' : 'SecretBinary']: text } };
  }
}

function checkValue({ SecretString, SecretBinary, AddReplicaRegions, Type }: ValueInput, isNeeded: boolean): void {
  const refuseWith = (refusal: Refusal) => {
    throw refusal;
  };
  if (AddReplicaRegions?.length)
    refuseWith(refusals.invalidParameter('Longshore keeps a secret in one region: AddReplicaRegions is not supported.'));
  if (Type) refuseWith(refusals.invalidParameter('Longshore manages no external secrets: Type is not supported.'));
  if (SecretString !== undefined && SecretBinary !== undefined)
    refuseWith(
      refusals.invalidRequest("You can't specify both a binary secret value and a string secret value in the same secret."),
    );
  if (isNeeded && SecretString === undefined && SecretBinary === undefined)
    refuseWith(refusals.invalidRequest('You must provide either SecretString or SecretBinary.'));
  if (Buffer.byteLength(SecretString ?? '') > MAX_BYTES || Buffer.byteLength(SecretBinary ?? '', 'base64') > MAX_BYTES)
    refuseWith(refusals.invalidParameter(`A secret value can have at most ${MAX_BYTES} bytes.`));
}
