import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { ScalingState } from '../domain/state.js';

/** CloudWatch's alarms and their tags. */
@Controller()
export class AlarmsController {
  constructor(private readonly api: DomainApi<ScalingState>) {}

  @ApiCommand('monitoring', 'PutMetricAlarm')
  putMetricAlarm(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutMetricAlarm', request);
  }

  @ApiCommand('monitoring', 'PutCompositeAlarm')
  putCompositeAlarm(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutCompositeAlarm', request);
  }

  @ApiCommand('monitoring', 'DeleteAlarms')
  deleteAlarms(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteAlarms', request);
  }

  @ApiCommand('monitoring', 'EnableAlarmActions')
  enableAlarmActions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('EnableAlarmActions', request);
  }

  @ApiCommand('monitoring', 'DisableAlarmActions')
  disableAlarmActions(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DisableAlarmActions', request);
  }

  @ApiCommand('monitoring', 'SetAlarmState')
  setAlarmState(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('SetAlarmState', request);
  }

  @ApiCommand('monitoring', 'TagResource')
  tagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('TagResource', request);
  }

  @ApiCommand('monitoring', 'UntagResource')
  untagResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('UntagResource', request);
  }

  @ApiQuery('monitoring', 'DescribeAlarms')
  describeAlarms(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAlarms', request);
  }

  @ApiQuery('monitoring', 'DescribeAlarmsForMetric')
  describeAlarmsForMetric(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAlarmsForMetric', request);
  }

  @ApiQuery('monitoring', 'DescribeAlarmHistory')
  describeAlarmHistory(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeAlarmHistory', request);
  }

  @ApiQuery('monitoring', 'ListTagsForResource')
  listTagsForResource(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForResource', request);
  }
}
