import { Controller } from '@nestjs/common';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import { ServiceCommands } from './service-commands.js';

/** Services whose deployments someone else controls: their task sets. */
@Controller()
export class TaskSetsController {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly commands: ServiceCommands,
  ) {}

  @ApiCommand('ecs', 'CreateTaskSet')
  createTaskSet(request: ApiRequest): Promise<ApiAnswer> {
    return this.commands.send('CreateTaskSet', request);
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
