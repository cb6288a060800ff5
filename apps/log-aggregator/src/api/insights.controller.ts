import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { SpreadInsights } from '../insights/spread-insights.js';
import { ofNow } from './of-now.js';

/** Logs Insights. Queries are of now, and each of one process. */
@Controller()
export class InsightsController {
  constructor(private readonly insights: SpreadInsights) {}

  @ApiCommand('logs', 'StartQuery')
  startQuery(request: ApiRequest<never>): Promise<ApiReply> {
    return this.insights.start(request);
  }

  @ApiCommand('logs', 'StopQuery')
  stopQuery(request: ApiRequest<never>): Promise<ApiReply> {
    return this.insights.stop(request);
  }

  @ApiQuery('logs', 'GetQueryResults')
  getQueryResults(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.insights.results(request);
  }

  @ApiQuery('logs', 'DescribeQueries')
  describeQueries(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.insights.describe(request);
  }
}
