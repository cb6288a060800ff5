import type { ApiRequest } from '#lib/messaging';
import type { Scope } from '#lib/kernel';
import { refusable } from '#lib/kernel';
import { groupOf, type NamesGroup } from '../domain/lookup.js';
import type { LoggingState } from '../domain/state.js';
import { groupRef } from '../events/log-events.js';
import type { LogStore } from '../store/log-store.js';

/** What of an answer the journal does not know, given to its queries with the input. A moment of the past has none of it. */
export class StoreFacts {
  constructor(
    private readonly state: LoggingState,
    private readonly store: LogStore,
  ) {}

  async ofGroups(request: ApiRequest<object>): Promise<ApiRequest<object>> {
    const storedBytes = request.context.asOf === undefined ? await this.store.storedBytes() : {};
    return { ...request, input: { ...request.input, storedBytes } };
  }

  async ofStreams(request: ApiRequest<object>): Promise<ApiRequest<object>> {
    const { accountId, region, asOf } = request.context;
    const group = refusable(() => groupOf(this.state, { accountId, region } as Scope, request.input as NamesGroup));
    // What is not there is said by the query itself.
    const times = asOf === undefined && 'ok' in group ? await this.store.streamTimes(groupRef(group.ok)) : {};
    return { ...request, input: { ...request.input, times } };
  }
}
