import { randomInt } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { refusable } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { type RandomPasswordInput, randomPassword } from '../domain/secrets/random-password.js';
import type { SecretsState } from '../domain/state.js';
import { SecretValues } from './secret-values.js';

@Controller()
export class SecretsController {
  constructor(
    private readonly api: DomainApi<SecretsState>,
    private readonly values: SecretValues,
  ) {}

  @ApiCommand('secretsmanager', 'CreateSecret')
  createSecret(request: ApiRequest): Promise<ApiAnswer> {
    return this.values.write('CreateSecret', request, false);
  }

  @ApiCommand('secretsmanager', 'UpdateSecret')
  updateSecret(request: ApiRequest): Promise<ApiAnswer> {
    return this.values.write('UpdateSecret', request, false);
  }

  @ApiCommand('secretsmanager', 'PutSecretValue')
  putSecretValue(request: ApiRequest): Promise<ApiAnswer> {
    return this.values.write('PutSecretValue', request, true);
  }

  @ApiQuery('secretsmanager', 'GetSecretValue')
  getSecretValue(request: ApiRequest): Promise<ApiReply> {
    return this.values.get(request);
  }

  @ApiQuery('secretsmanager', 'BatchGetSecretValue')
  batchGetSecretValue(request: ApiRequest): Promise<ApiReply> {
    return this.values.getMany(request);
  }

  @ApiCommand('secretsmanager', 'UpdateSecretVersionStage')
  updateSecretVersionStage(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateSecretVersionStage', request);
  }

  @ApiCommand('secretsmanager', 'DeleteSecret')
  async deleteSecret(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.api.command('DeleteSecret', request);
    if (!('output' in answer)) return answer;
    // Of one that was deleted at once.
    return { ...answer, output: { DeletionDate: new Date().toISOString(), ...(answer.output as object) } };
  }

  @ApiCommand('secretsmanager', 'RestoreSecret')
  restoreSecret(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('RestoreSecret', request);
  }

  @ApiQuery('secretsmanager', 'DescribeSecret')
  describeSecret(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSecret', request);
  }

  @ApiQuery('secretsmanager', 'ListSecrets')
  listSecrets(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListSecrets', request);
  }

  @ApiQuery('secretsmanager', 'ListSecretVersionIds')
  listSecretVersionIds(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListSecretVersionIds', request);
  }

  @ApiQuery('secretsmanager', 'GetResourcePolicy')
  getResourcePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetResourcePolicy', request);
  }

  @ApiQuery('secretsmanager', 'ValidateResourcePolicy')
  validateResourcePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ValidateResourcePolicy', request);
  }

  @ApiCommand('secretsmanager', 'PutResourcePolicy')
  putResourcePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutResourcePolicy', request);
  }

  @ApiCommand('secretsmanager', 'DeleteResourcePolicy')
  deleteResourcePolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteResourcePolicy', request);
  }

  @ApiCommand('secretsmanager', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagResource', request);
  }

  @ApiCommand('secretsmanager', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagResource', request);
  }

  @ApiQuery('secretsmanager', 'GetRandomPassword')
  getRandomPassword(request: ApiRequest<RandomPasswordInput>): Promise<ApiReply> {
    const made = refusable(() => randomPassword(request.input, (n) => randomInt(n)));
    return Promise.resolve('ok' in made ? { output: { RandomPassword: made.ok } } : made);
  }
}
