import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { StreamTimes } from '../domain/streams.js';
import {
  type Append,
  type Appended,
  type Counting,
  type Counts,
  type GroupRef,
  type LogStore,
  type Page,
  type Scan,
  StoreUnavailable,
} from '../store/log-store.js';
import type { Questions } from './questions.js';

/** What the aggregator of a place is asked: a call of its store. */
export type StoreQuestion =
  | { readonly call: 'append'; readonly append: Append }
  | { readonly call: 'scan'; readonly scan: Scan }
  | { readonly call: 'count'; readonly counting: Counting }
  | { readonly call: 'streamTimes'; readonly group: GroupRef }
  | { readonly call: 'storedBytes' }
  | { readonly call: 'who' };

/** The gateway waits 10 s. */
const TIMEOUT_MS = 8_000;
/** Of messages in one answer: in JSON they can be six times as long, and the broker takes 8 MiB. */
const ANSWER_BYTES = 512 * 1024;
const ANSWER_EVENTS = 5_000;
/** A page that takes longer ends early, and says where: each of its parts has the whole page's budget. */
const PAGE_MS = 1_000;
const SIZES_KEPT_MS = 60_000;

/** The lines that another aggregator has, asked for part by part. What it cannot answer is `StoreUnavailable`. */
export class RemoteLogStore implements Pick<LogStore, 'append' | 'scan' | 'count' | 'streamTimes' | 'storedBytes'> {
  private sizes: { readonly atMs: number; readonly of: Readonly<Record<string, number>> } | undefined;

  constructor(
    private readonly questions: Questions,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly place: number,
  ) {}

  append(append: Append): Promise<Appended> {
    return this.ask({ call: 'append', append });
  }

  async scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    const events: Page['events'][number][] = [];
    const began = this.clock.monotonicMs();
    let [after, limit, maxBytes] = [scan.after, scan.limit, scan.maxBytes];
    for (;;) {
      signal?.throwIfAborted();
      const part = { ...scan, after, limit: Math.min(limit, ANSWER_EVENTS), maxBytes: Math.min(maxBytes, ANSWER_BYTES) };
      const page = await this.ask<Page>({ call: 'scan', scan: part });
      for (const event of page.events) {
        events.push(event);
        maxBytes -= Buffer.byteLength(event.message);
      }
      limit -= page.events.length;
      if (!page.next) return { events };
      const isEnough = limit <= 0 || maxBytes <= 0 || page.events.length === 0;
      if (isEnough || this.clock.monotonicMs() - began > PAGE_MS) return { events, next: page.next };
      after = page.next;
    }
  }

  /** In one part: parts of a count that ended early can have lines in common. What needs more than a budget reads no text. */
  count(counting: Counting): Promise<Counts> {
    const budgetBytes = Math.min(counting.budgetBytes, Number.MAX_SAFE_INTEGER);
    return this.ask({ call: 'count', counting: { ...counting, budgetBytes } });
  }

  streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    return this.ask({ call: 'streamTimes', group });
  }

  /** As they were a minute ago at most, or when the other one was last heard: AWS's are hours old. */
  async storedBytes(): Promise<Readonly<Record<string, number>>> {
    const now = this.clock.monotonicMs();
    if (this.sizes && now - this.sizes.atMs < SIZES_KEPT_MS) return this.sizes.of;
    try {
      this.sizes = { atMs: now, of: await this.ask({ call: 'storedBytes' }) };
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || !this.sizes) throw error;
    }
    return this.sizes.of;
  }

  private async ask<O>(question: StoreQuestion): Promise<O> {
    const answer = await this.questions.ask<O>(subjects.logStore(this.place), question, TIMEOUT_MS);
    if (answer === 'gone')
      throw new StoreUnavailable(`Log aggregator ${this.place} has these lines, and does not run; try again when it does.`);
    return answer;
  }
}

/** The other side: a store's calls, as others ask for them. */
export async function answerOf(store: LogStore, question: StoreQuestion): Promise<unknown> {
  switch (question.call) {
    case 'append':
      return store.append(question.append);
    case 'scan':
      return store.scan(question.scan);
    case 'count':
      return store.count(question.counting);
    case 'streamTimes':
      return store.streamTimes(question.group);
    case 'storedBytes':
      return store.storedBytes();
    case 'who':
      return 'here';
  }
}
