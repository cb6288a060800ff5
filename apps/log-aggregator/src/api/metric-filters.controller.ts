import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';

/** Metrics from lines. */
@Controller()
export class MetricFiltersController {
  constructor(private readonly api: DomainApi<LoggingState>) {}

  @ApiCommand('logs', 'PutMetricFilter')
  putMetricFilter(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutMetricFilter', request);
  }

  @ApiCommand('logs', 'DeleteMetricFilter')
  deleteMetricFilter(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteMetricFilter', request);
  }

  @ApiQuery('logs', 'DescribeMetricFilters')
  describeMetricFilters(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeMetricFilters', request);
  }

  @ApiQuery('logs', 'TestMetricFilter')
  testMetricFilter(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('TestMetricFilter', request);
  }
}
