import type { DomainApi } from '#lib/app';
import type { ApiRequest } from '#lib/messaging';
import { KeyUses } from '../../apps/secrets/src/api/key-uses.js';
import { ParameterValues } from '../../apps/secrets/src/api/parameter-values.js';
import { SecretValues } from '../../apps/secrets/src/api/secret-values.js';
import { secrets } from '../../apps/secrets/src/domain/domain.js';
import type { SecretsState } from '../../apps/secrets/src/domain/state.js';
import { Ciphertexts } from '../../apps/secrets/src/vault/ciphertexts.js';
import { MemoryValueKeys } from '../../apps/secrets/src/vault/memory-value-keys.js';
import { Vault } from '../../apps/secrets/src/vault/vault.js';
import { DomainWorld, type WorldCaller } from './domain-world.js';

/** What the operations of the three services answer: the rules of the `secrets` journal and the vault, without journal, bus or time. */
export class SecretsWorld extends DomainWorld<SecretsState> {
  readonly keys = new MemoryValueKeys();
  readonly vault = new Vault(this.keys);
  private readonly secretValues: SecretValues;
  private readonly parameterValues: ParameterValues;
  private readonly keyUses: KeyUses;
  private requests = 0;

  constructor(scope?: WorldCaller) {
    super(secrets, 'secrets', scope);
    const answered = (outcome: any) => ('rejection' in outcome ? { rejection: outcome.rejection } : { output: outcome.output });
    const api = {
      command: (name: string, request: ApiRequest, input = request.input) => Promise.resolve(answered(this.command(name, input))),
      query: (name: string, { input }: ApiRequest) => {
        const answer = this.query<any>(name, input);
        return Promise.resolve(answer?.rejection ? { rejection: answer.rejection } : { output: answer });
      },
    } as Pick<DomainApi<SecretsState>, 'command' | 'query'>;
    this.secretValues = new SecretValues(api, this.state, this.vault);
    this.parameterValues = new ParameterValues(api, this.state, this.vault);
    this.keyUses = new KeyUses(api, this.keys, new Ciphertexts(this.keys));
  }

  private async call(name: string, input: object): Promise<any> {
    const requestId = `request-${String(++this.requests).padStart(32, '0')}`;
    const request = {
      input,
      context: { ...this.scope, requestId, deadlineAtMs: Infinity },
    } as unknown as ApiRequest;
    switch (name) {
      case 'CreateSecret':
      case 'UpdateSecret':
      case 'PutSecretValue':
        return this.secretValues.write(name, request, name === 'PutSecretValue');
      case 'GetSecretValue':
        return this.secretValues.get(request);
      case 'BatchGetSecretValue':
        return this.secretValues.getMany(request);
      case 'CreateKey':
        return this.keyUses.createKey(request);
      case 'Encrypt':
        return this.keyUses.encrypt(request);
      case 'Decrypt':
        return this.keyUses.decrypt(request);
      case 'ReEncrypt':
        return this.keyUses.reEncrypt(request);
      case 'GenerateDataKey':
      case 'GenerateDataKeyWithoutPlaintext':
        return this.keyUses.generateDataKey(request, name === 'GenerateDataKey');
      case 'GenerateRandom':
        return this.keyUses.generateRandom(request);
      case 'PutParameter':
        return this.parameterValues.put(request);
      case 'GetParameter':
        return this.parameterValues.get(request);
      case 'GetParameters':
      case 'GetParametersByPath':
      case 'GetParameterHistory':
        return this.parameterValues.getMany(name, request);
      default:
        if (!(name in this.domain.queries)) return this.command(name, input);
        return { output: this.query(name, input) };
    }
  }

  async ok(name: string, input: object = {}): Promise<any> {
    const answer = await this.call(name, input);
    const rejection = answer.rejection ?? answer.output?.rejection;
    if (rejection) throw new Error(`${name} was refused: ${rejection.message}`);
    return answer.output;
  }

  /** `Code: words`. */
  async refusal(name: string, input: object = {}): Promise<string | undefined> {
    const answer = await this.call(name, input);
    const rejection = answer.rejection ?? answer.output?.rejection;
    return rejection && `${rejection.code}: ${rejection.message}`;
  }
}
