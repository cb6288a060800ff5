import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';

/** EventBridge Scheduler: schedules that run tasks of ECS. */
@Controller()
export class SchedulesController {
  constructor(private readonly api: DomainApi<ScalingState>) {}

  @ApiCommand('scheduler', 'CreateSchedule')
  createSchedule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateSchedule', request);
  }

  @ApiCommand('scheduler', 'UpdateSchedule')
  updateSchedule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UpdateSchedule', request);
  }

  @ApiCommand('scheduler', 'DeleteSchedule')
  deleteSchedule(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteSchedule', request);
  }

  @ApiQuery('scheduler', 'GetSchedule')
  getSchedule(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetSchedule', request);
  }

  @ApiQuery('scheduler', 'ListSchedules')
  listSchedules(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListSchedules', request);
  }

  @ApiQuery('scheduler', 'GetScheduleGroup')
  getScheduleGroup(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetScheduleGroup', request);
  }

  @ApiQuery('scheduler', 'ListScheduleGroups')
  listScheduleGroups(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListScheduleGroups', request);
  }

  @ApiCommand('scheduler', 'CreateScheduleGroup')
  createScheduleGroup(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('CreateScheduleGroup', request);
  }

  @ApiCommand('scheduler', 'DeleteScheduleGroup')
  deleteScheduleGroup(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteScheduleGroup', request);
  }

  @ApiCommand('scheduler', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('TagScheduleGroup', request);
  }

  @ApiCommand('scheduler', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('UntagScheduleGroup', request);
  }

  @ApiQuery('scheduler', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsOfScheduleGroup', request);
  }
}
