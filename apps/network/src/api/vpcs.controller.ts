import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** VPCs, their subnets, and where they are. */
@Controller()
export class VpcsController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateVpc')
  createVpc(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateVpc', request);
  }

  @ApiCommand('ec2', 'DeleteVpc')
  deleteVpc(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteVpc', request);
  }

  @ApiCommand('ec2', 'ModifyVpcAttribute')
  modifyVpcAttribute(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifyVpcAttribute', request);
  }

  @ApiQuery('ec2', 'DescribeVpcs')
  describeVpcs(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeVpcs', request);
  }

  @ApiQuery('ec2', 'DescribeVpcAttribute')
  describeVpcAttribute(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeVpcAttribute', request);
  }

  @ApiCommand('ec2', 'CreateSubnet')
  createSubnet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateSubnet', request);
  }

  @ApiCommand('ec2', 'DeleteSubnet')
  deleteSubnet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteSubnet', request);
  }

  @ApiCommand('ec2', 'ModifySubnetAttribute')
  modifySubnetAttribute(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ModifySubnetAttribute', request);
  }

  @ApiQuery('ec2', 'DescribeSubnets')
  describeSubnets(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSubnets', request);
  }

  @ApiQuery('ec2', 'DescribeAvailabilityZones')
  describeAvailabilityZones(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAvailabilityZones', request);
  }

  @ApiQuery('ec2', 'DescribeRegions')
  describeRegions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeRegions', request);
  }

  @ApiQuery('ec2', 'DescribeNetworkInterfaces')
  describeNetworkInterfaces(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeNetworkInterfaces', request);
  }

  @ApiQuery('ec2', 'DescribeAccountAttributes')
  describeAccountAttributes(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAccountAttributes', request);
  }
}
