import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** What is kept of VPCs and told again: DHCP options and flow logs. */
@Controller()
export class VpcSettingsController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateDhcpOptions')
  createDhcpOptions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateDhcpOptions', request);
  }

  @ApiCommand('ec2', 'AssociateDhcpOptions')
  associateDhcpOptions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AssociateDhcpOptions', request);
  }

  @ApiCommand('ec2', 'DeleteDhcpOptions')
  deleteDhcpOptions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteDhcpOptions', request);
  }

  @ApiQuery('ec2', 'DescribeDhcpOptions')
  describeDhcpOptions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeDhcpOptions', request);
  }

  @ApiCommand('ec2', 'CreateFlowLogs')
  createFlowLogs(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateFlowLogs', request);
  }

  @ApiCommand('ec2', 'DeleteFlowLogs')
  deleteFlowLogs(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteFlowLogs', request);
  }

  @ApiQuery('ec2', 'DescribeFlowLogs')
  describeFlowLogs(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeFlowLogs', request);
  }
}
