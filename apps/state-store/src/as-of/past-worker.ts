import { parentPort } from 'node:worker_threads';
import { BEFORE_ALL } from '#lib/journal';
import { connectNats, openEcsFold } from '#lib/messaging';
import { baseConfig, createLogger, systemClock, systemRandom } from '#lib/platform';
import { answerQuery } from '../api/ecs-api.js';
import { parseMoment } from './moment.js';
import type { PastAnswer, PastQuestion } from './past-reader.js';
import { PastStates } from './past-states.js';

/** The worker thread behind `WorkerPastReader`: its own connection, its own folds. */
const config = baseConfig(process.env);
const logger = createLogger('state-store/past', config.logLevel);
const nats = await connectNats({ url: config.natsUrl, user: 'state-store', credsPath: config.natsCredsPath });
const runtime = { nats, clock: systemClock, random: systemRandom, logger };
const { journal } = await openEcsFold(runtime, 'reader', BEFORE_ALL);
const states = new PastStates(journal, async (upTo) => (await openEcsFold(runtime, 'reader', upTo)).fold);

async function answer({ operation, request }: PastQuestion): Promise<PastAnswer['reply']> {
  const moment = parseMoment(request.context.asOf ?? '');
  if ('rejection' in moment) return moment;
  const { state, at } = await states.at(moment);
  return answerQuery(state, operation, request, at);
}

parentPort!.on('message', (question: PastQuestion) => {
  answer(question).then(
    (reply) => parentPort!.postMessage({ id: question.id, reply } satisfies PastAnswer),
    (error: unknown) => {
      logger.error({ err: error }, 'a read of the past failed');
      parentPort!.postMessage({ id: question.id, reply: { unavailable: String(error) } } satisfies PastAnswer);
    },
  );
});
