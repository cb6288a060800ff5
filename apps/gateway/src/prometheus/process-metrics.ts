import type { OwnMetrics } from '#lib/app';
import { type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock, Random } from '#lib/platform';
import { processesText } from './processes-text.js';

export interface ProcessMetricsDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
}

/** A process that holds its loop up for longer is shown as one that does not answer. */
const WAIT_MS = 1_000;
/** For so long one that answered before is missed. */
const REMEMBERED_MS = 10 * 60_000;

interface Round {
  readonly ask: string;
  /** Nobody knows yet who will answer. */
  readonly isFirst: boolean;
  readonly answers: Map<string, OwnMetrics>;
  readonly isComplete: () => void;
}

/** What the processes of the control plane say of themselves, asked when somebody scrapes: as each one's own `/metrics`, with `app` and `replica`. */
export class ProcessMetrics {
  /** When each answered last, by the monotonic clock. */
  private readonly known = new Map<string, { readonly app: string; readonly replica: number; readonly atMs: number }>();
  private listens = false;
  private round: Round | undefined;
  private underWay: Promise<string> | undefined;

  constructor(private readonly deps: ProcessMetricsDeps) {}

  /** Text that Prometheus scrapes. Who asks meanwhile gets the same. */
  read(): Promise<string> {
    this.underWay ??= this.ask().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async ask(): Promise<string> {
    const { bus, clock, random } = this.deps;
    if (!this.listens) bus.subscribe(subjects.allScraped, ({ payload }) => this.take(fromJson(payload) as OwnMetrics));
    this.listens = true;
    const ended = new AbortController();
    const round = {
      ask: random.hex(8),
      isFirst: this.known.size === 0,
      answers: new Map<string, OwnMetrics>(),
      isComplete: () => ended.abort(new Error('all answered')),
    };
    this.round = round;
    bus.publish(subjects.scrape, toJson({ ask: round.ask }));
    // Only the signal ends the sleep early.
    await clock.sleep(WAIT_MS, ended.signal).catch(() => undefined);
    const nowMs = clock.monotonicMs();
    for (const [key, { atMs }] of this.known) if (nowMs - atMs > REMEMBERED_MS) this.known.delete(key);
    const silent = [...this.known].filter(([key]) => !round.answers.has(key)).map(([, process]) => process);
    return processesText([...round.answers.values()], silent);
  }

  private take(told: OwnMetrics): void {
    const { round } = this;
    const key = `${told.app}/${told.replica}`;
    this.known.set(key, { app: told.app, replica: told.replica, atMs: this.deps.clock.monotonicMs() });
    // Too late for its round, it is waited for in the next one.
    if (told.ask !== round?.ask) return;
    round.answers.set(key, told);
    if (!round.isFirst && [...this.known.keys()].every((one) => round.answers.has(one))) round.isComplete();
  }
}
