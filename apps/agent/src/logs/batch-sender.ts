import { type LogBatch, type LogBatchError, type LogBatchReply, type LogOpening, partitionOf } from '#lib/logs';
import { type Bus, fromJson, toJson } from '#lib/messaging';
import { type AgentName, subjects } from '#lib/names';

/**
 * `later`: nobody has it, or nobody says so. `refused`: it is not taken as it is. `unknown`: the aggregator knows less of the container than was
 * acknowledged (its files were lost), and takes nothing with these numbers.
 */
export type SendOutcome =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'later'; readonly why: string; readonly isLong: boolean }
  | { readonly outcome: 'refused'; readonly why: string }
  | { readonly outcome: 'unknown'; readonly why: string };

const REQUEST_TIMEOUT_MS = 10_000;
/** What whoever runs the installation can mend: the lines wait for it. */
const MENDABLE = new Set(['ResourceNotFoundException', 'AccessDeniedException', 'LimitExceededException']);

export class BatchSender {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly agent: AgentName,
  ) {}

  async send(batch: LogBatch): Promise<SendOutcome> {
    return this.ask(batch, ({ next }) => {
      const { source } = batch;
      if (next > source.to) return { outcome: 'taken' };
      const why = `only the lines below ${next} are kept`;
      return next < source.from ? { outcome: 'unknown', why } : { outcome: 'later', why, isLong: false };
    });
  }

  /** Has the stream made before there is a line. */
  async open(opening: LogOpening): Promise<SendOutcome> {
    return this.ask(opening, () => ({ outcome: 'taken' }));
  }

  private async ask(
    what: LogBatch | LogOpening,
    outcomeOf: (kept: { readonly next: number }) => SendOutcome,
  ): Promise<SendOutcome> {
    const partition = partitionOf({ accountId: this.agent.accountId, region: what.region, logGroup: what.logGroup });
    const answer = await this.bus.request(subjects.logBatch(this.agent, partition), toJson(what), {
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    if (answer.outcome !== 'reply') return { outcome: 'later', why: answer.outcome, isLong: false };
    const reply = fromJson(answer.payload) as LogBatchReply;
    return 'error' in reply ? refusalOf(reply.error) : outcomeOf(reply);
  }
}

function refusalOf({ code, message, retryable }: LogBatchError): SendOutcome {
  const why = `${code}: ${message}`;
  if (retryable) return { outcome: 'later', why, isLong: false };
  return MENDABLE.has(code) ? { outcome: 'later', why, isLong: true } : { outcome: 'refused', why };
}
