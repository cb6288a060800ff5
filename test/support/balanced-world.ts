import type { Task, TaskTarget } from '#lib/ecs/model';
import type { TargetReport } from '#lib/ecs/tasks';
import { ServiceWorld } from './service-world.js';

export const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/50dc6c495c0c9188';
export const OTHER_GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/api/60dc6c495c0c9188';
export const DELAY_MS = 30_000;

export const factsOf = (targetGroupArn: string, more: object = {}) => ({
  targetGroupArn,
  targetType: 'instance',
  hasLoadBalancer: true,
  ...more,
});

export const FACTS = { targetGroups: [factsOf(GROUP), factsOf(OTHER_GROUP)] };
export const behind = (targetGroupArn: string) => ({ targetGroupArn, containerName: 'web', containerPort: 80 });
export const BALANCED = { loadBalancers: [behind(GROUP)], ...FACTS };

/** The service `web` behind the target group `web`, and its load balancer, which tells what it is told to tell. */
export class BalancedWorld extends ServiceWorld {
  override create(more: object = {}, hosts = 2): void {
    super.create({ ...BALANCED, ...more }, hosts);
  }

  /** `web` has a port. */
  override definition(containers: readonly object[] = [webContainer()], more: object = {}): string {
    return super.definition(containers, more);
  }

  tell(tasks: readonly Task[], report: Partial<TargetReport>): void {
    const targets = tasks.flatMap(({ taskArn, targets: own = [] }) =>
      own.map(({ targetGroupArn, containerName, containerPort }) => ({
        taskArn,
        targetGroupArn,
        containerName,
        containerPort,
        ...report,
      })),
    );
    if (targets.length > 0) this.given('RecordTargets', { targets }, 'load-balancer');
  }

  register(tasks: readonly Task[] = this.inStatus('ACTIVATING')): void {
    this.tell(tasks, { state: 'registered', deregistrationDelayMs: DELAY_MS });
  }

  health(tasks: readonly Task[], health: TaskTarget['health'], reason?: string): void {
    this.tell(tasks, { health, ...(reason ? { reason } : {}) });
  }

  drained(tasks: readonly Task[] = this.inStatus('DEACTIVATING')): void {
    this.tell(tasks, { state: 'drained' });
  }

  inStatus(status: Task['lastStatus']): readonly Task[] {
    return this.tasks.filter(({ lastStatus }) => lastStatus === status);
  }

  latest(task: Task): Task {
    return this.state.tasks.get(task.taskArn)!;
  }

  /** As agents, and with them the load balancer: what runs is registered and healthy, what drains has drained. */
  override obey(): void {
    this.drained();
    for (const task of this.tasks) {
      if (task.desiredStatus === 'STOPPED') this.report(task, 'STOPPED');
      else if (task.lastStatus === 'PENDING') this.runs(task);
    }
    this.register();
    this.health(
      this.live.filter(({ targets = [] }) => targets.some(({ health }) => health === 'initial')),
      'healthy',
    );
  }

  runs(task: Task): void {
    const networkBindings = [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49_153, protocol: 'tcp' as const }];
    this.report(task, 'RUNNING', {
      containers: [{ name: 'web', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN', restartCount: 0, networkBindings }],
    });
  }
}

export const webContainer = (more: object = {}) => ({
  name: 'web',
  image: 'web',
  memory: 128,
  portMappings: [{ containerPort: 80 }],
  ...more,
});

export function balancedWorld(more: object = {}, hosts?: number): BalancedWorld {
  const world = new BalancedWorld();
  world.create(more, hosts);
  world.becomeSteady();
  return world;
}
