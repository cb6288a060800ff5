import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { RegistryState } from '../domain/state.js';

/** What the account's registry in a region is told as a whole. */
@Controller()
export class RegistrySettingsController {
  constructor(private readonly api: DomainApi<RegistryState>) {}

  @ApiCommand('ecr', 'PutRegistryPolicy')
  putRegistryPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutRegistryPolicy', request);
  }

  @ApiCommand('ecr', 'DeleteRegistryPolicy')
  deleteRegistryPolicy(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteRegistryPolicy', request);
  }

  @ApiQuery('ecr', 'GetRegistryPolicy')
  getRegistryPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetRegistryPolicy', request);
  }

  @ApiCommand('ecr', 'PutReplicationConfiguration')
  putReplicationConfiguration(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutReplicationConfiguration', request);
  }

  @ApiQuery('ecr', 'DescribeRegistry')
  describeRegistry(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeRegistry', request);
  }

  @ApiCommand('ecr', 'PutRegistryScanningConfiguration')
  putRegistryScanningConfiguration(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutRegistryScanningConfiguration', request);
  }

  @ApiQuery('ecr', 'GetRegistryScanningConfiguration')
  getRegistryScanningConfiguration(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetRegistryScanningConfiguration', request);
  }

  @ApiQuery('ecr', 'BatchGetRepositoryScanningConfiguration')
  batchGetRepositoryScanningConfiguration(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('BatchGetRepositoryScanningConfiguration', request);
  }

  @ApiCommand('ecr', 'PutAccountSetting')
  putAccountSetting(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('PutAccountSetting', request);
  }

  @ApiQuery('ecr', 'GetAccountSetting')
  getAccountSetting(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetAccountSetting', request);
  }
}
