import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { LoggingState } from '../domain/state.js';

/** Tags of log groups, by both families of operations that CloudWatch Logs has for them. */
@Controller()
export class TagsController {
  constructor(private readonly api: DomainApi<LoggingState>) {}

  @ApiCommand('logs', 'TagLogGroup')
  tagLogGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagLogGroup', request);
  }

  @ApiCommand('logs', 'UntagLogGroup')
  untagLogGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagLogGroup', request);
  }

  @ApiQuery('logs', 'ListTagsLogGroup')
  listTagsLogGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsLogGroup', request);
  }

  @ApiCommand('logs', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagResource', request);
  }

  @ApiCommand('logs', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagResource', request);
  }

  @ApiQuery('logs', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResource', request);
  }
}
