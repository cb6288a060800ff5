import type { EcsState } from '#lib/ecs/model';
import { resolveCluster, resolveService } from '#lib/ecs/lookup';
import type { Fold } from '#lib/journal';
import { refusable, refuse, type Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { COMPARISONS } from '../alarms/domain/evaluate-alarm.js';
import type { Alarm } from '../domain/model.js';
import { alarmKey, type ScalingState } from '../domain/state.js';
import { logOf } from '../domain/targets/activities.js';
import type { ScalingPolicy } from '../domain/targets/model.js';
import { targetKey } from '../domain/targets/names.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { type ExplainedAlarm, type ExplainedPolicy, explainScaling } from './domain/explain-scaling.js';
import { valueTold } from './domain/situation.js';
import { alarmsNaming, metricNamed, readingFor, type Seen, situationOf } from './situation-of.js';

interface ExplainScalingInput {
  readonly service: string;
  readonly cluster?: string;
}

/** Why a service is scaled as it is, or is not: what the scaling loop would decide now, and on what. */
export class ScalingExplainer {
  constructor(
    private readonly fold: Pick<Fold<ScalingState>, 'state' | 'nowMs'>,
    private readonly ecs: Pick<Fold<EcsState>, 'state'>,
    private readonly store: MetricStore,
  ) {}

  explain({ input, context }: ApiRequest<ExplainScalingInput>): ApiReply {
    const answer = refusable(() => this.explained({ accountId: context.accountId, region: context.region } as Scope, input));
    return 'rejection' in answer ? answer : { output: answer.ok };
  }

  private explained(scope: Scope, { cluster: clusterName, service: serviceName }: ExplainScalingInput) {
    const { state: ecs } = this.ecs;
    const cluster = resolveCluster(ecs, scope, clusterName);
    const service = resolveService(ecs, scope, cluster, serviceName);
    const id = { ...scope, resourceId: `service/${cluster.clusterName}/${service.serviceName}` };
    const { state: scaling } = this.fold;
    const target = scaling.scalableTargets.get(targetKey(id));
    if (!target)
      throw refuse(
        'InvalidParameterException',
        `${id.resourceId} is no scalable target, so nothing but its users changes its desired count. Register one with application-autoscaling register-scalable-target.`,
      );
    const seen: Seen = { scaling, ecs, store: this.store, nowMs: this.fold.nowMs() };
    const policies = [...scaling.scalingPolicies.ordered('target', targetKey(target))].map((policy) => policyOf(seen, policy));
    const activities = logOf(scaling, target);
    return explainScaling({ resourceId: id.resourceId, situation: situationOf(seen, target, service), policies, activities });
  }
}

function policyOf(seen: Seen, policy: ScalingPolicy): ExplainedPolicy {
  const own = policy.alarms.flatMap((name) => seen.scaling.alarms.get(alarmKey(policy, name)) ?? []);
  return {
    name: policy.name,
    kind: policy.settings.targetTracking ? 'target tracking' : 'step scaling',
    alarms: [...new Set([...own, ...alarmsNaming(seen, policy)])].map((alarm) => alarmOf(seen, policy, alarm)),
  };
}

function alarmOf(seen: Seen, policy: ScalingPolicy, alarm: Alarm): ExplainedAlarm {
  const { settings, name, state } = alarm;
  const { comparisonOperator, threshold, evaluationPeriods, datapointsToAlarm = evaluationPeriods, periodSeconds } = settings;
  const reading = readingFor(seen, policy, alarm);
  return {
    name,
    state: state.value,
    condition: `${metricNamed(settings)} ${COMPARISONS[comparisonOperator]!.words} ${threshold} in ${datapointsToAlarm} of ${evaluationPeriods} periods of ${periodSeconds} s`,
    ...(reading ? { value: valueTold(reading) } : {}),
    ...(settings.actionsEnabled ? {} : { isMute: true }),
  };
}
