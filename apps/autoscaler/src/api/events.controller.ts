import { Controller } from '@nestjs/common';
import { EventReader } from '#lib/app';
import { ApiQuery } from '#lib/app/nest';
import type { ReadEventsInput } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** What became of alarms and of scaling, page by page; the gateway makes server-sent events of them. */
@Controller()
export class EventsController {
  constructor(private readonly reader: EventReader) {}

  @ApiQuery('longshore', 'ReadScalingEvents')
  readScalingEvents(request: ApiRequest<ReadEventsInput>): Promise<ApiReply> {
    return this.reader.read(request);
  }
}
