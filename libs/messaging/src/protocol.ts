import type { Command, Rejection } from '#lib/kernel';
import type { RevisionVector } from '#lib/journal';

/** Headers of an `api.*` request. Trusted, because only the gateway's (and internal apps') users may publish on `api.>`. */
export const apiHeaders = {
  requestId: 'Longshore-Request-Id',
  principal: 'Longshore-Principal',
  accessKeyId: 'Longshore-Access-Key-Id',
  accountId: 'Longshore-Account',
  region: 'Longshore-Region',
  /** For how many more milliseconds somebody waits for the answer. A duration: the clocks of two hosts may be hours apart. */
  timeout: 'Longshore-Timeout-Ms',
  /** JSON `RevisionVector`: the answering app waits until its folds are there (≤ 2 s). */
  revisions: 'Longshore-Revisions',
  /** ISO instant or `ecs.r<revision>`; only queries accept it. */
  asOf: 'Longshore-As-Of',
} as const;

export interface ApiContext {
  readonly requestId: string;
  /** ARN of the caller. */
  readonly principal: string;
  /** The key that signed the request; an app that asks another has none. */
  readonly accessKeyId?: string;
  readonly accountId: string;
  readonly region: string;
  /** When nobody waits any more, on this process's monotonic clock (`Clock.monotonicMs`). */
  readonly deadlineAtMs: number;
  readonly revisions: RevisionVector;
  readonly asOf?: string;
}

/** The payload of every reply on `api.*`. `unavailable` becomes a retryable 503. */
export type ApiReply = { readonly output: unknown } | { readonly rejection: Rejection } | { readonly unavailable: string };

/** What a handler answers. `revisions`: what the answer rests on beyond the app's own folds, such as the commit that it made. */
export type ApiAnswer = ApiReply & { readonly revisions?: RevisionVector };

/** The payload of a request on `cmd.*`: a command without what its subject says. */
export type CommandRequest = Omit<Command, 'actor' | 'name'>;

/** The payload of a reply on `cmd.*`. `revision`: the commit that made it true, or the state that a rejection is about. */
export type CommandReply =
  | { readonly output: unknown; readonly revision: number }
  | { readonly rejection: Rejection; readonly revision: number }
  | { readonly unavailable: string };
