import { parentPort } from 'node:worker_threads';
import { explainPlacement } from '#lib/ecs/explain';
import { BEFORE_ALL } from '#lib/journal';
import { connectNats, openEcsFold } from '#lib/messaging';
import { baseConfig, createLogger, systemClock, systemRandom } from '#lib/platform';
import { answerQuery } from '../api/ecs-api.js';
import { Explainer } from '../explain/explainer.js';
import { parseMoment } from './moment.js';
import { PastEvents } from '../public-events/past-events.js';
import type { AskedQuestion, GivenUp, PastAnswer, PastQuestion } from './past-reader.js';
import { PastBusyError, PastStates } from './past-states.js';

/** The worker thread behind `WorkerPastReader`: its own connection, its own folds. */
const config = baseConfig(process.env);
const logger = createLogger('state-store/past', config.logLevel);
const nats = await connectNats({ url: config.natsUrl, user: 'state-store', credsPath: config.natsCredsPath });
const runtime = { nats, clock: systemClock, random: systemRandom, logger };
const { journal } = await openEcsFold(runtime, 'reader', BEFORE_ALL);
const states = new PastStates(journal, async (upTo) => (await openEcsFold(runtime, 'reader', upTo)).fold, systemClock);
const events = new PastEvents(
  journal,
  async (upTo, decider) => (await openEcsFold(runtime, 'reader', upTo, decider)).fold,
  systemClock,
);
const explainer = new Explainer(journal, async (revision, question, { context }) => {
  const { state } = await states.at({ revision }, context);
  return { ...explainPlacement(state, question), revision };
});

async function answer(question: PastQuestion, signal: AbortSignal): Promise<PastAnswer['reply']> {
  if ('events' in question) return events.read(question.events);
  const { operation, request } = question;
  const moment = parseMoment(request.context.asOf ?? '');
  if ('rejection' in moment) return moment;
  const { state, at } = await states.at(moment, { accountId: request.context.accountId, signal });
  if (operation !== 'Explain') return answerQuery(state, operation, request, at);
  // Pauses and ages are told as of the moment that was asked for, not of the last commit before it.
  const askedMs = 'instantMs' in moment ? Math.min(moment.instantMs, systemClock.now()) : Date.parse(at);
  return explainer.explain(state, request, new Date(Math.max(askedMs, Date.parse(at))).toISOString());
}

/** The questions in hand. */
const asked = new Map<number, AbortController>();

parentPort!.on('message', (message: AskedQuestion | GivenUp) => {
  if ('givenUp' in message) return asked.get(message.givenUp)?.abort(new Error('nobody waits for the answer'));
  const { id, question } = message;
  const aborting = new AbortController();
  asked.set(id, aborting);
  void answer(question, aborting.signal)
    .catch((error: unknown): PastAnswer['reply'] => {
      if (error instanceof PastBusyError) return { unavailable: error.message };
      if (!aborting.signal.aborted) logger.error({ err: error }, 'a read of the past failed');
      return { unavailable: String(error) };
    })
    .then((reply) => parentPort!.postMessage({ id, reply } satisfies PastAnswer))
    .finally(() => asked.delete(id));
});
