import { Backoff, type Clock } from '#lib/platform';
import { PAUSES } from './pauses.js';

/** A refusal is asked about once more: what was made a moment ago may not be known yet to whoever answers. */
export const REFUSALS_ASKED_AGAIN = 1;

/**
 * Asks the control plane for what a task needs before its containers, and waits as long as nobody answers: silence ends no task. `ask` says
 * undefined for no answer.
 */
export async function askForTask<Reply extends object>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  isNeeded: () => boolean,
  ask: () => Promise<Reply | undefined>,
): Promise<Reply | 'not needed any more'> {
  const backoff = new Backoff(clock, PAUSES);
  let refusals = 0;
  while (isNeeded()) {
    const reply = await ask();
    if (reply && (!('failure' in reply) || refusals === REFUSALS_ASKED_AGAIN)) return reply;
    if (reply) refusals++;
    await backoff.pause({ signal });
    signal.throwIfAborted();
  }
  return 'not needed any more';
}
