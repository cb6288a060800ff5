import { Controller } from '@nestjs/common';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { LogEvents } from '../events/log-events.js';
import { ofNow } from './of-now.js';

/** Lines. They are no part of the journal: a moment of the past has the same ones as now. */
@Controller()
export class LogEventsController {
  constructor(private readonly events: LogEvents) {}

  @ApiCommand('logs', 'PutLogEvents')
  putLogEvents(request: ApiRequest<never>): Promise<ApiReply> {
    return this.events.put(request);
  }

  @ApiQuery('logs', 'GetLogEvents')
  getLogEvents(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.events.get(request);
  }

  @ApiQuery('logs', 'FilterLogEvents')
  filterLogEvents(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.events.filter(request);
  }

  @ApiQuery('logs', 'GetLogRecord')
  getLogRecord(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.events.record(request);
  }
}
