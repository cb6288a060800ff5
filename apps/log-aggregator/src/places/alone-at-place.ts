import type { AppRuntime } from '#lib/app/nest';
import { subjects } from '#lib/names';
import { StoreUnavailable } from '../store/log-store.js';
import type { Questions } from './questions.js';

const ASK_MS = 1_000;

/**
 * Resolves when nobody else answers for a place. On one host that is the directory's hold already; of aggregators on several hosts two could have been given one
 * number, and each would have a part of the lines.
 */
export async function aloneAtPlace(
  place: number,
  questions: Questions,
  runtime: Pick<AppRuntime, 'clock' | 'logger' | 'waitsFor'>,
) {
  for (let tries = 0; await isAnswered(place, questions); tries++) {
    const what = `another log aggregator of number ${place}, with another directory, to end: each needs its own LONGSHORE_REPLICA`;
    runtime.waitsFor(what);
    if (tries === 0) runtime.logger.error({ place }, `waiting for ${what}`);
    await runtime.clock.sleep(ASK_MS);
  }
}

async function isAnswered(place: number, questions: Questions): Promise<boolean> {
  try {
    return (await questions.ask(subjects.logStore(place), { call: 'who' }, ASK_MS)) !== 'gone';
  } catch (error) {
    // A process that is no more can be a subscription for a while: who says nothing is nobody.
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
}
