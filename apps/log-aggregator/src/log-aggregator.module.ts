import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { LogGroupsController } from './api/log-groups.controller.js';
import { LogStreamsController } from './api/log-streams.controller.js';
import { TagsController } from './api/tags.controller.js';
import type { LoggingState } from './domain/state.js';

@Module({})
export class LogAggregatorModule {
  static register(api: DomainApi<LoggingState>): DynamicModule {
    return {
      module: LogAggregatorModule,
      providers: [{ provide: DomainApi, useValue: api }],
      controllers: [LogGroupsController, LogStreamsController, TagsController],
    };
  }
}
