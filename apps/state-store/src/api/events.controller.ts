import { Controller } from '@nestjs/common';
import type { ReadEventsInput } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiQuery } from '#lib/app/nest';
import { EventReader } from '#lib/app';

/** Public events, page by page; the gateway makes server-sent events of them. */
@Controller()
export class EventsController {
  constructor(private readonly reader: EventReader) {}

  @ApiQuery('longshore', 'ReadEvents')
  readEvents(request: ApiRequest<ReadEventsInput>): Promise<ApiReply> {
    return this.reader.read(request);
  }
}
