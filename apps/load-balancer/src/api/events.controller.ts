import { Controller } from '@nestjs/common';
import { EventReader } from '#lib/app';
import { ApiQuery } from '#lib/app/nest';
import type { ReadEventsInput } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** What became of load balancers and targets, page by page; the gateway makes server-sent events of them. */
@Controller()
export class EventsController {
  constructor(private readonly reader: EventReader) {}

  @ApiQuery('longshore', 'ReadLoadBalancingEvents')
  readLoadBalancingEvents(request: ApiRequest<ReadEventsInput>): Promise<ApiReply> {
    return this.reader.read(request);
  }
}
