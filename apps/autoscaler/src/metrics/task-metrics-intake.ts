import type { EcsState, TaskMetrics } from '#lib/ecs/model';
import { MOST_TASKS_A_MESSAGE, TASK_METRICS_INTERVAL_MS } from '#lib/ecs/model';
import { fromJson, type Subscription } from '#lib/messaging';
import { agentOfSubject, subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import { samplesOfTask, taskOn } from './domain/task-samples.js';
import type { TaskMeans } from '../usage/task-means.js';
import type { TaskUses } from '../usage/task-uses.js';
import type { MetricMessage, MetricMessages } from './messages/metric-messages.js';
import type { MetricStore } from './metric-store.js';

const MINUTE_MS = 60_000;

export interface TaskMetricsIntakeDeps {
  readonly messages: Pick<MetricMessages, 'hear'>;
  readonly ecs: { readonly state: EcsState };
  readonly store: MetricStore;
  readonly uses: Pick<TaskUses, 'note'>;
  readonly means: Pick<TaskMeans, 'note'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Hears what agents measure; every replica does, so that a standby takes over with full windows. A message is about the 10 s before the
 * broker had it: clocks of other hosts may be hours off. Agents speak two seconds after a bucket's end, so clocks may differ by that.
 */
export class TaskMetricsIntake {
  private heard: Subscription | undefined;

  constructor(private readonly deps: TaskMetricsIntakeDeps) {}

  start(): void {
    this.heard = this.deps.messages.hear(subjects.allTaskMetrics, (message) => this.take(message));
  }

  async stop(): Promise<void> {
    await this.heard?.drain();
  }

  private take({ subject, payload, heardAtMs }: MetricMessage): void {
    const { ecs, store, uses, means, clock, logger } = this.deps;
    const { instanceId } = agentOfSubject(subject);
    const nowMs = clock.now();
    const atMs = Math.floor(heardAtMs / TASK_METRICS_INTERVAL_MS) * TASK_METRICS_INTERVAL_MS - TASK_METRICS_INTERVAL_MS;
    let tasks: TaskMetrics['tasks'];
    try {
      tasks = (fromJson(payload) as TaskMetrics).tasks.slice(0, MOST_TASKS_A_MESSAGE);
    } catch (error) {
      // A host's message: what is wrong with it is that host's.
      logger.warn({ subject, error: (error as Error).message }, 'metrics that are no metrics');
      return;
    }
    let dropped = 0;
    for (const use of tasks) {
      if (taskOn(ecs.state, instanceId, use.taskArn)) {
        uses.note(use, clock.monotonicMs() - (nowMs - heardAtMs));
        // Of what was told before this process began, what is of the minute that is looked at next.
        if (heardAtMs > nowMs - MINUTE_MS) means.note(use);
      }
      for (const { scope, sample } of samplesOfTask(ecs.state, instanceId, use, atMs))
        if (!store.put(scope, { ...sample, heardAtMs }, nowMs)) dropped++;
    }
    if (dropped > 0) logger.warn({ dropped }, 'there is no room for more metrics: some services have none');
  }
}
