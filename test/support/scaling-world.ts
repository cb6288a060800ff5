import { scaling } from '../../apps/autoscaler/src/domain/domain.js';
import type { ScalingState } from '../../apps/autoscaler/src/domain/state.js';
import { DomainWorld, type WorldCaller } from './domain-world.js';

/** The `scaling` domain without journal, bus or time. */
export class ScalingWorld extends DomainWorld<ScalingState> {
  constructor(scope?: WorldCaller) {
    super(scaling, 'autoscaler', scope);
  }

  ok(name: string, input: object = {}): any {
    return this.given(name, input);
  }

  ask(name: string, input: object = {}): any {
    const answer = this.query<any>(name, input);
    if (answer?.rejection) throw new Error(`${name} was refused: ${answer.rejection.message}`);
    return answer;
  }

  /** `Code: words`. */
  refusal(name: string, input: object = {}): string | undefined {
    const answer = (name in this.domain.queries ? this.query(name, input) : this.command(name, input)) as {
      rejection?: { code: string; message: string };
    };
    return answer?.rejection && `${answer.rejection.code}: ${answer.rejection.message}`;
  }

  eventsOf(name: string, input: object = {}): readonly string[] {
    const outcome = this.command(name, input);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.events.map(({ type }) => type);
  }

  /** One on the processor of a service, over 70 % for one period of 10 s. */
  alarm(AlarmName: string, more: object = {}): string {
    this.ok('PutMetricAlarm', { ...CPU_ALARM, AlarmName, ...more });
    return AlarmName;
  }
}

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
