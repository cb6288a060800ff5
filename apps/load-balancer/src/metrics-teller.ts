import type { MetricWindow } from '#lib/metrics';
import { type Bus, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import { SectionWindows, windowOf } from './proxy/metric-windows.js';
import type { LoadBalancingMetrics } from './proxy/metrics.js';

/** The shortest period of CloudWatch's high-resolution alarms. */
const EVERY_MS = 10_000;

export interface MetricsTellerDeps {
  /** What came since `windows` were given to it last. */
  readonly read: (windows: SectionWindows) => Promise<LoadBalancingMetrics | undefined>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly replicaId: string;
  readonly clock: Pick<Clock, 'after' | 'now' | 'monotonicMs'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Tells whoever scales what this replica's HAProxy did in the last ten seconds. A window that nobody heard is lost, as a sample is. */
export class MetricsTeller {
  private readonly windows = new SectionWindows();
  private beganMs = 0;
  private hasTold = false;
  private cancel: (() => void) | undefined;
  private telling: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(private readonly deps: MetricsTellerDeps) {}

  start(): void {
    this.beganMs = this.deps.clock.monotonicMs();
    this.next();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.cancel?.();
    await this.telling;
  }

  private next(): void {
    if (this.isOver) return;
    this.cancel = this.deps.clock.after(EVERY_MS, () => {
      this.telling = this.tell().finally(() => this.next());
    });
  }

  private async tell(): Promise<void> {
    const { read, bus, replicaId, clock, logger } = this.deps;
    try {
      const metrics = await read(this.windows);
      const [began, now] = [this.beganMs, clock.monotonicMs()];
      // No HAProxy, or its first reading: the window begins with what comes.
      if (!metrics) {
        if (!this.hasTold) this.beganMs = now;
        return;
      }
      this.beganMs = now;
      this.hasTold = true;
      const told: MetricWindow = {
        replicaId,
        at: new Date(clock.now()).toISOString(),
        periodMs: Math.round(now - began),
        ...windowOf(metrics),
      };
      bus.publish(subjects.loadBalancingMetrics, toJson(told));
    } catch (error) {
      logger.warn({ err: error }, 'the metrics of the last ten seconds were not told; they are in the next ones');
    }
  }
}
