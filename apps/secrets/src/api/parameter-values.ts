import type { DomainApi } from '#lib/app';
import { refusable, type Rejection, type Scope } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { SealedValue } from '../domain/model.js';
import { newestOf } from '../domain/parameters/lookup.js';
import { checkValue, type PutParameterInput, type PutSealedInput } from '../domain/parameters/put.js';
import { nameKey, type SecretsState } from '../domain/state.js';
import type { Vault } from '../vault/vault.js';

/** AWS's word for a value that its key does not open. */
const CANNOT_OPEN: Rejection = {
  code: 'InvalidKeyId',
  message: 'The value cannot be decrypted: the key that sealed it is gone, or sealed with another master key.',
  status: 400,
};

interface Sealed {
  readonly Type: string;
  /** Absent of AWS's public parameters, whose values everybody knows. */
  readonly sealed?: SealedValue;
}

/** Parameter Store's operations that have values in them: sealed before anything is sent on, opened for the answer only. */
export class ParameterValues {
  constructor(
    private readonly api: Pick<DomainApi<SecretsState>, 'command' | 'query'>,
    private readonly state: SecretsState,
    private readonly vault: Vault,
  ) {}

  async put(request: ApiRequest): Promise<ApiAnswer> {
    const given = request.input as PutParameterInput;
    const { Value, ...rest } = given;
    const known = this.state.parameters.get(nameKey(request.context as unknown as Scope, given.Name));
    const pattern = given.AllowedPattern ?? (known && newestOf(this.state, known).allowedPattern);
    const checked = refusable(() => checkValue(given, pattern));
    if ('rejection' in checked) return checked;
    const value = await this.vault.seal(Value);
    const answer = await this.api.command('PutParameter', request, { ...rest, tier: checked.ok, value } satisfies PutSealedInput);
    // Nothing was made; where the outcome is unknown, the key is looked for later.
    if ('rejection' in answer) await this.vault.discard(value);
    return answer;
  }

  /** GetParameter, whose answer is one. */
  async get(request: ApiRequest): Promise<ApiReply> {
    const answer = await this.api.query('GetParameter', request);
    if (!('output' in answer)) return answer;
    const { Parameter } = answer.output as { Parameter: Sealed };
    const opened = await this.open(request, [Parameter]);
    return opened ? { output: { Parameter: opened[0] } } : { rejection: CANNOT_OPEN };
  }

  /** The others, whose answers are lists. */
  async getMany(name: string, request: ApiRequest): Promise<ApiReply> {
    const answer = await this.api.query(name, request);
    if (!('output' in answer)) return answer;
    const { Parameters, ...rest } = answer.output as { Parameters: readonly Sealed[] };
    const opened = await this.open(request, Parameters);
    return opened ? { output: { ...rest, Parameters: opened } } : { rejection: CANNOT_OPEN };
  }

  /** A SecureString that nobody asked to open is shown as it is sealed. */
  private async open({ input }: ApiRequest, parameters: readonly Sealed[]): Promise<readonly object[] | undefined> {
    const { WithDecryption } = input as { WithDecryption?: boolean };
    const opened: object[] = [];
    for (const { sealed, ...shown } of parameters) {
      if (sealed === undefined) {
        opened.push(shown);
        continue;
      }
      const isShut = shown.Type === 'SecureString' && !WithDecryption;
      const Value = isShut ? sealed.text : await this.vault.open(sealed);
      if (Value === undefined) return undefined;
      opened.push({ ...shown, Value });
    }
    return opened;
  }
}
