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

  mayHaveConnections(key: string): boolean {
    return this.targets.get(key)?.isDrained === false;
  }
}

export const targetKey = (taskArn: string, { targetGroupArn }: { readonly targetGroupArn: string }) =>
  `${taskArn} ${targetGroupArn}`;
