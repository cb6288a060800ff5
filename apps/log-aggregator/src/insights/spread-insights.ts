import type { ApiReply, ApiRequest } from '#lib/messaging';
import { answered } from '../events/answered.js';
import type { Peers } from '../places/peers.js';
import { type DescribeInput, type Insights, type QueryView, scopeOf } from './insights.js';

/** What another aggregator is asked of its queries. */
export type InsightsQuestion =
  | { readonly insights: 'results' | 'stop'; readonly request: ApiRequest<never> }
  | { readonly insights: 'list'; readonly request: ApiRequest<DescribeInput> };

const ASK_MS = 3_000;
const PROCESS_DIGITS = 8;

/** Queries that each run in the process that was asked to start them: their ids name it, and whoever is asked for one asks that one. */
export class SpreadInsights {
  constructor(
    private readonly own: Insights,
    private readonly peers: Pick<Peers, 'self' | 'others' | 'ask'>,
  ) {}

  start(request: ApiRequest<never>): Promise<ApiReply> {
    return this.own.start(request);
  }

  results(request: ApiRequest<never>): Promise<ApiReply> {
    return this.where('results', request);
  }

  stop(request: ApiRequest<never>): Promise<ApiReply> {
    return this.where('stop', request);
  }

  describe(request: ApiRequest<DescribeInput>): Promise<ApiReply> {
    return this.own.describe(request, async () => {
      const question: InsightsQuestion = { insights: 'list', request };
      const lists = this.peers.others().map(({ process }) => this.peers.ask<readonly QueryView[]>(process, question, ASK_MS));
      // Those of a process that has ended are forgotten, as they are when there is only one.
      return (await Promise.all(lists)).flatMap((list) => (list === 'gone' ? [] : list));
    });
  }

  /** What another aggregator has asked. */
  async answer({ insights, request }: InsightsQuestion): Promise<ApiReply | readonly QueryView[]> {
    return insights === 'list' ? this.own.views(scopeOf(request.context), request.input) : this.own[insights](request);
  }

  private async where(what: 'results' | 'stop', request: ApiRequest<never>): Promise<ApiReply> {
    const { queryId } = request.input as { readonly queryId: string };
    const process = queryId.slice(0, PROCESS_DIGITS).toLowerCase();
    if (process === this.peers.self.process || !/^[0-9a-f]{8}$/.test(process)) return this.own[what](request);
    const question: InsightsQuestion = { insights: what, request };
    const asked = await answered(() => this.peers.ask<ApiReply>(process, question, ASK_MS));
    if (!('output' in asked)) return asked;
    // A query that nobody knows any more is none.
    return asked.output === 'gone' ? this.own[what](request) : (asked.output as ApiReply);
  }
}
