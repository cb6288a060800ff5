import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { EcsState } from '#lib/ecs/model';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** Whom trust policies name for clients that have no keys, such as pipelines. */
@Controller()
export class IamOidcProvidersController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('iam', 'CreateOpenIDConnectProvider')
  createOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateOpenIDConnectProvider', request);
  }

  @ApiCommand('iam', 'DeleteOpenIDConnectProvider')
  deleteOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteOpenIDConnectProvider', request);
  }

  @ApiCommand('iam', 'AddClientIDToOpenIDConnectProvider')
  addClientIDToOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AddClientIDToOpenIDConnectProvider', request);
  }

  @ApiCommand('iam', 'RemoveClientIDFromOpenIDConnectProvider')
  removeClientIDFromOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RemoveClientIDFromOpenIDConnectProvider', request);
  }

  @ApiCommand('iam', 'UpdateOpenIDConnectProviderThumbprint')
  updateOpenIDConnectProviderThumbprint(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateOpenIDConnectProviderThumbprint', request);
  }

  @ApiCommand('iam', 'TagOpenIDConnectProvider')
  tagOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagOpenIDConnectProvider', request);
  }

  @ApiCommand('iam', 'UntagOpenIDConnectProvider')
  untagOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagOpenIDConnectProvider', request);
  }

  @ApiQuery('iam', 'GetOpenIDConnectProvider')
  getOpenIDConnectProvider(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetOpenIDConnectProvider', request);
  }

  @ApiQuery('iam', 'ListOpenIDConnectProviders')
  listOpenIDConnectProviders(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListOpenIDConnectProviders', request);
  }

  @ApiQuery('iam', 'ListOpenIDConnectProviderTags')
  listOpenIDConnectProviderTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListOpenIDConnectProviderTags', request);
  }
}
