import { parentPort } from 'node:worker_threads';
import { BEFORE_ALL, type Journal, untilHead } from '#lib/journal';
import type { Domain, PublicEvents } from '#lib/kernel';
import { type ApiReply, type ApiRequest, connectNats } from '#lib/messaging';
import type { ControlPlaneApp } from '#lib/names';
import { baseConfig, createLogger, systemClock, systemRandom } from '#lib/platform';
import { answerQuery } from '../domain-api.js';
import { PastEvents } from '../events/past-events.js';
import { openDomainFold } from '../open-domain-fold.js';
import { parseMoment } from './moment.js';
import type { AskedQuestion, GivenUp, PastAnswer, PastQuestion } from './past-reader.js';
import { PastBusyError, PastStates } from './past-states.js';

/** Answers an operation from a state of the past and the journal behind it, where the state's queries are not enough. */
export type PastOperation<S> = (state: S, request: ApiRequest, at: string) => Promise<ApiReply>;

export interface PastService<S, O> {
  /** The owning app: its NATS user. */
  readonly app: ControlPlaneApp;
  readonly domain: Domain<S>;
  readonly events?: PublicEvents<S, O>;
  /** Operations beside the domain's queries; `at` is the moment that was asked for, not the last commit before it. */
  readonly operations?: (past: { journal: Journal; states: PastStates<S> }) => Readonly<Record<string, PastOperation<S>>>;
}

/** The worker thread behind `WorkerPastReader`: its own connection, its own folds. The whole of an app's `past-worker.ts`. */
export async function servePast<S, O>({ app, domain, events, operations }: PastService<S, O>): Promise<void> {
  const config = baseConfig(process.env);
  const logger = createLogger(`${app}/past`, config.logLevel);
  const nats = await connectNats({ url: config.natsUrl, user: app, credsPath: config.natsCredsPath });
  const runtime = { nats, clock: systemClock, random: systemRandom, logger };
  const { journal } = await openDomainFold(runtime, domain, 'reader', { upTo: BEFORE_ALL });
  const newFold = async (upTo: typeof BEFORE_ALL, decider = domain.decider) =>
    (await openDomainFold(runtime, domain, 'reader', { upTo, decider })).fold;
  const states = new PastStates(journal, newFold, systemClock);
  const pastEvents = events && new PastEvents(events, domain.decider, journal, newFold, systemClock);
  const others = operations?.({ journal, states }) ?? {};

  async function answer(question: PastQuestion, signal: AbortSignal): Promise<ApiReply> {
    if ('events' in question) {
      if (!pastEvents) throw new Error(`${domain.journal} has no public events`);
      return pastEvents.read(question.events);
    }
    const { operation, request } = question;
    const moment = parseMoment(request.context.asOf ?? '', domain.journal);
    if ('rejection' in moment) return moment;
    const { state, at } = await states.at(moment, { accountId: request.context.accountId, signal });
    const other = others[operation];
    if (!other) return answerQuery(domain, state, operation, request, at);
    const askedMs = 'instantMs' in moment ? Math.min(moment.instantMs, systemClock.now()) : Date.parse(at);
    return other(state, request, new Date(Math.max(askedMs, Date.parse(at))).toISOString());
  }

  /** The questions in hand. */
  const asked = new Map<number, AbortController>();
  parentPort!.on('message', (message: AskedQuestion | GivenUp) => {
    if ('givenUp' in message) return asked.get(message.givenUp)?.abort(new Error('nobody waits for the answer'));
    const { id, atLeast, question } = message;
    const aborting = new AbortController();
    asked.set(id, aborting);
    void untilHead(journal, atLeast, systemClock, aborting.signal)
      .then(() => answer(question, aborting.signal))
      .catch((error: unknown): ApiReply => {
        if (error instanceof PastBusyError) return { unavailable: error.message };
        if (!aborting.signal.aborted) logger.error({ err: error }, 'a read of the past failed');
        return { unavailable: String(error) };
      })
      .then((reply) => parentPort!.postMessage({ id, reply } satisfies PastAnswer))
      .finally(() => asked.delete(id));
  });
}
