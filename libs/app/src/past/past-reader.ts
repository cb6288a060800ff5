import { Worker } from 'node:worker_threads';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';
import type { PastReader } from '../domain-api.js';
import type { PastEventReader, PastEventsQuestion } from '../events/event-reader.js';

/** Reads of the past under way at once, and of one account; the next ones are asked to come again (a retryable 503). */
const MAX_WAITING = 16;
const MAX_WAITING_OF_ACCOUNT = 8;
/** Of the thread: its folds and what it keeps. Past it the thread ends, not the writer beside it. */
const MAX_HEAP_MIB = 2_048;

/** What goes to the worker thread and comes back. */
export type PastQuestion = { readonly operation: string; readonly request: ApiRequest } | { readonly events: PastEventsQuestion };
export interface AskedQuestion {
  readonly id: number;
  /** The asking replica has folded so much: the past is at least as long. (A relay of the journal may be a moment behind.) */
  readonly atLeast: number;
  readonly question: PastQuestion;
}
/** Nobody waits for the answer any more. */
export interface GivenUp {
  readonly givenUp: number;
}
export interface PastAnswer {
  readonly id: number;
  readonly reply: ApiReply;
}

/** What of a worker thread is needed here. */
export type PastThread = Pick<Worker, 'on' | 'postMessage' | 'terminate'>;

export const pastThread = (script: URL): PastThread =>
  new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });

/**
 * Hands reads of the past to a worker thread, which folds the journal anew: the live fold never waits for history. The thread
 * starts with the first such read.
 */
export class WorkerPastReader implements PastReader, PastEventReader {
  private worker: PastThread | undefined;
  private readonly waiting = new Map<number, { readonly accountId: string; readonly answer: (reply: ApiReply) => void }>();
  private lastId = 0;

  /** `newWorker`: starts the thread; `folded`: the revision that this replica's fold stands at. */
  constructor(
    private readonly newWorker: () => PastThread,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly folded: () => number,
  ) {}

  query(operation: string, request: ApiRequest): Promise<ApiReply> {
    return this.ask({ operation, request }, request.context.accountId, request.context.deadlineAtMs);
  }

  readEvents(events: PastEventsQuestion, deadlineAtMs: number): Promise<ApiReply> {
    return this.ask({ events }, events.scope.accountId, deadlineAtMs);
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(question: PastQuestion, accountId: string, deadlineAtMs: number): Promise<ApiReply> {
    const ofAccount = [...this.waiting.values()].filter((one) => one.accountId === accountId).length;
    if (this.waiting.size >= MAX_WAITING || ofAccount >= MAX_WAITING_OF_ACCOUNT)
      return Promise.resolve({ unavailable: 'many reads of the past are under way' });
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const cancel = this.clock.after(Math.max(0, deadlineAtMs - this.clock.monotonicMs()), () => {
        this.worker?.postMessage({ givenUp: id } satisfies GivenUp);
        this.settle(id, { unavailable: 'folding that moment takes longer than this request may' });
      });
      const answer = (reply: ApiReply) => {
        cancel();
        resolve(reply);
      };
      this.waiting.set(id, { accountId, answer });
      this.running().postMessage({ id, atLeast: this.folded(), question } satisfies AskedQuestion);
    });
  }

  private settle(id: number, reply: ApiReply): void {
    this.waiting.get(id)?.answer(reply);
    this.waiting.delete(id);
  }

  private running(): PastThread {
    if (this.worker) return this.worker;
    const worker = this.newWorker();
    worker.on('message', ({ id, reply }: PastAnswer) => this.settle(id, reply));
    worker.on('error', (error) =>
      this.logger.error({ err: error }, 'the reader of the past failed; the next read starts it again'),
    );
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      for (const id of this.waiting.keys()) this.settle(id, { unavailable: 'the reader of the past ended' });
    });
    return (this.worker = worker);
  }
}
