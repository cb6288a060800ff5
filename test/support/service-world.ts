import { type AdvanceServiceInput, desiredCountOf, planStep } from '#lib/ecs/services/reconcile';
import type { Service, Task, TaskReport } from '#lib/ecs/model';
import { seededRandom } from '#lib/platform';
import { EcsWorld } from './ecs-world.js';

export const SERVICE_ARN = 'arn:aws:ecs:us-east-1:000000000000:service/default/web';

type Life = 'PENDING' | 'RUNNING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

/** One service without journal, bus or time: the scheduler's passes and what agents would report, step by step. */
export class ServiceWorld extends EcsWorld {
  protected readonly serviceArn: string = SERVICE_ARN;
  private readonly random = seededRandom(7);
  private readonly sequences = new Map<string, number>();

  /** `web`: containers of 128 MiB on hosts of 2 GiB. */
  create(more: object = {}, hosts = 2): void {
    for (let n = 1; n <= hosts; n++) this.instance(String(n).repeat(32));
    this.definition();
    this.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 2, healthyAfterMs: 5_000, ...more });
  }

  get service(): Service {
    return this.state.services.get(this.serviceArn)!;
  }

  get tasks(): readonly Task[] {
    return [...this.state.tasks.by('service', this.serviceArn)];
  }

  get live(): readonly Task[] {
    return this.tasks.filter((task) => task.desiredStatus === 'RUNNING');
  }

  /** Messages, the oldest first, without ids of tasks and deployments. */
  get said(): readonly string[] {
    return this.service.messages
      .map(({ message }) => message.replace(/\(task [0-9a-f]{32}\)/g, '(task)').replace(/ecs-svc\/\d+/g, 'ecs-svc/n'))
      .reverse();
  }

  plan(): AdvanceServiceInput | undefined {
    return this.planned().command;
  }

  /** When the scheduler looks again although nothing happens. */
  get wakeAtMs(): number | undefined {
    return this.planned().wakeAtMs;
  }

  private planned() {
    return planStep(this.state, this.service, this.now + 1, () => this.random.next());
  }

  /** One pass of the scheduler; false when there was nothing to do. */
  pass(): boolean {
    const command = this.plan();
    if (command) this.given('AdvanceService', command, 'scheduler');
    return command !== undefined;
  }

  /** Passes until there is nothing to do; the number of steps. */
  settle(limit = 50): number {
    for (let steps = 0; steps < limit; steps++) if (!this.pass()) return steps;
    throw new Error(`the service did not come to rest within ${limit} passes: ${JSON.stringify(this.plan())}`);
  }

  wait(ms: number): void {
    this.now += ms;
  }

  /** What the task's agent reports. */
  report(task: Task, status: Life, more: Partial<TaskReport> = {}): void {
    const known = this.state.tasks.get(task.taskArn);
    if (!known || known.lastStatus === 'STOPPED') return;
    const sequence = (this.sequences.get(task.taskArn) ?? 0) + 1;
    this.sequences.set(task.taskArn, sequence);
    const at = new Date(this.now).toISOString();
    const report: TaskReport = {
      taskArn: task.taskArn,
      sequence,
      status,
      containers: [],
      healthStatus: known.healthStatus,
      ...(known.startedAt ? { startedAt: known.startedAt } : status === 'RUNNING' ? { startedAt: at } : {}),
      ...(status === 'STOPPED' ? { stoppingAt: at, stoppedAt: at } : {}),
      ...more,
    };
    const { containerInstanceArn } = known;
    this.given('RecordTaskProgress', { reports: [{ containerInstanceArn, report }] }, 'health-monitor');
  }

  /** Agents do what is asked of them: new tasks run, those asked to stop are gone. */
  obey(): void {
    for (const task of this.tasks) {
      if (task.desiredStatus === 'STOPPED') this.report(task, 'STOPPED');
      else if (task.lastStatus === 'PENDING') this.report(task, 'RUNNING');
    }
  }

  exits(task: Task): void {
    this.report(task, 'STOPPED', { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' });
  }

  failsToStart(task: Task): void {
    const stoppedReason = 'CannotPullContainerError: no such image';
    this.report(task, 'STOPPED', { startedAt: undefined, stopCode: 'TaskFailedToStart', stoppedReason });
  }

  /** Passes, obedient agents and time, until the deployment has completed. */
  becomeSteady(): void {
    for (let round = 0; round < 100; round++) {
      this.settle();
      this.obey();
      this.wait(2_500);
      const steady = this.service.messages[0]?.message.endsWith('has reached a steady state.');
      if (steady && this.plan() === undefined && this.tasks.length === desiredCountOf(this.state, this.service)) return;
    }
    throw new Error(`never steady: ${this.said.join('\n')}`);
  }
}

export function steadyWorld(more: object = {}, hosts?: number): ServiceWorld {
  const world = new ServiceWorld();
  world.create(more, hosts);
  world.becomeSteady();
  return world;
}

/** `PRIMARY COMPLETED` and so on, of each deployment. */
export const rollouts = (world: ServiceWorld) =>
  world.service.deployments.map(({ status, rolloutState }) => `${status} ${rolloutState}`);

/** `112`: two tasks of revision 1 and one of revision 2. */
export const revisions = (tasks: readonly Task[]) =>
  tasks
    .map((task) => task.taskDefinitionArn.slice(-1))
    .sort()
    .join('');

export function nextRevision(world: ServiceWorld, more: object = {}): void {
  world.definition();
  world.given('UpdateService', { service: 'web', taskDefinition: 'web', ...more });
}
