import { type DynamicModule, Module } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { AlarmsController } from './api/alarms.controller.js';
import { ApplicationAutoscalingController } from './api/application-autoscaling.controller.js';
import { AutoScalingController } from './api/autoscaling.controller.js';
import { MetricsController } from './api/metrics.controller.js';
import type { ScalingState } from './domain/state.js';
import { GroupInstances } from './groups/group-instances.js';
import { MetricsApi } from './metrics/metrics-api.js';
import { TargetRegistration } from './scaling/target-registration.js';

@Module({})
export class AutoscalerModule {
  static register(
    api: DomainApi<ScalingState>,
    metrics: MetricsApi,
    registration: TargetRegistration,
    instances: GroupInstances,
  ): DynamicModule {
    return {
      module: AutoscalerModule,
      providers: [
        { provide: DomainApi, useValue: api },
        { provide: MetricsApi, useValue: metrics },
        { provide: TargetRegistration, useValue: registration },
        { provide: GroupInstances, useValue: instances },
      ],
      controllers: [MetricsController, AlarmsController, ApplicationAutoscalingController, AutoScalingController],
    };
  }
}
