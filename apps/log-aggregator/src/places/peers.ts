import { type Bus, fromJson, type Subscription, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, Periodic } from '#lib/platform';
import type { Questions } from './questions.js';

/** One log aggregator: `process`, of one start, 8 hex digits; `place`, whose files it has. */
export interface Peer {
  readonly process: string;
  readonly place: number;
}

interface Hello extends Peer {
  readonly leaves?: true;
}

const APP = 'log-aggregator';
const SAYS_MS = 1_000;
/** Who is not heard for so long is given no new groups. */
const LIVES_FOR_MS = 3_000;

/** The log aggregators that live, and how one asks another. */
export class Peers {
  private readonly heard = new Map<string, Peer & { readonly atMs: number }>();
  private readonly rounds: Periodic;
  private subscriptions: readonly Subscription[] = [];

  constructor(
    private readonly deps: {
      readonly bus: Pick<Bus, 'publish' | 'subscribe'>;
      readonly clock: Clock;
      readonly questions: Questions;
    },
    readonly self: Peer,
  ) {
    this.rounds = new Periodic(deps.clock, SAYS_MS, () => this.say({}), { first: 'at-once' });
  }

  /** `answer`: what the others ask of this process. */
  start(answer: (question: never) => Promise<unknown>): void {
    const { bus, questions } = this.deps;
    this.subscriptions = [
      bus.subscribe(subjects.peers(APP), ({ payload }) => this.hear(fromJson(payload) as Hello)),
      questions.answer(subjects.peer(APP, this.self.process), answer),
    ];
    this.rounds.start();
  }

  async stop(): Promise<void> {
    this.rounds.stop();
    this.say({ leaves: true });
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  /** Those that live, without this one. */
  others(): readonly Peer[] {
    const now = this.deps.clock.monotonicMs();
    for (const [process, { atMs }] of this.heard) if (now - atMs > LIVES_FOR_MS) this.heard.delete(process);
    return [...this.heard.values()];
  }

  /** All that live. */
  places(): readonly number[] {
    return [this.self, ...this.others()].map(({ place }) => place);
  }

  lives(process: string): boolean {
    return this.others().some((other) => other.process === process);
  }

  ask<O>(process: string, question: object, timeoutMs: number): Promise<O | 'gone'> {
    return this.deps.questions.ask<O>(subjects.peer(APP, process), question, timeoutMs);
  }

  private hear({ process, place, leaves }: Hello): void {
    if (process === this.self.process) return;
    if (leaves) return void this.heard.delete(process);
    const isNew = !this.heard.has(process);
    this.heard.set(process, { process, place, atMs: this.deps.clock.monotonicMs() });
    // It has to know of this one before it answers anybody.
    if (isNew) this.say({});
  }

  private say(more: Pick<Hello, 'leaves'>): void {
    this.deps.bus.publish(subjects.peers(APP), toJson({ ...this.self, ...more } satisfies Hello));
  }
}
