import type { HttpRequest, OperationModel } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';

/** A page as it is written to readers. */
export interface FeedPage {
  readonly text: string;
  readonly count: number;
  /** Everything up to here was considered. */
  readonly cursor: string;
  /** False: there is more already. */
  readonly caughtUp: boolean;
}

/** What a reader asks for: the input of the feed's operation without its paging. */
export interface FeedRequest {
  /** A cursor; absent: from now on. */
  readonly after?: string;
  readonly filter: object;
}

/** Something that is read as Server-Sent Events: an operation of the service `longshore` that answers what follows a place, page by page. */
export interface Feed {
  readonly operation: OperationModel;
  /** Whether a request is for it: the method and the path without its as-of prefix, and the query. */
  isAsked(path: string, query: URLSearchParams): boolean;
  parse(request: HttpRequest): FeedRequest | { readonly rejection: Rejection };
  inputOf(asked: FeedRequest & { readonly waitMs: number }): object;
  pageOf(output: unknown): FeedPage;
  /** What a moment of the past is refused with. */
  readonly notAsOf: Rejection;
}
