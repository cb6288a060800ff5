import { errors } from '#lib/aws-api';
import { mergeRevisions, type RevisionVector } from '#lib/journal';
import type { Rejection } from '#lib/kernel';
import { apiHeaders, type ApiReply, type Bus, fromJson, type OperationsRegistry, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { Backoff, type Clock } from '#lib/platform';
import { type Limits, PAUSES } from './limits.js';

/** A checked call of a known caller, on its way to the app that serves it. */
export interface UpstreamCall {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly requestId: string;
  readonly principal: string;
  readonly accessKeyId?: string;
  readonly accountId: string;
  readonly region: string;
  readonly asOf?: string;
  /** On the monotonic clock. */
  readonly deadlineAtMs: number;
  /** Nobody waits any more: no further attempt is made. */
  readonly signal?: AbortSignal;
}

export type UpstreamAnswer = { readonly output: unknown } | { readonly rejection: Rejection };

/**
 * Sends calls to the owning apps. Nobody there, no answer in time, or an app that cannot answer now: the same request id goes out
 * again until the deadline, because the writer answers a committed command id instead of deciding it twice. Then a 503.
 */
export class Upstream {
  private seen: RevisionVector = {};

  constructor(
    private readonly deps: { bus: Bus; clock: Clock; operations: OperationsRegistry },
    private readonly limits: Limits,
  ) {}

  /** Everything that any answer through this gateway was based on: a client reads its own writes. */
  revisions(): RevisionVector {
    return this.seen;
  }

  async call(call: UpstreamCall): Promise<UpstreamAnswer> {
    const { bus, clock, operations } = this.deps;
    const subject = subjects.api(call.service, call.operation);
    const payload = toJson(call.input);
    let why = 'no answer in time';
    const backoff = new Backoff(clock, PAUSES);
    for (;;) {
      const leftMs = call.deadlineAtMs - clock.monotonicMs();
      if (leftMs <= 0 || call.signal?.aborted)
        return { rejection: errors.unavailable(`${call.operation} is not available at the moment (${why}). Try again.`) };
      const timeoutMs = Math.min(leftMs, this.limits.attemptTimeoutMs);
      const outcome = await bus.request(subject, payload, { timeoutMs, headers: this.headers(call, timeoutMs) });
      if (outcome.outcome === 'reply') {
        const reply = fromJson(outcome.payload) as ApiReply;
        this.see(outcome.headers[apiHeaders.revisions]);
        if (!('unavailable' in reply)) return reply;
        why = reply.unavailable;
      } else if (outcome.outcome === 'no-responders') {
        if (!operations.has(call.service, call.operation)) {
          return { rejection: errors.unsupportedOperation(call.operation) };
        }
        why = 'the app that serves it is starting or away';
      } else {
        why = outcome.outcome === 'timeout' ? 'no answer in time' : 'the gateway cannot reach the control plane';
      }
      // After every outcome: one that comes at once would else be asked for again without end, and nothing else would get a turn.
      await backoff.pause({ deadlineAtMs: call.deadlineAtMs });
    }
  }

  /** The deadline is that of the attempt: an app that nobody waits for any more starts nothing that the next attempt does not know of. */
  private headers(call: UpstreamCall, leftMs: number): Record<string, string> {
    const headers: Record<string, string> = {
      [apiHeaders.requestId]: call.requestId,
      [apiHeaders.principal]: call.principal,
      [apiHeaders.accountId]: call.accountId,
      [apiHeaders.region]: call.region,
      [apiHeaders.timeout]: String(Math.max(0, Math.floor(leftMs))),
      [apiHeaders.revisions]: JSON.stringify(this.seen),
    };
    if (call.accessKeyId !== undefined) headers[apiHeaders.accessKeyId] = call.accessKeyId;
    if (call.asOf !== undefined) headers[apiHeaders.asOf] = call.asOf;
    return headers;
  }

  private see(revisions: string | undefined): void {
    if (revisions !== undefined) this.seen = mergeRevisions(this.seen, JSON.parse(revisions) as RevisionVector);
  }
}
