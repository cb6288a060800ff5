import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Tasks that exist already; RunTask and StartTask are the scheduler's. */
@Controller()
export class TasksController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'StopTask')
  stopTask(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('StopTask', request);
  }

  @ApiCommand('ecs', 'UpdateTaskProtection')
  updateTaskProtection(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UpdateTaskProtection', request);
  }

  @ApiQuery('ecs', 'GetTaskProtection')
  getTaskProtection(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetTaskProtection', request);
  }

  @ApiQuery('ecs', 'DescribeTasks')
  describeTasks(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeTasks', request);
  }

  @ApiQuery('ecs', 'ListTasks')
  listTasks(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTasks', request);
  }
}
