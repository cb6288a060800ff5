import { refusals } from '../../model/refusals.js';
import type { AdvancedConfiguration, DeploymentConfiguration, ServiceLoadBalancer } from '../../model/services.js';
import type { ListenerRuleFacts, TargetGroupFacts } from './facts.js';

/** As the model gives it. */
export type AdvancedInput = { readonly [K in keyof AdvancedConfiguration]?: string };

export function sidesOf(given: AdvancedInput): AdvancedConfiguration {
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = given;
  if (!alternateTargetGroupArn)
    throw refusals.invalidParameter('advancedConfiguration.alternateTargetGroupArn can not be blank.');
  if (!productionListenerRule) throw refusals.invalidParameter('advancedConfiguration.productionListenerRule can not be blank.');
  return {
    alternateTargetGroupArn,
    productionListenerRule,
    ...(testListenerRule ? { testListenerRule } : {}),
    // Kept and shown: nobody here would have to take it.
    ...(roleArn ? { roleArn } : {}),
  };
}

/** The second target group and the rules are there, and the rules forward to these target groups and to no others. */
export function checkSides(
  targetGroupArn: string,
  { alternateTargetGroupArn, productionListenerRule, testListenerRule }: AdvancedConfiguration,
  { targetGroups, listenerRules }: { targetGroups: readonly TargetGroupFacts[]; listenerRules: readonly ListenerRuleFacts[] },
): void {
  if (!targetGroups.some((group) => group.targetGroupArn === alternateTargetGroupArn)) {
    throw refusals.invalidParameter(`The target group with targetGroupArn ${alternateTargetGroupArn} does not exist.`);
  }
  const sides = [targetGroupArn, alternateTargetGroupArn];
  for (const ruleArn of [productionListenerRule, ...(testListenerRule ? [testListenerRule] : [])]) {
    const rule = listenerRules.find(({ arn }) => arn === ruleArn);
    if (!rule) throw refusals.invalidParameter(`The listener rule with ARN ${ruleArn} does not exist.`);
    const others = rule.targetGroupArns.filter((arn) => !sides.includes(arn));
    if (rule.targetGroupArns.length > 0 && others.length === 0) continue;
    throw refusals.invalidParameter(
      `The listener rule ${ruleArn} must forward to the target groups ${sides.join(' and ')}, and to no others.`,
    );
  }
}

/** Two that move the same rule, or fill the same target group, would undo each other's work. */
export function refuseShared(wanted: readonly ServiceLoadBalancer[]): void {
  const taken = new Set<string>();
  for (const { targetGroupArn, advancedConfiguration: advanced } of wanted) {
    if (!advanced) continue;
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advanced;
    for (const arn of [alternateTargetGroupArn, productionListenerRule, ...(testListenerRule ? [testListenerRule] : [])]) {
      if (taken.has(arn) || arn === targetGroupArn) {
        throw refusals.invalidParameter(`advancedConfiguration names ${arn} more than once.`);
      }
      taken.add(arn);
    }
  }
}

/** Where traffic moves, every load balancer has a second side. */
export function refuseWithoutSides(
  { strategy }: DeploymentConfiguration,
  loadBalancers: readonly ServiceLoadBalancer[] | undefined = [],
): void {
  if (strategy === 'ROLLING') return;
  if (loadBalancers.some(({ advancedConfiguration }) => !advancedConfiguration)) {
    throw refusals.invalidParameter(
      `The deployment strategy ${strategy} needs an advancedConfiguration for each of loadBalancers: alternateTargetGroupArn and productionListenerRule.`,
    );
  }
  if (loadBalancers.length === 0 && strategy !== 'BLUE_GREEN') {
    throw refusals.invalidParameter(`The deployment strategy ${strategy} shifts traffic by steps and needs loadBalancers.`);
  }
}
