import { ownCommandOf } from '#lib/messaging';
import type { SendToWriter } from '#lib/app';
import type { Commit, Fold } from '#lib/journal';
import type { Clock, Logger, Random } from '#lib/platform';
import type { RecordAlarmStatesInput } from '../domain/alarms.js';
import type { Alarm } from '../domain/model.js';
import { alarmKey, type ScalingState } from '../domain/state.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { FINE_MS } from '../metrics/memory-metric-store.js';
import { type AlarmFinding, findingOf, GRACE_MS, type Unheard } from './find-changes.js';

const ownCommand = ownCommandOf('autoscaler');

export interface AlarmLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state' | 'subscribe'>;
  readonly store: MetricStore;
  /** Of the time that an alarm looks at. */
  readonly unheardOf: (alarm: Alarm) => Unheard;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type AlarmName = Pick<Alarm, 'accountId' | 'region' | 'name'>;

const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 200;
const AFTER_GRACE_MS = 1_000;

/** Compares all alarms with their metrics right after each bucket of 10 s, and one that is put at once; only the replica that writes does. */
export class AlarmLoop {
  private running: AbortController | undefined;
  private unsubscribe: (() => void) | undefined;
  private put: AlarmName[] = [];

  constructor(private readonly deps: AlarmLoopDeps) {}

  start(): void {
    this.stop();
    this.running = new AbortController();
    this.unsubscribe = this.deps.fold.subscribe((commit) => this.heed(commit));
    void this.run(this.running.signal);
  }

  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
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

  /** What it is compared with may be there already. Those that are put together are evaluated together. */
  private heed({ transactions }: Commit): void {
    const isUnderWay = this.put.length > 0;
    for (const { events } of transactions)
      for (const { type, data } of events) if (type === 'AlarmPut') this.put.push(data as AlarmName);
    if (isUnderWay || this.put.length === 0) return;
    queueMicrotask(() => {
      const { alarms } = this.deps.fold.state;
      void this.evaluateSome(this.put.splice(0).flatMap((id) => alarms.get(alarmKey(id, id.name)) ?? []));
    });
  }

  /** One that cannot be evaluated keeps its state, and holds up none of the others. */
  private findingOf(alarm: Alarm, nowMs: number): AlarmFinding | undefined {
    const { store, unheardOf, logger } = this.deps;
    try {
      return findingOf(store, alarm, nowMs, unheardOf(alarm));
    } catch (error) {
      logger.error({ err: error, alarm: alarm.name }, 'an alarm could not be evaluated; it keeps its state');
      return undefined;
    }
  }

  /** The state says what is to be done; what does not get through is found again by the next round. */
  async round(): Promise<void> {
    await this.evaluate([...this.deps.fold.state.alarms.values()]);
  }

  /** Nothing on a replica that does not write. */
  async evaluateSome(alarms: readonly Alarm[]): Promise<void> {
    if (this.running) await this.evaluate(alarms);
  }

  private async evaluate(alarms: readonly Alarm[]): Promise<void> {
    const { send, clock, random, logger } = this.deps;
    const nowMs = clock.now();
    const states = alarms.flatMap((alarm) => this.findingOf(alarm, nowMs) ?? []);
    for (let at = 0; at < states.length; at += MOST_AT_ONCE) {
      const input: RecordAlarmStatesInput = { states: states.slice(at, at + MOST_AT_ONCE) };
      const command = { name: 'RecordAlarmStates', ...ownCommand(random, 'RecordAlarmStates', input) };
      const reply = await send(command, clock.monotonicMs() + SEND_FOR_MS);
      if (!('output' in reply)) logger.warn({ reply }, 'states of alarms were not recorded; the next round tries again');
    }
  }
}
