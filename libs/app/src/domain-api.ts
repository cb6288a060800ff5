import type { Fold, Revision } from '#lib/journal';
import { type AccountId, type Command, type Domain, type QueryRule, refusable, type Region } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest, CommandReply } from '#lib/messaging';

/**
 * Sends a command to the journal's writer: this replica's own committer while it holds the lease, over the bus otherwise.
 * Until `deadlineAtMs` (monotonic).
 */
export type SendToWriter = (command: Omit<Command, 'actor'>, deadlineAtMs: number) => Promise<CommandReply>;

/** Reads a moment of the past (a worker thread folds it). */
export interface PastReader {
  query(operation: string, request: ApiRequest): Promise<ApiReply>;
}

/** Turns API requests into reads of a domain's fold and commands to its writer. */
export class DomainApi<S> {
  constructor(
    private readonly domain: Pick<Domain<S>, 'queries'>,
    private readonly fold: Pick<Fold<S>, 'name' | 'state' | 'nowMs'>,
    private readonly send: SendToWriter,
    private readonly past: PastReader,
  ) {}

  query(operation: string, request: ApiRequest): Promise<ApiReply> {
    if (request.context.asOf) return this.past.query(operation, request);
    const at = new Date(this.fold.nowMs()).toISOString();
    return Promise.resolve(answerQuery(this.domain, this.fold.state, operation, request, at));
  }

  async command(name: string, request: ApiRequest, input: unknown = request.input): Promise<ApiAnswer> {
    const { context } = request;
    const reply = await this.send(
      {
        // The gateway repeats a request under its request id, so a repeated command is recognised.
        id: `${context.requestId}/${name}`,
        name,
        principal: context.principal,
        accessKeyId: context.accessKeyId,
        accountId: context.accountId,
        region: context.region,
        requestId: context.requestId,
        operation: name,
        input,
      },
      context.deadlineAtMs,
    );
    if ('unavailable' in reply) return reply;
    const revisions = { [this.fold.name]: reply.revision as Revision };
    return 'output' in reply ? { output: reply.output, revisions } : { rejection: reply.rejection, revisions };
  }
}

/** One read on one state: the live fold's, or a past one. */
export function answerQuery<S>(
  { queries }: Pick<Domain<S>, 'queries'>,
  state: S,
  operation: string,
  { input, context }: ApiRequest,
  at: string,
): ApiReply {
  const rule = queries[operation] as QueryRule<S, unknown> | undefined;
  if (!rule) throw new Error(`no query named ${operation}`);
  const caller = { accountId: context.accountId as AccountId, region: context.region as Region, principal: context.principal };
  const answered = refusable(() => rule(state, input, { ...caller, at }));
  return 'ok' in answered ? { output: answered.ok } : answered;
}
