import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi, EventReader } from '#lib/app';
import { AlarmsController } from './api/alarms.controller.js';
import { ApplicationAutoscalingController } from './api/application-autoscaling.controller.js';
import { AutoScalingController } from './api/autoscaling.controller.js';
import { DashboardsController } from './api/dashboards.controller.js';
import { EventsController } from './api/events.controller.js';
import { MetricsController } from './api/metrics.controller.js';
import { PrometheusController } from './api/prometheus.controller.js';
import { RulesController } from './api/rules.controller.js';
import { SchedulesController } from './api/schedules.controller.js';
import type { ScalingState } from './domain/state.js';
import { GroupInstances } from './groups/group-instances.js';
import { MetricsApi } from './metrics/metrics-api.js';
import { MetricsReads } from './metrics/metrics-reads.js';
import { PrometheusApi } from './metrics/prometheus-api.js';
import { ScalingExplainer } from './scaling/scaling-explainer.js';
import { TargetRegistration } from './scaling/target-registration.js';
import { UsageApi } from './usage/usage-api.js';

@Module({})
export class AutoscalerModule {
  static register(
    api: DomainApi<ScalingState>,
    events: EventReader,
    metrics: MetricsApi,
    reads: MetricsReads,
    prometheus: PrometheusApi,
    registration: TargetRegistration,
    usage: UsageApi,
    explainer: ScalingExplainer,
    instances: GroupInstances,
  ): DynamicModule {
    return {
      module: AutoscalerModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: EventReader, useValue: events },
        { provide: MetricsApi, useValue: metrics },
        { provide: MetricsReads, useValue: reads },
        { provide: PrometheusApi, useValue: prometheus },
        { provide: TargetRegistration, useValue: registration },
        { provide: UsageApi, useValue: usage },
        { provide: ScalingExplainer, useValue: explainer },
        { provide: GroupInstances, useValue: instances },
      ],
      controllers: [
        EventsController,
        DashboardsController,
        MetricsController,
        PrometheusController,
        AlarmsController,
        ApplicationAutoscalingController,
        AutoScalingController,
        RulesController,
        SchedulesController,
      ],
    };
  }
}
