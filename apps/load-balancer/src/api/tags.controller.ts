import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoadBalancingState } from '../domain/state.js';

/** Tags of everything that ELBv2 lets one tag, and what belongs to the account. */
@Controller()
export class TagsController {
  constructor(private readonly api: DomainApi<LoadBalancingState>) {}

  @ApiCommand('elasticloadbalancing', 'AddTags')
  addTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('AddTags', request);
  }

  @ApiCommand('elasticloadbalancing', 'RemoveTags')
  removeTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RemoveTags', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeTags')
  describeTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTags', request);
  }

  @ApiQuery('elasticloadbalancing', 'GetResourcePolicy')
  getResourcePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetResourcePolicy', request);
  }

  @ApiQuery('elasticloadbalancing', 'DescribeAccountLimits')
  describeAccountLimits(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAccountLimits', request);
  }
}
