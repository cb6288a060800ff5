/** Prometheus' HTTP API, of which only reads are here: https://prometheus.io/docs/prometheus/latest/querying/api/ */
export const PROMETHEUS_PREFIX = '/prometheus/api/v1/';
export const METRICS_PATH = '/metrics';

/** API → the parameters that are passed on. Everything else is dropped: among it those that would widen what may be read. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  query: ['query', 'time', 'timeout'],
  query_range: ['query', 'start', 'end', 'step', 'timeout'],
  series: ['match[]', 'start', 'end', 'limit'],
  labels: ['match[]', 'start', 'end', 'limit'],
  'label/values': ['match[]', 'start', 'end', 'limit'],
  metadata: [],
  'status/buildinfo': [],
};

const MOST_FORM_BYTES = 64 * 1024;

/** What is asked, as the input of the operation that answers it. */
export type PrometheusCall =
  | { readonly operation: 'ReadMetrics'; readonly input: object }
  | {
      readonly operation: 'SearchMetrics';
      readonly input: { readonly api: string; readonly label?: string; readonly form: string };
    }
  | { readonly problem: string; readonly status: number; readonly errorType: string };

const problem = (status: number, errorType: string, sentence: string): PrometheusCall => ({
  status,
  errorType,
  problem: sentence,
});

/** Undefined: the request is none of Prometheus'. */
export function prometheusCall(method: string, target: string, body: Uint8Array): PrometheusCall | undefined {
  const [path, query = ''] = target.split('?', 2) as [string, string?];
  if (path === METRICS_PATH && method === 'GET') return { operation: 'ReadMetrics', input: {} };
  if (!path.startsWith(PROMETHEUS_PREFIX)) return undefined;
  const [, label] = /^label\/([A-Za-z_][A-Za-z0-9_]{0,255})\/values$/.exec(path.slice(PROMETHEUS_PREFIX.length)) ?? [];
  const api = label === undefined ? path.slice(PROMETHEUS_PREFIX.length) : 'label/values';
  if (!Object.hasOwn(PARAMETERS, api))
    return problem(404, 'not_found', `There is no ${path.slice(0, 200)} here: metrics are read only.`);
  if (method !== 'GET' && method !== 'POST') return problem(405, 'bad_data', 'GET and POST are what is answered here.');
  if (query.length + body.byteLength > MOST_FORM_BYTES)
    return problem(413, 'bad_data', `Parameters of more than ${MOST_FORM_BYTES} bytes are not taken.`);
  const given = new URLSearchParams(query);
  if (method === 'POST') for (const [name, value] of new URLSearchParams(Buffer.from(body).toString())) given.append(name, value);
  const form = new URLSearchParams();
  for (const [name, value] of given) if (PARAMETERS[api]!.includes(name)) form.append(name, value);
  return { operation: 'SearchMetrics', input: { api, ...(label === undefined ? {} : { label }), form: form.toString() } };
}
