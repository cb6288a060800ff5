import { Controller } from '@nestjs/common';
import { ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { PrometheusApi } from '../metrics/prometheus-api.js';

/** What `GET /metrics` and `/prometheus/api/v1` are made of. */
@Controller()
export class PrometheusController {
  constructor(private readonly prometheus: PrometheusApi) {}

  @ApiQuery('longshore', 'ReadMetrics')
  readMetrics(request: ApiRequest<never>): ApiReply {
    return this.prometheus.readMetrics(request);
  }

  @ApiQuery('longshore', 'SearchMetrics')
  searchMetrics(request: ApiRequest<never>): Promise<ApiReply> {
    return this.prometheus.searchMetrics(request);
  }
}
