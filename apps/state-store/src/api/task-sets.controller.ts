import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { ServiceDefaults } from './service-defaults.js';

/** Services whose deployments someone else controls: their task sets. */
@Controller()
export class TaskSetsController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly defaults: ServiceDefaults,
  ) {}

  @ApiCommand('ecs', 'CreateTaskSet')
  createTaskSet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('CreateTaskSet', request, this.defaults.addTo(request.input));
  }

  @ApiCommand('ecs', 'UpdateTaskSet')
  updateTaskSet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateTaskSet', request);
  }

  @ApiCommand('ecs', 'UpdateServicePrimaryTaskSet')
  updateServicePrimaryTaskSet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateServicePrimaryTaskSet', request);
  }

  @ApiCommand('ecs', 'DeleteTaskSet')
  deleteTaskSet(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteTaskSet', request);
  }

  @ApiQuery('ecs', 'DescribeTaskSets')
  describeTaskSets(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTaskSets', request);
  }
}
