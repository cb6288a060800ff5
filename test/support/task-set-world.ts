import type { Task, TaskSet } from '#lib/ecs/model';
import { SERVICE_ARN, ServiceWorld } from './service-world.js';

const OF = { cluster: 'default', service: 'web' };

/** The service `web` with the EXTERNAL deployment controller, and whoever controls its deployments. */
export class TaskSetWorld extends ServiceWorld {
  override create(more: object = {}, hosts = 2): void {
    for (let n = 1; n <= hosts; n++) this.instance(String(n).repeat(32));
    this.definition();
    this.given('CreateService', { serviceName: 'web', deploymentController: { type: 'EXTERNAL' }, desiredCount: 4, ...more });
  }

  /** The id of a new task set, at 100 % unless said otherwise. */
  taskSet(value = 100, more: object = {}): string {
    const input = { ...OF, taskDefinition: 'web', healthyAfterMs: 5_000, scale: { value, unit: 'PERCENT' }, ...more };
    return this.given<{ taskSet: { id: string } }>('CreateTaskSet', input).taskSet.id;
  }

  scale(taskSet: string, value: number): void {
    this.given('UpdateTaskSet', { ...OF, taskSet, scale: { value, unit: 'PERCENT' } });
  }

  promote(primaryTaskSet: string): void {
    this.given('UpdateServicePrimaryTaskSet', { ...OF, primaryTaskSet });
  }

  remove(taskSet: string, force = false): void {
    this.given('DeleteTaskSet', { ...OF, taskSet, force });
  }

  get taskSets(): readonly TaskSet[] {
    return [...this.state.taskSets.by('service', SERVICE_ARN)].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  of(id: string): TaskSet | undefined {
    return this.taskSets.find((taskSet) => taskSet.id === id);
  }

  /** Its tasks that nobody has asked to stop. */
  liveOf(id: string): readonly Task[] {
    return this.live.filter((task) => task.replica!.deploymentId === id);
  }

  get isSteady(): boolean {
    return this.taskSets.every(({ stabilityStatus }) => stabilityStatus === 'STEADY_STATE');
  }

  /** Passes, obedient agents and time, until every task set is steady or gone. */
  override becomeSteady(): void {
    for (let round = 0; round < 100; round++) {
      this.settle();
      if (this.isSteady) return;
      this.obey();
      this.wait(2_500);
    }
    throw new Error(`never steady: ${this.said.join('\n')}`);
  }
}
