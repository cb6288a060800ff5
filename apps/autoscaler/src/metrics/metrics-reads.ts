import type { ApiReply } from '#lib/messaging';
import type { HistoricReads } from './history/historic-reads.js';
import type { MetricsApi } from './metrics-api.js';

interface DataOutput {
  readonly MetricDataResults?: readonly object[];
  readonly Messages?: readonly object[];
}

/** CloudWatch's reads over memory and, where there is one, history. While that is away they answer what memory has, and say so where the API can. */
export class MetricsReads {
  constructor(
    private readonly metrics: MetricsApi,
    private readonly history: HistoricReads | undefined,
  ) {}

  async read(ask: (metrics: MetricsApi) => ApiReply): Promise<ApiReply> {
    if (!this.history) return ask(this.metrics);
    const { answer, partial } = await this.history.read((store) => ask(this.metrics.over(store)));
    return partial === undefined ? answer : marked(answer, partial);
  }
}

function marked(answer: ApiReply, why: string): ApiReply {
  if (!('output' in answer)) return answer;
  const { MetricDataResults, Messages = [], ...rest } = answer.output as DataOutput;
  if (!MetricDataResults) return answer;
  return {
    output: {
      ...rest,
      MetricDataResults: MetricDataResults.map((result) => ({ ...result, StatusCode: 'PartialData' })),
      Messages: [...Messages, { Code: 'PartialData', Value: `Only what is in memory: ${why}` }],
    },
  };
}
