import { type EcsState, TASK_METRICS_INTERVAL_MS } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import type { TaskMeans } from '../usage/task-means.js';
import type { TaskUses } from '../usage/task-uses.js';
import { type ClusterUse, samplesOfCluster } from './domain/cluster-samples.js';
import { hasInsights, insightsOf } from './domain/insights-samples.js';
import { BYTES_A_MIB, type ScopedSample } from './domain/task-samples.js';
import type { MetricStore } from './metric-store.js';

export interface ClusterMetricsDeps {
  readonly ecs: { readonly state: EcsState; readonly caughtUpWithStart: Promise<unknown> };
  readonly uses: TaskUses;
  readonly means: TaskMeans;
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MINUTE_MS = 60_000;
/** After the agents have spoken, two seconds past a bucket's end, and before alarms look. */
const OFFSET_MS = 2_600;
/** All agents have spoken once by then. */
const KNOWN_AFTER_MS = 2 * TASK_METRICS_INTERVAL_MS;
/** Of Container Insights, in all accounts: half of what is kept; a store that they filled would take nobody else's. */
const MOST_INSIGHTS = 2_000;

/**
 * Metrics of clusters: each 10 s what is reserved and used of their instances, each minute Container Insights, where they are on. Every replica
 * finds them by itself, so a standby takes over with full windows.
 */
export class ClusterMetrics {
  private life: AbortController | undefined;
  private startedAtMs = 0;
  private lastMinute = -1;
  private complained = false;

  constructor(private readonly deps: ClusterMetricsDeps) {}

  start(): void {
    this.life = new AbortController();
    this.startedAtMs = this.deps.clock.monotonicMs();
    void this.run(this.life.signal);
  }

  stop(): void {
    this.life?.abort(new Error('stopped'));
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, ecs } = this.deps;
    await ecs.caughtUpWithStart;
    while (!signal.aborted) {
      const sinceBucket = (clock.now() - OFFSET_MS) % TASK_METRICS_INTERVAL_MS;
      // Only the signal ends the sleep early.
      await clock.sleep(TASK_METRICS_INTERVAL_MS - sinceBucket, signal).catch(() => undefined);
      if (!signal.aborted) this.round();
    }
  }

  /** Of the bucket that has just ended, and of the minute that ends with the next one: its sample is there before alarms want it. */
  round(): void {
    const { clock, ecs, store, logger } = this.deps;
    const nowMs = clock.now();
    const bucket = Math.floor(nowMs / TASK_METRICS_INTERVAL_MS);
    const atMs = (bucket - 1) * TASK_METRICS_INTERVAL_MS;
    const uses = this.usesByCluster();
    let dropped = 0;
    const put = ({ scope, sample }: ScopedSample) => {
      if (!store.put(scope, sample, nowMs)) dropped++;
    };
    for (const cluster of ecs.state.clusters.values())
      samplesOfCluster(ecs.state, cluster, uses?.get(cluster.clusterArn) ?? (uses && NOTHING), atMs).forEach(put);
    const minute = Math.floor(((bucket + 1) * TASK_METRICS_INTERVAL_MS) / MINUTE_MS);
    if (minute !== this.lastMinute) {
      // At the first look nothing is known yet; a minute of which a part is known counts by that.
      if (this.lastMinute !== -1) dropped += this.insights(minute * MINUTE_MS - TASK_METRICS_INTERVAL_MS, put);
      else this.deps.means.take();
      this.lastMinute = minute;
    }
    if (dropped > 0 && !this.complained)
      logger.warn({ dropped }, 'there is no room for more metrics of clusters: some have none');
    this.complained ||= dropped > 0;
  }

  /** How many were too many. */
  private insights(atMs: number, put: (sample: ScopedSample) => void): number {
    const { ecs, means } = this.deps;
    const uses = means.take();
    let [count, dropped] = [0, 0];
    for (const cluster of ecs.state.clusters.values()) {
      if (!hasInsights(cluster)) continue;
      for (const sample of insightsOf(ecs.state, cluster, uses, atMs)) {
        if (++count <= MOST_INSIGHTS) put(sample);
        else dropped++;
      }
    }
    return dropped;
  }

  private usesByCluster(): ReadonlyMap<string, ClusterUse> | undefined {
    const { clock, ecs, uses } = this.deps;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.startedAtMs < KNOWN_AFTER_MS) return undefined;
    const clusters = new Map<string, { cpuUnits: number; memoryMiB: number }>();
    for (const use of uses.all(nowMs)) {
      const task = ecs.state.tasks.get(use.taskArn);
      if (task?.lastStatus !== 'RUNNING') continue;
      let sum = clusters.get(task.clusterArn);
      if (!sum) clusters.set(task.clusterArn, (sum = { cpuUnits: 0, memoryMiB: 0 }));
      sum.cpuUnits += use.cpuUnits;
      sum.memoryMiB += use.memoryBytes / BYTES_A_MIB;
    }
    return clusters;
  }
}

const NOTHING: ClusterUse = { cpuUnits: 0, memoryMiB: 0 };
