import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Tags of everything that ECS lets one tag. */
@Controller()
export class TagsController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagResource', request);
  }

  @ApiCommand('ecs', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagResource', request);
  }

  @ApiQuery('ecs', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResource', request);
  }
}
