import type { TrafficShares } from '../../model/lifecycle.js';
import { type Rollout, type Service, targetsOf } from '../../model/services.js';

export interface WeightedGroup {
  readonly targetGroupArn: string;
  readonly weight: number;
}

/** What a rule, or a listener without rules, is to forward to. */
export interface RuleWeights {
  readonly ruleArn: string;
  readonly groups: readonly [WeightedGroup, WeightedGroup];
}

/** ELBv2's weights are whole and at most 999; shares are percentages that may have a tenth. */
function weightsOf(share: number): readonly [number, number] {
  if (Number.isInteger(share)) return [share, 100 - share];
  const tenths = Math.round(share * 10);
  return [tenths, 1_000 - tenths];
}

/** Both sides are always named: a target group that no rule forwards to has no health checks. */
export function weightsFor(rollout: Pick<Rollout, 'loadBalancers' | 'side'>, shares: TrafficShares): readonly RuleWeights[] {
  const own = targetsOf(rollout);
  return (rollout.loadBalancers ?? []).flatMap(({ targetGroupArn, advancedConfiguration: advanced }, i) => {
    if (!advanced) return [];
    const ownArn = own[i]!.targetGroupArn;
    const otherArn = ownArn === targetGroupArn ? advanced.alternateTargetGroupArn : targetGroupArn;
    const rule = (ruleArn: string, share: number): RuleWeights => {
      const [ours, theirs] = weightsOf(share);
      return {
        ruleArn,
        groups: [
          { targetGroupArn: ownArn, weight: ours },
          { targetGroupArn: otherArn, weight: theirs },
        ],
      };
    };
    const { productionListenerRule, testListenerRule } = advanced;
    return [
      rule(productionListenerRule, shares.production),
      ...(testListenerRule === undefined ? [] : [rule(testListenerRule, shares.test)]),
    ];
  });
}

const ALL_OF_IT: TrafficShares = { production: 100, test: 100 };

/**
 * While a deployment that was superseded is cleared: the rules that its successor does not move, because it was given others. Their traffic
 * goes back to the source, which serves on.
 */
export function weightsOfSource({ deployments }: Pick<Service, 'deployments'>): readonly RuleWeights[] {
  const [primary, ...others] = deployments;
  const { stage, sourceId } = primary?.lifecycle ?? {};
  const source = others.find(({ id }) => id === sourceId);
  if (!primary || !source || stage !== 'RECONCILE_SERVICE' || others.length === 1) return [];
  const moved = new Set(weightsFor(primary, ALL_OF_IT).map(({ ruleArn }) => ruleArn));
  return weightsFor(source, ALL_OF_IT).filter(({ ruleArn }) => !moved.has(ruleArn));
}
