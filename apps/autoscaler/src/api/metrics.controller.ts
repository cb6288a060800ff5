import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { MetricsApi } from '../metrics/metrics-api.js';
import { MetricsReads } from '../metrics/metrics-reads.js';

/** CloudWatch's metrics. */
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: MetricsApi,
    private readonly reads: MetricsReads,
  ) {}

  @ApiCommand('monitoring', 'PutMetricData')
  putMetricData(request: ApiRequest<never>): ApiReply {
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
}
