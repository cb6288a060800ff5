import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiQuery } from '#lib/app/nest';
import { ExplainApi } from './explain-api.js';

/** Why things are as they are (Longshore's own service). */
@Controller()
export class ExplainController {
  constructor(private readonly api: ExplainApi) {}

  @ApiQuery('longshore', 'Explain')
  explain(request: ApiRequest): Promise<ApiReply> {
    return this.api.explain(request);
  }
}
