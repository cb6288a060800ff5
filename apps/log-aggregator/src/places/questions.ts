import type { RevisionVector } from '#lib/journal';
import { type Bus, type BusRequest, type Folded, fromJson, type Subscription, toJson } from '#lib/messaging';
import type { Logger } from '#lib/platform';
import { StoreUnavailable } from '../store/log-store.js';

/** What one aggregator asks another, in JSON: with what the asker has seen of the journals, so that the other is no further behind. */
interface Asked {
  readonly question: unknown;
  readonly revisions: RevisionVector;
}

type Told = { readonly revisions: RevisionVector } & (
  { readonly output: unknown } | { readonly unavailable: string } | { readonly failed: string }
);

const FOLD_TIMEOUT_MS = 2_000;

export interface QuestionsDeps {
  readonly bus: Pick<Bus, 'request' | 'subscribe'>;
  readonly folded: Folded;
  readonly logger: Logger;
}

/** Questions between aggregators, each on a subject that one process alone answers. */
export class Questions {
  constructor(private readonly deps: QuestionsDeps) {}

  /** 'gone': nobody answers there, and nothing was done. Throws `StoreUnavailable` when it is not known, or not to be had now. */
  async ask<O>(subject: string, question: object, timeoutMs: number): Promise<O | 'gone'> {
    const { bus, folded } = this.deps;
    const asked: Asked = { question, revisions: folded.revisions() };
    const outcome = await bus.request(subject, toJson(asked), { timeoutMs });
    if (outcome.outcome === 'no-responders') return 'gone';
    if (outcome.outcome !== 'reply') throw new StoreUnavailable('Another log aggregator does not answer; try again.');
    const told = fromJson(outcome.payload) as Told;
    if ('unavailable' in told) throw new StoreUnavailable(told.unavailable);
    if ('failed' in told) throw new Error(`another log aggregator failed: ${told.failed}`);
    // The streams and groups that the answer names have to be known here.
    if (!(await folded.waitFor(told.revisions, FOLD_TIMEOUT_MS))) throw new StoreUnavailable(BEHIND);
    return told.output as O;
  }

  answer(subject: string, handle: (question: never) => Promise<unknown>): Subscription {
    const { bus, folded, logger } = this.deps;
    const answered = async ({ payload }: BusRequest): Promise<Told> => {
      const { question, revisions } = fromJson(payload) as Asked;
      try {
        if (!(await folded.waitFor(revisions, FOLD_TIMEOUT_MS))) throw new StoreUnavailable(BEHIND);
        const output = await handle(question as never);
        return { output, revisions: folded.revisions() };
      } catch (error) {
        if (error instanceof StoreUnavailable) return { unavailable: error.message, revisions: {} };
        logger.error({ err: error, subject }, "another log aggregator's question could not be answered");
        return { failed: (error as Error).message, revisions: {} };
      }
    };
    const inHand = new Set<Promise<void>>();
    const subscription = bus.subscribe(subject, (message) => {
      const done = answered(message)
        .then((told) => message.respond?.(toJson(told)))
        .catch((error: unknown) => logger.error({ err: error, subject }, "another log aggregator's question was not answered"));
      inHand.add(done);
      void done.finally(() => inHand.delete(done));
    });
    return {
      drain: async () => {
        await subscription.drain();
        await Promise.all(inHand);
      },
    };
  }
}

const BEHIND = 'A log aggregator is still folding its journal; try again.';
