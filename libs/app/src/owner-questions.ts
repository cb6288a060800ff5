import type { Rejection } from '#lib/kernel';
import { type ApiContext, apiHeaders, type ApiReply, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';

export interface Question {
  readonly service: string;
  readonly operation: string;
  readonly input: object;
  /** In that sentence. */
  readonly owner: string;
  /** Of what, in the sentence that says that it cannot be asked for. */
  readonly about: string;
}

/** `output` undefined: there is none of that name, as the owner said it. */
export type OwnersAnswer<O> = { readonly output: O | undefined; readonly refused?: Rejection } | { readonly unavailable: string };

const ASK_TIMEOUT_MS = 1_500;

/**
 * Asks the owner of another journal for what only that one knows, in the caller's name. Asked anew for every request
 * (docs/adr/0010-asking-the-owner.md): nothing is remembered that could be wrong, and who cannot be asked makes the request fail for
 * now, not for good.
 */
export class OwnerQuestions {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** `notThere`: codes that say that there is none. */
  async ask<O>(
    { service, operation, input, owner, about }: Question,
    notThere: ReadonlySet<string>,
    context: ApiContext,
  ): Promise<OwnersAnswer<O>> {
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, context.deadlineAtMs - this.clock.monotonicMs());
    if (timeoutMs <= 0) return { unavailable: `no time is left to ask ${owner}` };
    const outcome = await this.bus.request(subjects.api(service, operation), toJson(input), {
      timeoutMs,
      headers: {
        [apiHeaders.requestId]: context.requestId,
        [apiHeaders.principal]: context.principal,
        [apiHeaders.accountId]: context.accountId,
        [apiHeaders.region]: context.region,
        [apiHeaders.timeout]: String(Math.floor(timeoutMs)),
        // The caller may have made it a moment ago.
        [apiHeaders.revisions]: JSON.stringify(context.revisions),
      },
    });
    if (outcome.outcome !== 'reply') return { unavailable: `${owner} cannot be asked for the ${about}` };
    const reply = fromJson(outcome.payload) as ApiReply;
    if ('unavailable' in reply) return { unavailable: `${owner} cannot answer: ${reply.unavailable}` };
    if ('output' in reply) return { output: reply.output as O };
    if (notThere.has(reply.rejection.code)) return { output: undefined, refused: reply.rejection };
    return { unavailable: `${owner} did not tell of the ${about}: ${reply.rejection.message}` };
  }
}
