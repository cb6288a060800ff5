import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { AlarmsController } from './api/alarms.controller.js';
import { ApplicationAutoscalingController } from './api/application-autoscaling.controller.js';
import { AutoScalingController } from './api/autoscaling.controller.js';
import { MetricsController } from './api/metrics.controller.js';
import { PrometheusController } from './api/prometheus.controller.js';
import type { ScalingState } from './domain/state.js';
import { GroupInstances } from './groups/group-instances.js';
import { MetricsApi } from './metrics/metrics-api.js';
import { MetricsReads } from './metrics/metrics-reads.js';
import { PrometheusApi } from './metrics/prometheus-api.js';
import { TargetRegistration } from './scaling/target-registration.js';

@Module({})
export class AutoscalerModule {
  static register(
    api: DomainApi<ScalingState>,
    metrics: MetricsApi,
    reads: MetricsReads,
    prometheus: PrometheusApi,
    registration: TargetRegistration,
    instances: GroupInstances,
  ): DynamicModule {
    return {
      module: AutoscalerModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: MetricsApi, useValue: metrics },
        { provide: MetricsReads, useValue: reads },
        { provide: PrometheusApi, useValue: prometheus },
        { provide: TargetRegistration, useValue: registration },
        { provide: GroupInstances, useValue: instances },
      ],
      controllers: [
        MetricsController,
        PrometheusController,
        AlarmsController,
        ApplicationAutoscalingController,
        AutoScalingController,
      ],
    };
  }
}
