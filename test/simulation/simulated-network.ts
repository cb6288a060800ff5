import type { Bus, BusRequest, RequestOutcome, Subscription } from '#lib/messaging';
import type { Chaos } from './faults.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { VirtualTime } from './virtual-time.js';

type Headers = Readonly<Record<string, string>>;

interface Subscriber {
  readonly process: SimulatedProcess;
  readonly tokens: readonly string[];
  readonly handle: (message: BusRequest) => void;
  readonly queue: string | undefined;
}

interface Message {
  readonly from: SimulatedProcess;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Headers;
  /** Undefined for a plain publish. */
  readonly answer: ((outcome: RequestOutcome) => void) | undefined;
}

/** NATS's subjects: `*` is one token, `>` the rest. */
export function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '>') return subject.length > i;
    if (i >= subject.length || (pattern[i] !== '*' && pattern[i] !== subject[i])) return false;
  }
  return pattern.length === subject.length;
}

/** The broker's core messaging: at most once, in no order that one could rely on. */
export class SimulatedNetwork {
  private readonly subscribers = new Set<Subscriber>();
  private readonly routes = new Map<string, readonly Subscriber[]>();
  /** The broker itself is away. */
  isDown = false;
  /** Rises with each restart: what was on its way then is gone. */
  private life = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly chaos: Chaos,
  ) {}

  reaches(process: SimulatedProcess): boolean {
    return !this.isDown && !process.isCutOff;
  }

  goDown(): void {
    this.isDown = true;
    this.life++;
  }

  connect(process: SimulatedProcess): Bus {
    process.died.addEventListener('abort', () => {
      for (const subscriber of this.subscribers) if (subscriber.process === process) this.subscribers.delete(subscriber);
      this.routes.clear();
    });
    return {
      publish: (subject, payload, headers = {}) => {
        if (process.crashesHere()) return;
        this.send({ from: process, subject, payload, headers, answer: undefined });
      },
      request: (subject, payload, { timeoutMs, headers = {} }) =>
        new Promise((resolve) => {
          if (process.crashesHere()) return;
          let isOver = false;
          const settle = (outcome: RequestOutcome) => {
            if (isOver) return;
            isOver = true;
            cancel();
            if (!process.crashesHere()) resolve(outcome);
          };
          const cancel = process.clock.after(timeoutMs, () => settle({ outcome: 'timeout' }));
          this.send({ from: process, subject, payload, headers, answer: (outcome) => process.whenAwake(() => settle(outcome)) });
        }),
      subscribe: (subject, handle, options) => this.subscribe(process, subject, handle, options?.queue),
    };
  }

  private subscribe(
    process: SimulatedProcess,
    subject: string,
    handle: (message: BusRequest) => void,
    queue: string | undefined,
  ): Subscription {
    const subscriber: Subscriber = { process, tokens: subject.split('.'), handle, queue };
    if (process.isAlive) this.subscribers.add(subscriber);
    this.routes.clear();
    return {
      drain: () => {
        this.subscribers.delete(subscriber);
        this.routes.clear();
        return Promise.resolve();
      },
    };
  }

  private send(message: Message): void {
    if (!this.reaches(message.from) || this.chaos.strikes('messageDropped')) return;
    this.travel(() => this.route(message));
  }

  private travel(arrive: () => void): void {
    const { life } = this;
    this.time.after(this.chaos.delayMs(), () => {
      if (life === this.life) arrive();
    });
  }

  /** At the broker: to every plain subscriber, and to one of each queue group. */
  private route(message: Message): void {
    const interested = this.interestedIn(message.subject);
    if (interested.length === 0) {
      this.back(message, { outcome: 'no-responders' });
      return;
    }
    const groups = new Map<string, Subscriber[]>();
    for (const subscriber of interested) {
      if (subscriber.queue === undefined) this.deliver(subscriber, message);
      else groups.set(subscriber.queue, [...(groups.get(subscriber.queue) ?? []), subscriber]);
    }
    for (const members of groups.values()) this.deliver(this.chaos.pick(members), message);
  }

  private interestedIn(subject: string): readonly Subscriber[] {
    const known = this.routes.get(subject);
    if (known) return known;
    const tokens = subject.split('.');
    const interested = [...this.subscribers].filter((subscriber) => matches(subscriber.tokens, tokens));
    this.routes.set(subject, interested);
    return interested;
  }

  private deliver(subscriber: Subscriber, message: Message): void {
    if (this.chaos.strikes('messageDropped')) return;
    const copies = this.chaos.strikes('messageDuplicated') ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.travel(() => this.arrive(subscriber, message));
  }

  private arrive(subscriber: Subscriber, message: Message): void {
    const { process } = subscriber;
    if (!this.reaches(process) || !this.subscribers.has(subscriber)) return;
    const respond = (payload: Uint8Array, headers: Headers = {}) => {
      if (process.crashesHere() || !this.reaches(process)) return;
      this.back(message, { outcome: 'reply', payload, headers });
    };
    const { subject, payload, headers } = message;
    const request: BusRequest = { subject, payload, headers, ...(message.answer ? { respond } : {}) };
    process.whenAwake(() => {
      if (!process.crashesHere()) subscriber.handle(request);
    });
  }

  private back(message: Message, outcome: RequestOutcome): void {
    if (!message.answer || this.chaos.strikes('messageDropped')) return;
    this.travel(() => {
      if (this.reaches(message.from)) message.answer!(outcome);
    });
  }
}
