import type { Fold } from '#lib/journal';
import { type Clock, Periodic } from '#lib/platform';
import type { Alarm, AlarmSettings } from '../domain/model.js';
import type { ScalingState } from '../domain/state.js';
import type { Recall, Window } from '../metrics/history/recall.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { type Unheard, windowsOf } from './find-changes.js';

const EVERY_MS = 1_000;

export interface RecalledWindowsDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state'>;
  readonly store: Pick<MetricStore, 'knownSinceMs'>;
  /** Undefined: nothing is kept beyond memory. */
  readonly recall: Recall | undefined;
  readonly heardSinceMs: number;
  readonly clock: Clock;
  /** Of these alarms more is known now. */
  readonly onRecalled: (alarms: readonly Alarm[]) => Promise<void>;
}

/**
 * The windows of alarms, where they begin before this process heard anything: each is read from history once, also for those that are put later. Every replica
 * does it, since each answers what was measured, and each may be the next to evaluate.
 */
export class RecalledWindows {
  private readonly done = new WeakSet<AlarmSettings>();
  private readonly loop: Periodic;

  constructor(private readonly deps: RecalledWindowsDeps) {
    this.loop = new Periodic(deps.clock, EVERY_MS, () => this.round(), { first: 'after-interval' });
  }

  start(): void {
    this.loop.start();
  }

  stop(): void {
    this.loop.stop();
  }

  /** What is not known of the time that an alarm looks at. */
  unheardOf({ settings }: Alarm): Unheard {
    const { store, recall, heardSinceMs } = this.deps;
    const sinceMs = Math.max(heardSinceMs, store.knownSinceMs);
    if (!recall) return { fromMs: -Infinity, untilMs: sinceMs, isForGood: true };
    if (this.isClockSetBack) return { fromMs: -Infinity, untilMs: sinceMs, why: 'The clock was set back.' };
    if (this.done.has(settings)) return { fromMs: recall.heardBeforeMs, untilMs: recall.untilMs, isForGood: true };
    return { fromMs: -Infinity, untilMs: sinceMs, why: recall.away };
  }

  async round(): Promise<void> {
    const { fold, recall, clock, onRecalled } = this.deps;
    if (!recall?.isReady || this.isClockSetBack) return;
    const nowMs = clock.now();
    const wanted = new Map<Alarm, readonly Window[]>();
    for (const alarm of fold.state.alarms.values()) {
      if (this.done.has(alarm.settings)) continue;
      const windows = windowsOf(alarm, nowMs).filter((window) => !recall.isHeard(window));
      if (windows.length > 0) wanted.set(alarm, windows);
    }
    if (wanted.size === 0) return;
    const filled = await recall.fill([...wanted.values()].flat());
    const alarms = [...wanted].filter(([, windows]) => windows.every((window) => filled.has(window))).map(([alarm]) => alarm);
    for (const { settings } of alarms) this.done.add(settings);
    if (alarms.length > 0) await onRecalled(alarms);
  }

  /** What history has then is of other times than it says. */
  private get isClockSetBack(): boolean {
    return this.deps.store.knownSinceMs !== -Infinity;
  }
}
