import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Task definitions: family:revision, immutable once registered. */
@Controller()
export class TaskDefinitionsController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'RegisterTaskDefinition')
  registerTaskDefinition(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('RegisterTaskDefinition', request);
  }

  @ApiCommand('ecs', 'DeregisterTaskDefinition')
  deregisterTaskDefinition(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeregisterTaskDefinition', request);
  }

  @ApiCommand('ecs', 'DeleteTaskDefinitions')
  deleteTaskDefinitions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteTaskDefinitions', request);
  }

  @ApiQuery('ecs', 'DescribeTaskDefinition')
  describeTaskDefinition(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTaskDefinition', request);
  }

  @ApiQuery('ecs', 'ListTaskDefinitions')
  listTaskDefinitions(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTaskDefinitions', request);
  }

  @ApiQuery('ecs', 'ListTaskDefinitionFamilies')
  listTaskDefinitionFamilies(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTaskDefinitionFamilies', request);
  }
}
