import { mergeRevisions, type RevisionVector } from '#lib/journal';
import type { Rejection } from '#lib/kernel';
import type { Clock, Logger } from '#lib/platform';
import type { Bus, BusRequest, Subscription } from './bus.js';
import { fromJson, toJson } from './json.js';
import { type ApiAnswer, type ApiContext, apiHeaders } from './protocol.js';
import { subjects } from '#lib/names';

export interface ApiRequest<I = unknown> {
  readonly input: I;
  readonly context: ApiContext;
}

/** An operation of the API as an app serves it. Only queries can be read from the past. */
export interface ApiOperation {
  readonly service: string;
  readonly operation: string;
  readonly kind: 'query' | 'command';
}

export type ApiHandler = (request: ApiRequest) => Promise<ApiAnswer>;

/** What an app's folds say: the vector that goes into replies, and the wait that gives callers their own writes and no old state. */
export interface Folded {
  revisions(): RevisionVector;
  /** Resolves false when the folds did not get there, or not yet to where they were when the app started, within `timeoutMs`. */
  waitFor(revisions: RevisionVector, timeoutMs: number): Promise<boolean>;
}

export const foldsNothing: Folded = { revisions: () => ({}), waitFor: () => Promise.resolve(true) };

/** How long a read waits for the writes that its caller has seen. */
const READ_YOUR_WRITES_TIMEOUT_MS = 2_000;

/** Of a request that does not say how long its caller waits. */
const DEFAULT_TIMEOUT_MS = 10_000;

const writesNoHistory: Rejection = {
  code: 'InvalidParameterException',
  message:
    'An as-of endpoint shows the past, and the past cannot be changed: send this request to the endpoint without /as-of/….',
  status: 400,
};

const handlerFailed: Rejection = {
  code: 'ServerException',
  message: 'Longshore failed to handle this request; its log says why.',
  status: 500,
};

export function parseContext(headers: Readonly<Record<string, string>>, clock: Clock): ApiContext {
  const timeoutMs = headers[apiHeaders.timeout];
  const revisions = headers[apiHeaders.revisions];
  const asOf = headers[apiHeaders.asOf];
  const accessKeyId = headers[apiHeaders.accessKeyId];
  return {
    requestId: headers[apiHeaders.requestId] ?? '',
    principal: headers[apiHeaders.principal] ?? '',
    accountId: headers[apiHeaders.accountId] ?? '',
    region: headers[apiHeaders.region] ?? '',
    deadlineAtMs: clock.monotonicMs() + (timeoutMs === undefined ? DEFAULT_TIMEOUT_MS : Number(timeoutMs)),
    revisions: revisions ? (JSON.parse(revisions) as RevisionVector) : {},
    ...(asOf ? { asOf } : {}),
    ...(accessKeyId ? { accessKeyId } : {}),
  };
}

/**
 * Serves one operation on the bus: the queue group of its app, read-your-writes, and an answer in every case. Draining it waits
 * for the requests in hand.
 */
export function serveOperation(
  deps: { bus: Bus; app: string; folded: Folded; clock: Clock; logger: Logger },
  operation: ApiOperation,
  handle: ApiHandler,
): Subscription {
  const answer = async (message: BusRequest): Promise<ApiAnswer> => {
    const context = parseContext(message.headers, deps.clock);
    if (context.asOf && operation.kind === 'command') return { rejection: writesNoHistory };
    const input = fromJson(message.payload);
    if (!(await deps.folded.waitFor(context.revisions, READ_YOUR_WRITES_TIMEOUT_MS))) {
      return { unavailable: `${deps.app} is still folding its journal, at ${JSON.stringify(deps.folded.revisions())}` };
    }
    return handle({ input, context });
  };
  // With the commit of its own command in the vector a caller's next read shows its write, wherever it is answered, and no
  // answer has to wait until this app has folded that commit.
  const respond = (message: BusRequest, { revisions = {}, ...reply }: ApiAnswer) =>
    message.respond?.(toJson(reply), {
      [apiHeaders.revisions]: JSON.stringify(mergeRevisions(deps.folded.revisions(), revisions)),
    });
  const inHand = new Set<Promise<void>>();
  const take = (message: BusRequest) => {
    const done = answer(message).then(
      (reply) => respond(message, reply),
      (error: unknown) => {
        deps.logger.error({ err: error, operation: operation.operation }, 'a handler failed');
        respond(message, { rejection: handlerFailed });
      },
    );
    inHand.add(done);
    void done.finally(() => inHand.delete(done));
  };
  const subscription = deps.bus.subscribe(subjects.api(operation.service, operation.operation), take, { queue: deps.app });
  return {
    drain: async () => {
      await subscription.drain();
      await Promise.all(inHand);
    },
  };
}
