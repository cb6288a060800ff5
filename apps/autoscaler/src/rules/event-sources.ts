import type { PublicEvent, ReadEventsInput, ReadEventsOutput, Scope } from '#lib/kernel';
import { type ApiReply, apiHeaders, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Random } from '#lib/platform';

/** Journals with public events, and what reads those. */
export const SOURCES = {
  ecs: 'ReadEvents',
  'load-balancing': 'ReadLoadBalancingEvents',
  scaling: 'ReadScalingEvents',
} as const;
export type Source = keyof typeof SOURCES;

/** `refused`: that it cannot be done, and will not be a moment later. */
export type Told = { readonly done: true } | { readonly refused: string } | { readonly unavailable: string };

const WAIT_MS = 5_000;
/** A page is far below what a request to CloudWatch Logs may have. */
const MOST_EVENTS = 25;
const PRINCIPAL = 'events.amazonaws.com';
/** Of each group, as a task's container has one. */
const STREAM = 'events';

/** Where public events come from and where they go, for rules that have a pattern. */
export class EventSources {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly random: Random,
  ) {}

  /** What follows `after`; without it nothing, but where the journal is now. */
  async read(scope: Scope, source: Source, after: string | undefined): Promise<ReadEventsOutput | undefined> {
    const input: ReadEventsInput = { maxResults: MOST_EVENTS, ...(after === undefined ? {} : { after }) };
    const reply = await this.ask(scope, 'longshore', SOURCES[source], input);
    return 'output' in reply ? (reply.output as ReadEventsOutput) : undefined;
  }

  /** Into the group, in the order of their times. Told twice when nobody has said that they were told. */
  async tell(scope: Scope, logGroupName: string, events: readonly PublicEvent[]): Promise<Told> {
    const logEvents = events
      .map((event) => ({ timestamp: Date.parse(event.time), message: JSON.stringify(event) }))
      .sort((a, b) => a.timestamp - b.timestamp);
    const named = { logGroupName, logStreamName: STREAM };
    const first = await this.ask(scope, 'logs', 'PutLogEvents', { ...named, logEvents });
    if (!isMissing(first)) return told(first);
    const made = await this.ask(scope, 'logs', 'CreateLogStream', named);
    if ('rejection' in made && made.rejection.code !== 'ResourceAlreadyExistsException') return told(made);
    return told(await this.ask(scope, 'logs', 'PutLogEvents', { ...named, logEvents }));
  }

  private async ask({ accountId, region }: Scope, service: string, operation: string, input: object): Promise<ApiReply> {
    const outcome = await this.bus.request(subjects.api(service, operation), toJson(input), {
      timeoutMs: WAIT_MS,
      headers: {
        [apiHeaders.requestId]: this.random.hex(16),
        [apiHeaders.principal]: PRINCIPAL,
        [apiHeaders.accountId]: accountId,
        [apiHeaders.region]: region,
        [apiHeaders.timeout]: String(WAIT_MS),
        [apiHeaders.revisions]: '{}',
      },
    });
    return outcome.outcome === 'reply'
      ? (fromJson(outcome.payload) as ApiReply)
      : { unavailable: `${operation}: nobody answered` };
  }
}

const isMissing = (reply: ApiReply): boolean => 'rejection' in reply && reply.rejection.code === 'ResourceNotFoundException';

function told(reply: ApiReply): Told {
  if ('output' in reply) return { done: true };
  if ('unavailable' in reply) return reply;
  const { code, message, status } = reply.rejection;
  return status < 500 && code !== 'ThrottlingException' ? { refused: `${code}: ${message}` } : { unavailable: message };
}
