import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { InsightsController } from './api/insights.controller.js';
import { LiveTailController } from './api/live-tail.controller.js';
import { LogEventsController } from './api/log-events.controller.js';
import { LogSearchController } from './api/log-search.controller.js';
import { LogGroupsController } from './api/log-groups.controller.js';
import { LogStreamsController } from './api/log-streams.controller.js';
import { MetricFiltersController } from './api/metric-filters.controller.js';
import { QueryDefinitionsController } from './api/query-definitions.controller.js';
import { ResourcePoliciesController } from './api/resource-policies.controller.js';
import { StoreFacts } from './api/store-facts.js';
import { SubscriptionFiltersController } from './api/subscription-filters.controller.js';
import { TagsController } from './api/tags.controller.js';
import type { LoggingState } from './domain/state.js';
import { LogEvents } from './events/log-events.js';
import { SpreadInsights } from './insights/spread-insights.js';
import { LiveTail } from './live/live-tail.js';
import { Peers } from './places/peers.js';
import { LogSearch } from './search/log-search.js';

@Module({})
export class LogAggregatorModule {
  static register(
    api: DomainApi<LoggingState>,
    facts: StoreFacts,
    events: LogEvents,
    search: LogSearch,
    insights: SpreadInsights,
    liveTail: LiveTail,
    peers: Peers,
  ): DynamicModule {
    return {
      module: LogAggregatorModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: LogEvents, useValue: events },
        { provide: LogSearch, useValue: search },
        { provide: SpreadInsights, useValue: insights },
        { provide: LiveTail, useValue: liveTail },
        { provide: Peers, useValue: peers },
        { provide: StoreFacts, useValue: facts },
      ],
      controllers: [
        LogGroupsController,
        LogStreamsController,
        LogEventsController,
        LogSearchController,
        InsightsController,
        LiveTailController,
        MetricFiltersController,
        SubscriptionFiltersController,
        ResourcePoliciesController,
        QueryDefinitionsController,
        TagsController,
      ],
    };
  }
}
