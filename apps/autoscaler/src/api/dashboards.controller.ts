import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';

/** CloudWatch's dashboards, which are kept; and what is always empty here, because nobody can make any. */
@Controller()
export class DashboardsController {
  constructor(private readonly api: DomainApi<ScalingState>) {}

  @ApiCommand('monitoring', 'PutDashboard')
  putDashboard(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutDashboard', request);
  }

  @ApiCommand('monitoring', 'DeleteDashboards')
  deleteDashboards(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteDashboards', request);
  }

  @ApiQuery('monitoring', 'GetDashboard')
  getDashboard(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetDashboard', request);
  }

  @ApiQuery('monitoring', 'ListDashboards')
  listDashboards(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListDashboards', request);
  }

  @ApiQuery('monitoring', 'DescribeAnomalyDetectors')
  describeAnomalyDetectors(): ApiReply {
    return { output: { AnomalyDetectors: [] } };
  }

  @ApiQuery('monitoring', 'DescribeInsightRules')
  describeInsightRules(): ApiReply {
    return { output: { InsightRules: [] } };
  }

  @ApiQuery('monitoring', 'ListMetricStreams')
  listMetricStreams(): ApiReply {
    return { output: { Entries: [] } };
  }
}
