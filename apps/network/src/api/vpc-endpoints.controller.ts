import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** Endpoints of VPCs, the services that they lead to, and the lists of addresses of these. */
@Controller()
export class VpcEndpointsController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateVpcEndpoint')
  createVpcEndpoint(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateVpcEndpoint', request);
  }

  @ApiCommand('ec2', 'ModifyVpcEndpoint')
  modifyVpcEndpoint(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyVpcEndpoint', request);
  }

  @ApiCommand('ec2', 'DeleteVpcEndpoints')
  deleteVpcEndpoints(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteVpcEndpoints', request);
  }

  @ApiQuery('ec2', 'DescribeVpcEndpoints')
  describeVpcEndpoints(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeVpcEndpoints', request);
  }

  @ApiQuery('ec2', 'DescribeVpcEndpointServices')
  describeVpcEndpointServices(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeVpcEndpointServices', request);
  }

  @ApiQuery('ec2', 'DescribeManagedPrefixLists')
  describeManagedPrefixLists(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeManagedPrefixLists', request);
  }

  @ApiQuery('ec2', 'GetManagedPrefixListEntries')
  getManagedPrefixListEntries(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetManagedPrefixListEntries', request);
  }

  @ApiQuery('ec2', 'DescribePrefixLists')
  describePrefixLists(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribePrefixLists', request);
  }
}
