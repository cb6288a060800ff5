import { type Deployment, type EcsEvents, type EcsState, type Service, targetsOf, type Task } from '#lib/ecs/model';
import type { EventRecord, Transaction } from '#lib/kernel';
import type { BalancedTargets } from './target-groups.js';

type Must = (property: string, holds: boolean, message: string) => void;

const WEIGHTS = 'weights are where the deployment says';
const TWO_SIDES = 'a side that has traffic keeps its tasks';

/** What a run has to meet before it has shown anything about traffic that moves. */
export const SEEN_OF_TRAFFIC = ['traffic moved', 'shift completed', 'shift taken back', 'hook', 'side cleared'] as const;

/** Whether two revisions of it run side by side. */
export const isBeside = ({ deployments: [primary] }: Service): boolean => {
  const { strategy = 'ROLLING', stage } = primary?.lifecycle ?? {};
  return strategy !== 'ROLLING' && stage !== 'CLEAN_UP' && primary!.rolloutState !== 'COMPLETED';
};

/** Deployments that move traffic, by the weights that the load balancer really has. */
export class TrafficAudit {
  constructor(
    private readonly state: EcsState,
    private readonly balanced: BalancedTargets,
    private readonly must: Must,
    private readonly count: (what: (typeof SEEN_OF_TRAFFIC)[number]) => void,
  ) {}

  /** Before `evolve`. */
  before({ type, data }: EventRecord, { actor, operation }: Transaction): void {
    switch (type) {
      case 'DeploymentTrafficTold': {
        const { serviceArn, deploymentId, shares } = data as EcsEvents['DeploymentTrafficTold'];
        const [primary] = this.state.services.get(serviceArn)!.deployments;
        this.must(WEIGHTS, actor === 'load-balancer' && primary!.id === deploymentId, `${actor} told of ${deploymentId}`);
        for (const share of this.sharesOf(primary!))
          this.must(WEIGHTS, Math.abs(share - shares.production) < 0.1, `${deploymentId} has ${share} of ${shares.production} %`);
        return this.count('traffic moved');
      }
      case 'DeploymentCompleted': {
        const { serviceArn, deploymentId } = data as EcsEvents['DeploymentCompleted'];
        const deployment = this.state.services.get(serviceArn)!.deployments.find(({ id }) => id === deploymentId)!;
        if (!deployment.lifecycle?.shares) return;
        for (const share of this.sharesOf(deployment))
          this.must(WEIGHTS, share === 100, `${deploymentId} completes with ${share} %`);
        return this.count(deployment.lifecycle.isRollback ? 'shift taken back' : 'shift completed');
      }
      case 'DeploymentHooksStarted':
        return this.count('hook');
      case 'TaskStopRequested': {
        const task = this.state.tasks.get((data as EcsEvents['TaskStopRequested']).taskArn)!;
        return operation === 'AdvanceService' ? this.beforeStop(task) : undefined;
      }
    }
  }

  /** Tasks of another revision go only when nothing is sent to them any more, or enough others serve beside them. */
  private beforeStop(task: Task): void {
    const { taskArn, replica, targets = [] } = task;
    const service = this.state.services.get(replica!.serviceArn);
    const [primary] = service?.status === 'ACTIVE' ? service.deployments : [];
    const { strategy = 'ROLLING', stage, sourceId, shares } = primary?.lifecycle ?? {};
    if (!primary || strategy === 'ROLLING' || !shares || primary.rolloutState === 'COMPLETED') return;
    if (replica!.deploymentId === primary.id) return;
    // What is scaled in or replaced beside the new revision is the business of minimum and maximum.
    if (stage !== 'CLEAN_UP' && replica!.deploymentId === sourceId) return;
    // One that was superseded leaves its own rules in order. One that completes with others than before has left the old ones to their owner.
    const own = service!.deployments.find(({ id }) => id === replica!.deploymentId) ?? primary;
    for (const { productionListenerRule } of advancedOf(stage === 'CLEAN_UP' ? primary : own))
      for (const { targetGroupArn } of targets) {
        const share = this.balanced.shareOf(productionListenerRule, targetGroupArn) ?? 0;
        const isOwn = targetsOf(primary).some((one) => one.targetGroupArn === targetGroupArn);
        const isSpare = !serves(task) || this.servingBeside(service!, task, targetGroupArn) >= leastOf(service!);
        this.must(
          TWO_SIDES,
          share === 0 || isOwn || isSpare,
          `${taskArn} goes while ${targetGroupArn} has ${share} % of the traffic`,
        );
      }
    this.count('side cleared');
  }

  private servingBeside(service: Service, task: Task, targetGroupArn: string): number {
    const others = [...this.state.tasks.by('service', service.serviceArn)].filter((other) => other.taskArn !== task.taskArn);
    return others.filter((other) => serves(other) && other.targets!.some((one) => one.targetGroupArn === targetGroupArn)).length;
  }

  /** Of each production rule, what the load balancer sends to the deployment's side. */
  sharesOf(deployment: Deployment): number[] {
    const own = targetsOf(deployment);
    return (deployment.loadBalancers ?? []).flatMap(({ advancedConfiguration: advanced }, i) =>
      advanced ? [this.balanced.shareOf(advanced.productionListenerRule, own[i]!.targetGroupArn) ?? 0] : [],
    );
  }
}

const advancedOf = ({ loadBalancers = [] }: Deployment) =>
  loadBalancers.flatMap(({ advancedConfiguration }) => advancedConfiguration ?? []);

const serves = ({ desiredStatus, lastStatus, targets = [] }: Task): boolean =>
  desiredStatus === 'RUNNING' &&
  lastStatus === 'RUNNING' &&
  targets.length > 0 &&
  targets.every(({ health }) => health === 'healthy');

const leastOf = ({ desiredCount, deploymentConfiguration }: Service): number =>
  Math.min(desiredCount, Math.ceil((desiredCount * deploymentConfiguration.minimumHealthyPercent) / 100));
