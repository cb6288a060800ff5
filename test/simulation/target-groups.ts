import type { Chaos } from './faults.js';

type Temper = 'good' | 'sick' | 'flaky';

/** What the clients' services stand behind. `sick`: no target ever passes its checks; `flaky`: they fail from time to time. */
export interface SimulatedTargetGroup {
  readonly arn: string;
  readonly temper: Temper;
  readonly deregistrationDelayMs: number;
  readonly hasLoadBalancer: boolean;
}

const group = (name: string, temper: Temper, deregistrationDelayMs: number, hasLoadBalancer = true): SimulatedTargetGroup => ({
  arn: `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${name}/0123456789abcdef`,
  temper,
  deregistrationDelayMs,
  hasLoadBalancer,
});

export const TARGET_GROUPS = [
  group('good', 'good', 4_000),
  group('slow', 'good', 20_000),
  group('at-once', 'good', 0),
  group('flaky', 'flaky', 8_000),
  group('sick', 'sick', 3_000),
  group('alone', 'good', 1_000, false),
];

export const targetGroup = (arn: string): SimulatedTargetGroup | undefined => TARGET_GROUPS.find((one) => one.arn === arn);
export const isSickGroup = ({ targetGroupArn }: { readonly targetGroupArn: string }): boolean =>
  targetGroup(targetGroupArn)?.temper === 'sick';

/** Of a service whose container `main` has port 80. */
export const behindSome = (chaos: Chaos): readonly object[] => {
  const first = chaos.pick(TARGET_GROUPS);
  const second = chaos.pick(TARGET_GROUPS);
  const both = chaos.random.next() < 0.2 && first !== second;
  return (both ? [first, second] : [first]).map(({ arn }) => ({ targetGroupArn: arn, containerName: 'main', containerPort: 80 }));
};

const RULES = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener-rule/app';

/** Behind a rule of its own, with two sides. */
export const twoSided = (chaos: Chaos, service: string): readonly object[] => {
  const [first, second] = [chaos.pick(TARGET_GROUPS), chaos.pick(TARGET_GROUPS)];
  const other = second === first ? TARGET_GROUPS.find((one) => one !== first)! : second;
  const advancedConfiguration = {
    alternateTargetGroupArn: other.arn,
    productionListenerRule: `${RULES}/${service}/${nameOf(first)}+${nameOf(other)}`,
  };
  return [{ targetGroupArn: first.arn, containerName: 'main', containerPort: 80, advancedConfiguration }];
};

const nameOf = ({ arn }: SimulatedTargetGroup): string => arn.split('/')[1]!;

/** The target groups that a rule forwards to: its name says it. */
export function groupsOfRule(ruleArn: string): readonly string[] {
  const names = ruleArn.startsWith(RULES) ? ruleArn.split('/').at(-1)!.split('+') : [];
  return TARGET_GROUPS.filter((one) => names.includes(nameOf(one))).map(({ arn }) => arn);
}

/** A target as the balancer has it, which its death does not change. */
interface Target {
  readonly temper: Temper;
  readonly registeredMs: number;
  readonly firstCheckedMs: number;
  /** Flaky ones are healthy and unhealthy in turn. */
  readonly healthyForMs: number;
  readonly unhealthyForMs: number;
  /** When its last connection will have ended; undefined until it drains. */
  idleMs?: number;
  isDrained: boolean;
}

/** Journal and proxy of the load balancer: what it has done, whoever of its processes did it. */
export class BalancedTargets {
  private readonly targets = new Map<string, Target>();
  /** By rule, the weight of each target group. */
  private readonly weights = new Map<string, Readonly<Record<string, number>>>();

  constructor(
    private readonly chaos: Chaos,
    private readonly nowMs: () => number,
  ) {}

  /** It gets connections from its first passed check on. */
  register(key: string, { temper }: SimulatedTargetGroup): void {
    const { chaos } = this;
    if (this.targets.has(key)) return;
    this.targets.set(key, {
      temper,
      registeredMs: this.nowMs(),
      firstCheckedMs: this.nowMs() + chaos.between(50, 4_000),
      healthyForMs: chaos.between(15_000, 60_000),
      unhealthyForMs: chaos.between(1_000, 12_000),
      isDrained: false,
    });
  }

  healthOf(key: string): 'initial' | 'healthy' | 'unhealthy' {
    const target = this.targets.get(key);
    const forMs = target ? this.nowMs() - target.firstCheckedMs : -1;
    if (!target || forMs < 0) return 'initial';
    if (target.temper === 'sick') return 'unhealthy';
    if (target.temper === 'good' || this.chaos.calmed) return 'healthy';
    return forMs % (target.healthyForMs + target.unhealthyForMs) < target.healthyForMs ? 'healthy' : 'unhealthy';
  }

  /** No new connections; whether the old ones have ended. Some never do before the delay is over, or long after it. */
  drain(key: string, { deregistrationDelayMs }: SimulatedTargetGroup): boolean {
    const target = this.targets.get(key);
    if (!target) return true;
    target.idleMs ??= this.nowMs() + this.chaos.between(0, this.chaos.random.next() < 0.3 ? 60_000 : deregistrationDelayMs);
    if (this.nowMs() >= target.idleMs) target.isDrained = true;
    return target.isDrained;
  }

  setWeights(ruleArn: string, weights: Readonly<Record<string, number>>): void {
    this.weights.set(ruleArn, weights);
  }

  /** In percent, of the traffic of the rule; undefined while nobody has set any. */
  shareOf(ruleArn: string, targetGroupArn: string): number | undefined {
    const weights = this.weights.get(ruleArn);
    if (!weights) return undefined;
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    return Math.round((1_000 * (weights[targetGroupArn] ?? 0)) / total) / 10;
  }

  mayHaveConnections(key: string): boolean {
    return this.targets.get(key)?.isDrained === false;
  }
}

export const targetKey = (taskArn: string, { targetGroupArn }: { readonly targetGroupArn: string }) =>
  `${taskArn} ${targetGroupArn}`;
