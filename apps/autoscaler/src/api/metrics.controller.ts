import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { MetricsApi } from '../metrics/metrics-api.js';

/** CloudWatch's metrics. */
@Controller()
export class MetricsController {
  constructor(private readonly metrics: MetricsApi) {}

  @ApiCommand('monitoring', 'PutMetricData')
  putMetricData(request: ApiRequest<never>): ApiReply {
    return this.metrics.putMetricData(request);
  }

  @ApiQuery('monitoring', 'GetMetricStatistics')
  getMetricStatistics(request: ApiRequest<never>): ApiReply {
    return this.metrics.getMetricStatistics(request);
  }

  @ApiQuery('monitoring', 'GetMetricData')
  getMetricData(request: ApiRequest<never>): ApiReply {
    return this.metrics.getMetricData(request);
  }

  @ApiQuery('monitoring', 'ListMetrics')
  listMetrics(request: ApiRequest<never>): ApiReply {
    return this.metrics.listMetrics(request);
  }
}
