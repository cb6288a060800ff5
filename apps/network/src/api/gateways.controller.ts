import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** Ways to the internet: gateways and elastic addresses. */
@Controller()
export class GatewaysController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateInternetGateway')
  createInternetGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateInternetGateway', request);
  }

  @ApiCommand('ec2', 'AttachInternetGateway')
  attachInternetGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AttachInternetGateway', request);
  }

  @ApiCommand('ec2', 'DetachInternetGateway')
  detachInternetGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DetachInternetGateway', request);
  }

  @ApiCommand('ec2', 'DeleteInternetGateway')
  deleteInternetGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteInternetGateway', request);
  }

  @ApiCommand('ec2', 'AllocateAddress')
  allocateAddress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AllocateAddress', request);
  }

  @ApiCommand('ec2', 'ReleaseAddress')
  releaseAddress(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ReleaseAddress', request);
  }

  @ApiCommand('ec2', 'CreateNatGateway')
  createNatGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateNatGateway', request);
  }

  @ApiCommand('ec2', 'DeleteNatGateway')
  deleteNatGateway(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteNatGateway', request);
  }

  @ApiQuery('ec2', 'DescribeInternetGateways')
  describeInternetGateways(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeInternetGateways', request);
  }

  @ApiQuery('ec2', 'DescribeAddresses')
  describeAddresses(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAddresses', request);
  }

  @ApiQuery('ec2', 'DescribeAddressesAttribute')
  describeAddressesAttribute(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAddressesAttribute', request);
  }

  @ApiQuery('ec2', 'DescribeNatGateways')
  describeNatGateways(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeNatGateways', request);
  }
}
