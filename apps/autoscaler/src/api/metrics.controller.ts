import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { MetricsApi } from '../metrics/metrics-api.js';
import { MetricsReads } from '../metrics/metrics-reads.js';
import { UsageApi } from '../usage/usage-api.js';

/** CloudWatch's metrics, and what `./longshore top` shows. */
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: MetricsApi,
    private readonly reads: MetricsReads,
    private readonly usage: UsageApi,
  ) {}

  @ApiCommand('monitoring', 'PutMetricData')
  putMetricData(request: ApiRequest<never>): Promise<ApiReply> {
    return this.metrics.putMetricData(request);
  }

  @ApiQuery('monitoring', 'GetMetricStatistics')
  getMetricStatistics(request: ApiRequest<never>): Promise<ApiReply> {
    return this.reads.read((metrics) => metrics.getMetricStatistics(request));
  }

  @ApiQuery('monitoring', 'GetMetricData')
  getMetricData(request: ApiRequest<never>): Promise<ApiReply> {
    return this.reads.read((metrics) => metrics.getMetricData(request));
  }

  @ApiQuery('monitoring', 'ListMetrics')
  listMetrics(request: ApiRequest<never>): Promise<ApiReply> {
    return this.reads.read((metrics) => metrics.listMetrics(request));
  }

  @ApiQuery('longshore', 'ReadUsage')
  readUsage(request: ApiRequest<never>): ApiReply {
    return this.usage.read(request);
  }
}
