import { Worker } from 'node:worker_threads';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';
import type { PastReader } from '../api/ecs-api.js';
import type { PastEventReader, PastEventsQuestion } from '../public-events/event-reader.js';

/** Reads of the past under way at once; the next ones are asked to come again (a retryable 503). */
const MAX_WAITING = 16;

/** What goes to the worker thread and comes back. */
export type PastQuestion = { readonly operation: string; readonly request: ApiRequest } | { readonly events: PastEventsQuestion };
export interface AskedQuestion {
  readonly id: number;
  readonly question: PastQuestion;
}
export interface PastAnswer {
  readonly id: number;
  readonly reply: ApiReply;
}

/**
 * Hands reads of the past to a worker thread, which folds the journal anew: the live fold never waits for history. The thread
 * starts with the first such read.
 */
export class WorkerPastReader implements PastReader, PastEventReader {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (reply: ApiReply) => void>();
  private lastId = 0;

  constructor(
    private readonly script: URL,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  query(operation: string, request: ApiRequest): Promise<ApiReply> {
    return this.ask({ operation, request }, request.context.deadlineMs);
  }

  readEvents(events: PastEventsQuestion, deadlineMs: number): Promise<ApiReply> {
    return this.ask({ events }, deadlineMs);
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(question: PastQuestion, deadlineMs: number): Promise<ApiReply> {
    if (this.waiting.size >= MAX_WAITING) return Promise.resolve({ unavailable: 'many reads of the past are under way' });
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const cancel = this.clock.after(Math.max(0, deadlineMs - this.clock.monotonicMs()), () =>
        this.settle(id, { unavailable: 'folding that moment takes longer than this request may' }),
      );
      this.waiting.set(id, (reply) => {
        cancel();
        resolve(reply);
      });
      this.running().postMessage({ id, question } satisfies AskedQuestion);
    });
  }

  private settle(id: number, reply: ApiReply): void {
    this.waiting.get(id)?.(reply);
    this.waiting.delete(id);
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.script);
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
