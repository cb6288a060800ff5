import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { NetworkState } from '../domain/state.js';

/** Tags of whatever has an id. */
@Controller()
export class TagsController {
  constructor(private readonly api: DomainApi<NetworkState>) {}

  @ApiCommand('ec2', 'CreateTags')
  createTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateTags', request);
  }

  @ApiCommand('ec2', 'DeleteTags')
  deleteTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteTags', request);
  }

  @ApiQuery('ec2', 'DescribeTags')
  describeTags(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTags', request);
  }
}
