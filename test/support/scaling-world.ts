import { scaling } from '../../apps/autoscaler/src/domain/domain.js';
import type { ScalingState } from '../../apps/autoscaler/src/domain/state.js';
import { ApiWorld } from './api-world.js';
import type { WorldCaller } from './domain-world.js';

/** The `scaling` domain without journal, bus or time. */
export class ScalingWorld extends ApiWorld<ScalingState> {
  constructor(scope?: WorldCaller) {
    super(scaling, 'autoscaler', scope);
  }

  /** One on the processor of a service, over 70 % for one period of 10 s. */
  alarm(AlarmName: string, more: object = {}): string {
    this.ok('PutMetricAlarm', { ...CPU_ALARM, AlarmName, ...more });
    return AlarmName;
  }

  /** A scalable target of a service that is there. */
  target(more: object = {}): { readonly ScalableTargetARN: string } {
    return this.ok('RegisterScalableTarget', {
      ...TARGET,
      MinCapacity: 1,
      MaxCapacity: 10,
      ...more,
      fromEcs: { isScalable: true },
    });
  }
}

export const TARGET = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/default/web',
  ScalableDimension: 'ecs:service:DesiredCount',
};

export const CPU_ALARM = {
  Namespace: 'AWS/ECS',
  MetricName: 'CPUUtilization',
  Dimensions: [
    { Name: 'ServiceName', Value: 'web' },
    { Name: 'ClusterName', Value: 'default' },
  ],
  Statistic: 'Average',
  Period: 10,
  EvaluationPeriods: 1,
  Threshold: 70,
  ComparisonOperator: 'GreaterThanThreshold',
};

/** Without the metrics that it computes with. */
export const MATH_ALARM = { EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' };
