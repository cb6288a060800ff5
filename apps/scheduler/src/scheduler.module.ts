import { type DynamicModule, Module } from '@nestjs/common';
import { RunTaskService } from './run-task/run-task-service.js';
import { SchedulerController } from './scheduler.controller.js';

@Module({})
export class SchedulerModule {
  static register(tasks: RunTaskService): DynamicModule {
    return {
      module: SchedulerModule,
      providers: [{ provide: RunTaskService, useValue: tasks }],
      controllers: [SchedulerController],
    };
  }
}
