import type { Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import { exposition } from './exposition.js';
import { HistoryUnavailable, type MetricHistory, type SearchRequest } from './history/metric-history.js';
import type { MetricStore } from './metric-store.js';

/** What Prometheus and Grafana ask through the gateway: the account's metrics now, and PromQL over what was kept of them. */
export class PrometheusApi {
  constructor(
    private readonly store: MetricStore,
    private readonly history: MetricHistory | undefined,
    private readonly clock: Clock,
  ) {}

  readMetrics({ context }: ApiRequest<object>): ApiReply {
    return { output: { status: 200, body: exposition(this.store, scopeOf(context), this.clock.now()) } };
  }

  async searchMetrics({ input, context }: ApiRequest<SearchRequest>): Promise<ApiReply> {
    if (input.api === 'status/buildinfo') return answer(BUILD);
    if (input.api === 'metadata') return answer({});
    if (!this.history) return unavailable('Metrics are kept in memory only: this installation has no store that answers PromQL.');
    try {
      return { output: await this.history.search(scopeOf(context), input) };
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      return unavailable(error.message);
    }
  }
}

/** Of the Prometheus whose API this is; Grafana asks which functions it may use. */
const BUILD = { version: '2.40.0', revision: '', branch: '', buildUser: 'longshore', buildDate: '', goVersion: '' };

const scopeOf = ({ accountId, region }: { readonly accountId: string; readonly region: string }) =>
  ({ accountId, region }) as Scope;
const answer = (data: object): ApiReply => ({ output: { status: 200, body: JSON.stringify({ status: 'success', data }) } });
const unavailable = (error: string): ApiReply => ({
  output: { status: 503, body: JSON.stringify({ status: 'error', errorType: 'unavailable', error }) },
});
