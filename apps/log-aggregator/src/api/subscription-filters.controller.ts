import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';

/** Lines that go elsewhere, too. */
@Controller()
export class SubscriptionFiltersController {
  constructor(private readonly api: DomainApi<LoggingState>) {}

  @ApiCommand('logs', 'PutSubscriptionFilter')
  putSubscriptionFilter(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutSubscriptionFilter', request);
  }

  @ApiCommand('logs', 'DeleteSubscriptionFilter')
  deleteSubscriptionFilter(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteSubscriptionFilter', request);
  }

  @ApiQuery('logs', 'DescribeSubscriptionFilters')
  describeSubscriptionFilters(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeSubscriptionFilters', request);
  }

  @ApiQuery('logs', 'DescribeDestinations')
  describeDestinations(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeDestinations', request);
  }
}
