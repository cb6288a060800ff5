import { Controller } from '@nestjs/common';
import { ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { LiveTail } from '../live/live-tail.js';
import { ofNow } from './of-now.js';

/** Lines as they come, as CloudWatch Logs tells them. */
@Controller()
export class LiveTailController {
  constructor(private readonly liveTail: LiveTail) {}

  @ApiQuery('logs', 'StartLiveTail')
  startLiveTail(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.liveTail.page(request);
  }
}
