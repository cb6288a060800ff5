import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';

/** Queries of Logs Insights that are saved under names. */
@Controller()
export class QueryDefinitionsController {
  constructor(private readonly api: DomainApi<LoggingState>) {}

  @ApiCommand('logs', 'PutQueryDefinition')
  putQueryDefinition(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutQueryDefinition', request);
  }

  @ApiCommand('logs', 'DeleteQueryDefinition')
  deleteQueryDefinition(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteQueryDefinition', request);
  }

  @ApiQuery('logs', 'DescribeQueryDefinitions')
  describeQueryDefinitions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeQueryDefinitions', request);
  }
}
