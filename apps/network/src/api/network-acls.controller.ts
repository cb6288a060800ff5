import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** Network ACLs. */
@Controller()
export class NetworkAclsController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateNetworkAcl')
  createNetworkAcl(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateNetworkAcl', request);
  }

  @ApiCommand('ec2', 'DeleteNetworkAcl')
  deleteNetworkAcl(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteNetworkAcl', request);
  }

  @ApiCommand('ec2', 'CreateNetworkAclEntry')
  createNetworkAclEntry(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateNetworkAclEntry', request);
  }

  @ApiCommand('ec2', 'ReplaceNetworkAclEntry')
  replaceNetworkAclEntry(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ReplaceNetworkAclEntry', request);
  }

  @ApiCommand('ec2', 'DeleteNetworkAclEntry')
  deleteNetworkAclEntry(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteNetworkAclEntry', request);
  }

  @ApiCommand('ec2', 'ReplaceNetworkAclAssociation')
  replaceNetworkAclAssociation(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ReplaceNetworkAclAssociation', request);
  }

  @ApiQuery('ec2', 'DescribeNetworkAcls')
  describeNetworkAcls(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeNetworkAcls', request);
  }
}
