import type { Deployment, LifecycleStage, TrafficShares } from '#lib/ecs/model';
import { weightsFor, weightsOfSource } from '#lib/ecs/services/lifecycle';
import { BalancedWorld, behind, factsOf, GROUP, OTHER_GROUP } from './balanced-world.js';
import { nextRevision } from './service-world.js';

const LISTENER = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/lb/1/2';
export const PRODUCTION_RULE = `${LISTENER}/production`;
export const TEST_RULE = `${LISTENER}/test`;
export const ADVANCED = {
  alternateTargetGroupArn: OTHER_GROUP,
  productionListenerRule: PRODUCTION_RULE,
  testListenerRule: TEST_RULE,
};
export const TWO_SIDED = {
  loadBalancers: [{ ...behind(GROUP), advancedConfiguration: ADVANCED }],
  targetGroups: [factsOf(GROUP), factsOf(OTHER_GROUP)],
  listenerRules: [PRODUCTION_RULE, TEST_RULE].map((arn) => ({ arn, targetGroupArns: [GROUP, OTHER_GROUP] })),
};
export const BLUE_GREEN = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5 };

/** A service whose deployments move traffic, and the rules of its load balancer as they are told to be. */
export class ShiftWorld extends BalancedWorld {
  /** By rule and target group. */
  weights: Record<string, Record<string, number>> = {};
  isDeaf = false;

  constructor(private readonly configuration: object = BLUE_GREEN) {
    super();
  }

  override create(more: object = {}, hosts = 4): void {
    super.create({ ...TWO_SIDED, deploymentConfiguration: this.configuration, ...more }, hosts);
  }

  get primary(): Deployment {
    return this.service.deployments[0]!;
  }

  get stage(): LifecycleStage | undefined {
    return this.primary.lifecycle?.stage;
  }

  /** Of the production rule. */
  get production(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.weights[PRODUCTION_RULE] ?? {}).map(([arn, weight]) => [arn === GROUP ? 'named' : 'alternate', weight]),
    );
  }

  /** The load balancer does what it is told, and says so. */
  shifts(): void {
    const { id, lifecycle } = this.primary;
    if (this.isDeaf || !lifecycle?.shares || lifecycle.shiftedAt) return;
    for (const { ruleArn, groups } of [...weightsFor(this.primary, lifecycle.shares), ...weightsOfSource(this.service)]) {
      this.weights[ruleArn] = Object.fromEntries(groups.map(({ targetGroupArn, weight }) => [targetGroupArn, weight]));
    }
    this.tellsTraffic(id, lifecycle.shares);
  }

  tellsTraffic(deploymentId: string, shares: TrafficShares, reason?: string): void {
    const { serviceArn } = this.service;
    const input = { serviceArn, deploymentId, shares, ...(reason ? { reason } : {}) };
    this.given('RecordTraffic', input, 'load-balancer');
  }

  override obey(): void {
    super.obey();
    this.shifts();
  }

  /** Scheduler, agents and load balancer, until nothing but time, or a hook, can bring it on. */
  rests(): void {
    for (let round = 0; round < 50; round++) {
      const steps = this.settle();
      const before = this.now;
      const at = JSON.stringify([this.service, this.tasks]);
      this.obey();
      this.now = before;
      if (steps === 0 && at === JSON.stringify([this.service, this.tasks])) return;
    }
    throw new Error(`never at rest: ${JSON.stringify(this.primary.lifecycle)}`);
  }

  stopsDeployment(stopType?: string): object {
    return this.command('StopServiceDeployment', { serviceDeploymentArn: this.primary.serviceDeploymentArn, stopType });
  }

  described(): Record<string, unknown> {
    const input = { serviceDeploymentArns: [this.primary.serviceDeploymentArn] };
    return (this.query('DescribeServiceDeployments', input) as { serviceDeployments: [Record<string, unknown>] })
      .serviceDeployments[0];
  }
}

export const MINUTE_MS = 60_000;

/** Its first revision has completed. */
export function shiftWorld(configuration: object = BLUE_GREEN, more: object = {}): ShiftWorld {
  const world = new ShiftWorld(configuration);
  world.create(more);
  for (let round = 0; round < 3; round++) {
    world.rests();
    world.wait(2_000 * MINUTE_MS);
  }
  world.rests();
  if (world.primary.rolloutState !== 'COMPLETED') throw new Error(`not complete: ${JSON.stringify(world.primary)}`);
  return world;
}

/** Its second revision is rolled out, as far as it goes by itself. */
export function rollingOut(configuration: object = BLUE_GREEN, more: object = {}): ShiftWorld {
  const world = shiftWorld(configuration, more);
  nextRevision(world);
  world.rests();
  return world;
}
