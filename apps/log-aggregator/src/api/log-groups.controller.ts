import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';
import { Peers } from '../places/peers.js';
import { StoreFacts } from './store-facts.js';

/** Log groups and how long they are kept. */
@Controller()
export class LogGroupsController {
  constructor(
    private readonly api: DomainApi<LoggingState>,
    private readonly facts: StoreFacts,
    private readonly peers: Peers,
  ) {}

  @ApiCommand('logs', 'CreateLogGroup')
  createLogGroup(request: ApiRequest<object>): Promise<ApiReply> {
    return this.api.command('CreateLogGroup', request, { ...request.input, places: this.peers.places() });
  }

  @ApiCommand('logs', 'DeleteLogGroup')
  deleteLogGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteLogGroup', request);
  }

  @ApiQuery('logs', 'DescribeLogGroups')
  describeLogGroups(request: ApiRequest<object>): Promise<ApiReply> {
    return this.facts.ofGroups(request, (asked) => this.api.query('DescribeLogGroups', asked));
  }

  @ApiQuery('logs', 'ListLogGroups')
  listLogGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListLogGroups', request);
  }

  @ApiCommand('logs', 'PutRetentionPolicy')
  putRetentionPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutRetentionPolicy', request);
  }

  @ApiCommand('logs', 'AssociateKmsKey')
  associateKmsKey(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AssociateKmsKey', request);
  }

  @ApiCommand('logs', 'DisassociateKmsKey')
  disassociateKmsKey(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DisassociateKmsKey', request);
  }

  @ApiCommand('logs', 'DeleteRetentionPolicy')
  deleteRetentionPolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteRetentionPolicy', request);
  }
}
