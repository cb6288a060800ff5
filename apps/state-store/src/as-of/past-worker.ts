import { parentPort } from 'node:worker_threads';
import { BEFORE_ALL } from '#lib/journal';
import { connectNats, openEcsFold } from '#lib/messaging';
import { baseConfig, createLogger, systemClock, systemRandom } from '#lib/platform';
import { answerQuery } from '../api/ecs-api.js';
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

async function answer(question: PastQuestion): Promise<PastAnswer['reply']> {
  if ('events' in question) return events.read(question.events);
  const { operation, request } = question;
  const moment = parseMoment(request.context.asOf ?? '');
  if ('rejection' in moment) return moment;
  const { state, at } = await states.at(moment);
  return answerQuery(state, operation, request, at);
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
