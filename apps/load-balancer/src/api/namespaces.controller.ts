import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { DiscoveryApi } from '../discovery/discovery-api.js';

/** Namespaces of Cloud Map, what was done to things in them, and tags. */
@Controller()
export class NamespacesController {
  constructor(private readonly discovery: DiscoveryApi) {}

  @ApiCommand('servicediscovery', 'CreateHttpNamespace')
  createHttpNamespace(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('CreateHttpNamespace', request);
  }

  @ApiCommand('servicediscovery', 'CreatePrivateDnsNamespace')
  createPrivateDnsNamespace(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('CreatePrivateDnsNamespace', request);
  }

  @ApiCommand('servicediscovery', 'UpdateHttpNamespace')
  updateHttpNamespace(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('UpdateHttpNamespace', request);
  }

  @ApiCommand('servicediscovery', 'UpdatePrivateDnsNamespace')
  updatePrivateDnsNamespace(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('UpdatePrivateDnsNamespace', request);
  }

  @ApiCommand('servicediscovery', 'DeleteNamespace')
  deleteNamespace(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('DeleteNamespace', request);
  }

  @ApiQuery('servicediscovery', 'GetNamespace')
  getNamespace(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('GetNamespace', request);
  }

  @ApiQuery('servicediscovery', 'ListNamespaces')
  listNamespaces(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('ListNamespaces', request);
  }

  @ApiQuery('servicediscovery', 'GetOperation')
  getOperation(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('GetOperation', request);
  }

  @ApiQuery('servicediscovery', 'ListOperations')
  listOperations(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('ListOperations', request);
  }

  @ApiCommand('servicediscovery', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('TagResource', request);
  }

  @ApiCommand('servicediscovery', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.discovery.command('UntagResource', request);
  }

  @ApiQuery('servicediscovery', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.discovery.query('ListTagsForResource', request);
  }
}
