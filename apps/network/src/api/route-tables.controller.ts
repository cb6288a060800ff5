import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** Route tables, their routes and whose they are. */
@Controller()
export class RouteTablesController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateRouteTable')
  createRouteTable(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateRouteTable', request);
  }

  @ApiCommand('ec2', 'DeleteRouteTable')
  deleteRouteTable(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRouteTable', request);
  }

  @ApiCommand('ec2', 'CreateRoute')
  createRoute(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateRoute', request);
  }

  @ApiCommand('ec2', 'ReplaceRoute')
  replaceRoute(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ReplaceRoute', request);
  }

  @ApiCommand('ec2', 'DeleteRoute')
  deleteRoute(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRoute', request);
  }

  @ApiCommand('ec2', 'AssociateRouteTable')
  associateRouteTable(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AssociateRouteTable', request);
  }

  @ApiCommand('ec2', 'DisassociateRouteTable')
  disassociateRouteTable(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DisassociateRouteTable', request);
  }

  @ApiCommand('ec2', 'ReplaceRouteTableAssociation')
  replaceRouteTableAssociation(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('ReplaceRouteTableAssociation', request);
  }

  @ApiQuery('ec2', 'DescribeRouteTables')
  describeRouteTables(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeRouteTables', request);
  }
}
