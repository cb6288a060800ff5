import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';

/** Who of other services may write lines: kept and given back. */
@Controller()
export class ResourcePoliciesController {
  constructor(private readonly api: DomainApi<LoggingState>) {}

  @ApiCommand('logs', 'PutResourcePolicy')
  putResourcePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutResourcePolicy', request);
  }

  @ApiCommand('logs', 'DeleteResourcePolicy')
  deleteResourcePolicy(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteResourcePolicy', request);
  }

  @ApiQuery('logs', 'DescribeResourcePolicies')
  describeResourcePolicies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeResourcePolicies', request);
  }
}
