import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';
import { StoreFacts } from './store-facts.js';

/** Log streams. */
@Controller()
export class LogStreamsController {
  constructor(
    private readonly api: DomainApi<LoggingState>,
    private readonly facts: StoreFacts,
  ) {}

  @ApiCommand('logs', 'CreateLogStream')
  createLogStream(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateLogStream', request);
  }

  @ApiCommand('logs', 'DeleteLogStream')
  deleteLogStream(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteLogStream', request);
  }

  @ApiQuery('logs', 'DescribeLogStreams')
  describeLogStreams(request: ApiRequest<object>): Promise<ApiReply> {
    return this.facts.ofStreams(request, (asked) => this.api.query('DescribeLogStreams', asked));
  }
}
