import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { SecretsState } from '../domain/state.js';
import { KeyUses } from './key-uses.js';

/**
 * KMS: keys, their aliases, and what they encrypt. Encrypting and decrypting write nothing, and are commands all the same: those cannot be asked
 * of the past (`/as-of/…`), where a key that was disabled since would be of use again.
 */
@Controller()
export class KmsController {
  constructor(
    private readonly api: DomainApi<SecretsState>,
    private readonly uses: KeyUses,
  ) {}

  @ApiCommand('kms', 'CreateKey')
  createKey(request: ApiRequest): Promise<ApiAnswer> {
    return this.uses.createKey(request);
  }

  @ApiCommand('kms', 'UpdateKeyDescription')
  updateKeyDescription(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateKeyDescription', request);
  }

  @ApiCommand('kms', 'PutKeyPolicy')
  putKeyPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutKeyPolicy', request);
  }

  @ApiCommand('kms', 'EnableKey')
  enableKey(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('EnableKey', request);
  }

  @ApiCommand('kms', 'DisableKey')
  disableKey(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DisableKey', request);
  }

  @ApiCommand('kms', 'EnableKeyRotation')
  enableKeyRotation(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('EnableKeyRotation', request);
  }

  @ApiCommand('kms', 'DisableKeyRotation')
  disableKeyRotation(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DisableKeyRotation', request);
  }

  @ApiCommand('kms', 'ScheduleKeyDeletion')
  scheduleKeyDeletion(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('ScheduleKeyDeletion', request);
  }

  @ApiCommand('kms', 'CancelKeyDeletion')
  cancelKeyDeletion(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CancelKeyDeletion', request);
  }

  @ApiCommand('kms', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagKey', request);
  }

  @ApiCommand('kms', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagKey', request);
  }

  @ApiCommand('kms', 'CreateAlias')
  createAlias(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateAlias', request);
  }

  @ApiCommand('kms', 'UpdateAlias')
  updateAlias(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateAlias', request);
  }

  @ApiCommand('kms', 'DeleteAlias')
  deleteAlias(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteAlias', request);
  }

  @ApiQuery('kms', 'DescribeKey')
  describeKey(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeKey', request);
  }

  @ApiQuery('kms', 'ListKeys')
  listKeys(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListKeys', request);
  }

  @ApiQuery('kms', 'ListAliases')
  listAliases(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListAliases', request);
  }

  @ApiQuery('kms', 'GetKeyPolicy')
  getKeyPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetKeyPolicy', request);
  }

  @ApiQuery('kms', 'ListKeyPolicies')
  listKeyPolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListKeyPolicies', request);
  }

  @ApiQuery('kms', 'GetKeyRotationStatus')
  getKeyRotationStatus(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetKeyRotationStatus', request);
  }

  @ApiQuery('kms', 'ListResourceTags')
  listResourceTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListResourceTags', request);
  }

  @ApiCommand('kms', 'Encrypt')
  encrypt(request: ApiRequest): Promise<ApiReply> {
    return this.uses.encrypt(request);
  }

  @ApiCommand('kms', 'Decrypt')
  decrypt(request: ApiRequest): Promise<ApiReply> {
    return this.uses.decrypt(request);
  }

  @ApiCommand('kms', 'ReEncrypt')
  reEncrypt(request: ApiRequest): Promise<ApiReply> {
    return this.uses.reEncrypt(request);
  }

  @ApiCommand('kms', 'GenerateDataKey')
  generateDataKey(request: ApiRequest): Promise<ApiReply> {
    return this.uses.generateDataKey(request, true);
  }

  @ApiCommand('kms', 'GenerateDataKeyWithoutPlaintext')
  generateDataKeyWithoutPlaintext(request: ApiRequest): Promise<ApiReply> {
    return this.uses.generateDataKey(request, false);
  }

  @ApiCommand('kms', 'GenerateRandom')
  generateRandom(request: ApiRequest): Promise<ApiReply> {
    return this.uses.generateRandom(request);
  }
}
