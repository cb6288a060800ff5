import { Controller, Inject, Module } from '@nestjs/common';
import { DomainApi, EventReader, openOwner } from '#lib/app';
import { ApiCommand, ApiQuery, startApp } from '#lib/app/nest';
import type { ReadEventsInput } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { toy, toyEvents, type ToyState } from './domain.js';
import { explainCounter } from './explain.js';

@Controller()
class ToyController {
  constructor(
    private readonly api: DomainApi<ToyState>,
    private readonly events: EventReader,
    @Inject('explain') private readonly explainNow: (request: ApiRequest) => Promise<ApiReply>,
  ) {}

  @ApiCommand('toy', 'Count')
  count(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('Count', request);
  }

  @ApiQuery('toy', 'DescribeCounter')
  describe(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeCounter', request);
  }

  @ApiQuery('toy', 'ReadEvents')
  readEvents(request: ApiRequest<ReadEventsInput>): Promise<ApiReply> {
    return this.events.read(request);
  }

  @ApiQuery('toy', 'Explain')
  explain(request: ApiRequest): Promise<ApiReply> {
    return this.explainNow(request);
  }
}

@Module({})
class ToyModule {}

await startApp('toy', 'toy', async (runtime) => {
  const pastWorker = new URL('./past-worker.js', import.meta.url);
  const { api, events, fold, journal, past, parts } = await openOwner(runtime, { domain: toy, events: toyEvents, pastWorker });
  const explain = (request: ApiRequest) =>
    request.context.asOf ? past.query('Explain', request) : explainCounter(journal, fold.state, request);
  const providers = [
    { provide: DomainApi, useValue: api },
    { provide: EventReader, useValue: events },
    { provide: 'explain', useValue: explain },
  ];
  return { module: { module: ToyModule, providers, controllers: [ToyController] }, ...parts };
});
