import { ownCommandOf } from '#lib/messaging';
import type { SendToWriter } from '#lib/app';
import type { Fold } from '#lib/journal';
import type { Clock, Logger, Random } from '#lib/platform';
import type { RecordAlarmStatesInput } from '../domain/alarms.js';
import type { Alarm } from '../domain/model.js';
import type { ScalingState } from '../domain/state.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { FINE_MS } from '../metrics/memory-metric-store.js';
import { type AlarmChange, changeOf, GRACE_MS } from './find-changes.js';

const ownCommand = ownCommandOf('autoscaler');

export interface AlarmLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state'>;
  readonly store: MetricStore;
  /** When samples began to be heard. */
  readonly heardSinceMs: number;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 200;
const AFTER_GRACE_MS = 1_000;

/** Compares all alarms with their metrics right after each bucket of 10 s; only the replica that writes does. */
export class AlarmLoop {
  private running: AbortController | undefined;

  constructor(private readonly deps: AlarmLoopDeps) {}

  start(): void {
    this.stop();
    this.running = new AbortController();
    void this.run(this.running.signal);
  }

  stop(): void {
    this.running?.abort(new Error('stopped'));
    this.running = undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    while (!signal.aborted) {
      const afterBucket = (clock.now() - GRACE_MS - AFTER_GRACE_MS) % FINE_MS;
      // Only the signal ends the sleep early.
      await clock.sleep(FINE_MS - afterBucket, signal).catch(() => undefined);
      if (!signal.aborted) await this.round();
    }
  }

  /** One that cannot be evaluated keeps its state, and holds up none of the others. */
  private changeOf(alarm: Alarm, nowMs: number): AlarmChange | undefined {
    const { store, heardSinceMs, logger } = this.deps;
    try {
      return changeOf(store, alarm, nowMs, Math.max(heardSinceMs, store.knownSinceMs));
    } catch (error) {
      logger.error({ err: error, alarm: alarm.name }, 'an alarm could not be evaluated; it keeps its state');
      return undefined;
    }
  }

  /** The state says what is to be done; what does not get through is found again by the next round. */
  async round(): Promise<void> {
    const { fold, send, clock, random, logger } = this.deps;
    const nowMs = clock.now();
    const states = [...fold.state.alarms.values()].flatMap((alarm) => this.changeOf(alarm, nowMs) ?? []);
    for (let at = 0; at < states.length; at += MOST_AT_ONCE) {
      const input: RecordAlarmStatesInput = { states: states.slice(at, at + MOST_AT_ONCE) };
      const command = { name: 'RecordAlarmStates', ...ownCommand(random, 'RecordAlarmStates', input) };
      const reply = await send(command, clock.monotonicMs() + SEND_FOR_MS);
      if (!('output' in reply)) logger.warn({ reply }, 'states of alarms were not recorded; the next round tries again');
    }
  }
}
