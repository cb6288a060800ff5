import { Controller } from '@nestjs/common';
import { ApiQuery } from '#lib/app/nest';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { LogSearch } from '../search/log-search.js';
import { ofNow } from './of-now.js';

/** Search beyond CloudWatch's: what `GET /logs/search` is made of. */
@Controller()
export class LogSearchController {
  constructor(private readonly logs: LogSearch) {}

  @ApiQuery('longshore', 'SearchLogs')
  searchLogs(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.logs.search(request);
  }

  @ApiQuery('longshore', 'TailLogs')
  tailLogs(request: ApiRequest<never>): Promise<ApiReply> {
    return ofNow(request) ?? this.logs.tail(request);
  }
}
