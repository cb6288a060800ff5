import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Scope } from '#lib/kernel';
import { refusable } from '#lib/kernel';
import { groupOf, type NamesGroup } from '../domain/lookup.js';
import type { LoggingState } from '../domain/state.js';
import { groupRef } from '../events/log-events.js';
import { type LogStore, StoreUnavailable } from '../store/log-store.js';

type Query = (request: ApiRequest<object>) => Promise<ApiReply>;

/** What of an answer the journal does not know, given to its queries with the input. A moment of the past has none of it. */
export class StoreFacts {
  constructor(
    private readonly state: LoggingState,
    private readonly store: LogStore,
  ) {}

  ofGroups(request: ApiRequest<object>, query: Query): Promise<ApiReply> {
    return this.asked(query, async () => {
      const storedBytes = request.context.asOf === undefined ? await this.store.storedBytes() : {};
      return { ...request, input: { ...request.input, storedBytes } };
    });
  }

  ofStreams(request: ApiRequest<object>, query: Query): Promise<ApiReply> {
    return this.asked(query, () => this.withStreams(request));
  }

  /** A store that cannot be had makes no group look empty. */
  private async asked(query: Query, facts: () => Promise<ApiRequest<object>>): Promise<ApiReply> {
    try {
      return await query(await facts());
    } catch (error) {
      if (error instanceof StoreUnavailable) return { unavailable: error.message };
      throw error;
    }
  }

  private async withStreams(request: ApiRequest<object>): Promise<ApiRequest<object>> {
    const { accountId, region, asOf } = request.context;
    const group = refusable(() => groupOf(this.state, { accountId, region } as Scope, request.input as NamesGroup));
    // What is not there is said by the query itself.
    const times = asOf === undefined && 'ok' in group ? await this.store.streamTimes(groupRef(group.ok)) : {};
    return { ...request, input: { ...request.input, times } };
  }
}
