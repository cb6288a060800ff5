import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand } from '#lib/app/nest';
import { RunTaskService } from './run-task/run-task-service.js';

/** What decides where tasks go. Tasks that exist already are the state store's. */
@Controller()
export class SchedulerController {
  constructor(private readonly tasks: RunTaskService) {}

  @ApiCommand('ecs', 'RunTask')
  runTask(request: ApiRequest): Promise<ApiReply> {
    return this.tasks.runTask(request);
  }

  @ApiCommand('ecs', 'StartTask')
  startTask(request: ApiRequest): Promise<ApiReply> {
    return this.tasks.startTask(request);
  }
}
