import { parentPort } from 'node:worker_threads';
import { explainPlacement } from '#lib/domain';
import { BEFORE_ALL } from '#lib/journal';
import { connectNats, openEcsFold } from '#lib/messaging';
import { baseConfig, createLogger, systemClock, systemRandom } from '#lib/platform';
import { answerQuery } from '../api/ecs-api.js';
import { Explainer } from '../explain/explainer.js';
import { parseMoment } from './moment.js';
import { PastEvents } from '../public-events/past-events.js';
import type { AskedQuestion, PastAnswer, PastQuestion } from './past-reader.js';
import { PastStates } from './past-states.js';

/** The worker thread behind `WorkerPastReader`: its own connection, its own folds. */
const config = baseConfig(process.env);
const logger = createLogger('state-store/past', config.logLevel);
const nats = await connectNats({ url: config.natsUrl, user: 'state-store', credsPath: config.natsCredsPath });
const runtime = { nats, clock: systemClock, random: systemRandom, logger };
const { journal } = await openEcsFold(runtime, 'reader', BEFORE_ALL);
const states = new PastStates(journal, async (upTo) => (await openEcsFold(runtime, 'reader', upTo)).fold);
const events = new PastEvents(
  journal,
  async (upTo, decider) => (await openEcsFold(runtime, 'reader', upTo, decider)).fold,
  systemClock,
);
const explainer = new Explainer(journal, async (revision, question) => {
  const { state } = await states.at({ revision });
  return { ...explainPlacement(state, question), revision };
});

async function answer(question: PastQuestion): Promise<PastAnswer['reply']> {
  if ('events' in question) return events.read(question.events);
  const { operation, request } = question;
  const moment = parseMoment(request.context.asOf ?? '');
  if ('rejection' in moment) return moment;
  const { state, at } = await states.at(moment);
  if (operation !== 'Explain') return answerQuery(state, operation, request, at);
  // Pauses and ages are told as of the moment that was asked for, not of the last commit before it.
  const askedMs = 'instantMs' in moment ? Math.min(moment.instantMs, systemClock.now()) : Date.parse(at);
  return explainer.explain(state, request, new Date(Math.max(askedMs, Date.parse(at))).toISOString());
}

parentPort!.on('message', ({ id, question }: AskedQuestion) => {
  answer(question).then(
    (reply) => parentPort!.postMessage({ id, reply } satisfies PastAnswer),
    (error: unknown) => {
      logger.error({ err: error }, 'a read of the past failed');
      parentPort!.postMessage({ id, reply: { unavailable: String(error) } } satisfies PastAnswer);
    },
  );
});
