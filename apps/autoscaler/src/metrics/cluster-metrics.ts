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
  readonly store: Pick<MetricStore, 'hasRoom'>;
  /** To all replicas, this one too. */
  readonly tell: (found: readonly ScopedSample[]) => void;
  /** One replica tells; the others are ready to. */
  readonly isWriter: () => boolean;
  /** Nothing is missing since then of what agents told. */
  readonly heardSinceMs: number;
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
 * finds them and the one that writes tells them; one that takes over tells once more what was found last, and it counts once.
 */
export class ClusterMetrics {
  private life: AbortController | undefined;
  private lastMinute = -1;
  private found: readonly ScopedSample[] = [];
  private complained = false;

  constructor(private readonly deps: ClusterMetricsDeps) {}

  start(): void {
    this.life = new AbortController();
    // The one before this bucket: what a process before this one did not come to tell is told now.
    this.lastMinute = minuteOf(bucketAt(this.deps.clock.now()) - 1);
    void this.run(this.life.signal);
  }

  stop(): void {
    this.life?.abort(new Error('stopped'));
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, ecs } = this.deps;
    await ecs.caughtUpWithStart;
    if (!signal.aborted) this.round();
    while (!signal.aborted) {
      const sinceBucket = (clock.now() - OFFSET_MS) % TASK_METRICS_INTERVAL_MS;
      // Only the signal ends the sleep early.
      await clock.sleep(TASK_METRICS_INTERVAL_MS - sinceBucket, signal).catch(() => undefined);
      if (!signal.aborted) this.round();
    }
  }

  /** As the one that writes from now on. */
  takeOver(): void {
    if (this.found.length > 0) this.deps.tell(this.found);
  }

  /** Of the bucket that has just ended, and of the minute that ends with the next one: its sample is there before alarms want it. */
  round(): void {
    const { clock, ecs, store, tell, isWriter, logger } = this.deps;
    const bucket = bucketAt(clock.now());
    const atMs = (bucket - 1) * TASK_METRICS_INTERVAL_MS;
    const uses = this.usesByCluster();
    const found: ScopedSample[] = [];
    let dropped = 0;
    const put = ({ scope, sample }: ScopedSample) => {
      if (store.hasRoom(scope, [sample])) found.push({ scope, sample: { ...sample, isWhole: true } });
      else dropped++;
    };
    for (const cluster of ecs.state.clusters.values())
      samplesOfCluster(ecs.state, cluster, uses?.get(cluster.clusterArn) ?? (uses && NOTHING), atMs).forEach(put);
    const minute = minuteOf(bucket);
    if (minute !== this.lastMinute) {
      // A minute of which a part is known counts by that.
      dropped += this.insights(minute * MINUTE_MS - TASK_METRICS_INTERVAL_MS, put);
      this.lastMinute = minute;
    }
    this.found = found;
    if (found.length > 0 && isWriter()) tell(found);
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
    if (clock.now() - this.deps.heardSinceMs < KNOWN_AFTER_MS) return undefined;
    const nowMs = clock.monotonicMs();
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

const bucketAt = (ms: number): number => Math.floor(ms / TASK_METRICS_INTERVAL_MS);

/** In which the bucket after this one is. */
const minuteOf = (bucket: number): number => Math.floor(((bucket + 1) * TASK_METRICS_INTERVAL_MS) / MINUTE_MS);

const NOTHING: ClusterUse = { cpuUnits: 0, memoryMiB: 0 };
