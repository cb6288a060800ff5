import type { EcsState, Task } from '#lib/ecs/model';
import { weightsFor, weightsOfSource } from '#lib/ecs/services/lifecycle';
import { MOST_TOLD_AT_ONCE, type TargetReport } from '#lib/ecs/tasks';
import type { CommandSender } from '#lib/messaging';
import type { Clock, Random } from '#lib/platform';
import { type BalancedTargets, targetGroup, targetKey } from './target-groups.js';

const LOOK_EVERY_MS = { least: 50, most: 400 };
const SEND_FOR_MS = 4_000;
/** How often it says again what it has said. */
const REPEATED = 0.1;

export interface LoadBalancerDeps {
  readonly state: EcsState;
  readonly targets: BalancedTargets;
  readonly commands: CommandSender;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What the load balancer has to do for tasks, and nothing else of it: registers those that are ACTIVATING, tells of health that has
 * changed, drains those that are DEACTIVATING, by what its fold says, again and again. Its process may be dead for long.
 */
export class SimulatedLoadBalancer {
  private isOver = false;
  private said: readonly TargetReport[] = [];

  constructor(private readonly deps: LoadBalancerDeps) {}

  async run(): Promise<void> {
    const { clock, random } = this.deps;
    while (!this.isOver) {
      const { least, most } = LOOK_EVERY_MS;
      await clock.sleep(least + Math.floor(random.next() * (most - least)));
      const again = random.next() < REPEATED ? this.said : [];
      const reports = [...this.reports(), ...again].slice(0, MOST_TOLD_AT_ONCE);
      if (reports.length > 0) await this.send(reports);
      await this.moveTraffic();
    }
  }

  stop(): void {
    this.isOver = true;
  }

  private async send(targets: readonly TargetReport[]): Promise<void> {
    const { clock, commands, random } = this.deps;
    const id = random.hex(16);
    const request = { id, principal: 'load-balancer', accountId: '', region: '', requestId: id, operation: 'RecordTargets' };
    await commands.send('RecordTargets', { ...request, input: { targets } }, clock.monotonicMs() + SEND_FOR_MS);
    this.said = targets;
  }

  /** As deployments want it; then says so, in a message that may be lost. */
  private async moveTraffic(): Promise<void> {
    const { state, targets, clock, commands, random } = this.deps;
    const services = [...state.services.values()];
    for (const { serviceArn, status, deployments } of services) {
      const [primary] = deployments;
      const { shares, shiftedAt } = primary?.lifecycle ?? {};
      if (status !== 'ACTIVE' || !primary || !shares || shiftedAt !== undefined) continue;
      for (const { ruleArn, groups } of [...weightsFor(primary, shares), ...weightsOfSource({ deployments })]) {
        targets.setWeights(ruleArn, Object.fromEntries(groups.map(({ targetGroupArn, weight }) => [targetGroupArn, weight])));
      }
      const id = random.hex(16);
      const request = { id, principal: 'load-balancer', accountId: '', region: '', requestId: id, operation: 'RecordTraffic' };
      const input = { serviceArn, deploymentId: primary.id, shares };
      await commands.send('RecordTraffic', { ...request, input }, clock.monotonicMs() + SEND_FOR_MS);
      if (this.isOver) return;
    }
  }

  private *reports(): Iterable<TargetReport> {
    for (const task of this.deps.state.tasks.values()) {
      if (task.targets && task.lastStatus !== 'STOPPED') yield* this.reportsOf(task);
    }
  }

  private *reportsOf({ taskArn, lastStatus, desiredStatus, targets = [] }: Task): Iterable<TargetReport> {
    const { targets: known } = this.deps;
    for (const { targetGroupArn, containerName, containerPort, state, health } of targets) {
      const group = targetGroup(targetGroupArn)!;
      const key = targetKey(taskArn, { targetGroupArn });
      const target = { taskArn, targetGroupArn, containerName, containerPort };
      if (lastStatus === 'ACTIVATING' && state === 'pending') {
        // It was asked to stop before its containers had started, and stops without a drain.
        if (desiredStatus === 'STOPPED') continue;
        known.register(key, group);
        const { deregistrationDelayMs } = group;
        yield { ...target, state: 'registered', deregistrationDelayMs, ...this.healthOf(key) };
      } else if (state === 'registered' && known.healthOf(key) !== health) {
        yield { ...target, ...this.healthOf(key) };
      } else if (state === 'draining' && known.drain(key, group)) {
        yield { ...target, state: 'drained' };
      }
    }
  }

  private healthOf(key: string): Pick<TargetReport, 'health' | 'reason'> {
    const health = this.deps.targets.healthOf(key);
    return health === 'unhealthy' ? { health, reason: 'Health checks failed with these codes: [503]' } : { health };
  }
}
