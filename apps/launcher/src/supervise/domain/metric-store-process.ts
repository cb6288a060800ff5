import type { ProcessSpec } from './process-diff.js';

export interface MetricStoreSettings {
  /** Where it keeps what it has. */
  readonly directory: string;
  readonly port: number;
  /** `63d`, as VictoriaMetrics writes durations. */
  readonly retention: string;
}

/** VictoriaMetrics, where it could be had. */
export interface MetricStoreInstallation extends MetricStoreSettings {
  readonly program: string;
  readonly password: string;
}

export const METRIC_STORE_PROCESS = 'victoria-metrics';
/** Only its own processes read it: an argument is shown to everybody on this machine. */
const ENVIRONMENT = 'LONGSHORE_METRICS_';
const PASSWORD_VARIABLE = `${ENVIRONMENT}httpAuth_password`;
const USER = 'longshore';

/**
 * Bounded in memory, series and time. It merges rows of one millisecond, which is what makes a row that is sent again the same row, and hides
 * nothing of the last seconds. Its caches are as large as it is allowed: measured, 4,000 series need 70 MB in all.
 */
export const victoriaMetricsArguments = ({ directory, port, retention }: MetricStoreSettings): string[] => [
  `-storageDataPath=${directory}`,
  `-httpListenAddr=127.0.0.1:${port}`,
  `-httpAuth.username=${USER}`,
  '-envflag.enable',
  `-envflag.prefix=${ENVIRONMENT}`,
  `-retentionPeriod=${retention}`,
  '-memory.allowedBytes=64MB',
  '-dedup.minScrapeInterval=1ms',
  '-search.latencyOffset=0s',
  '-search.maxQueryDuration=8s',
  '-search.maxUniqueTimeseries=100000',
  '-search.maxPointsPerTimeseries=110000',
  '-search.maxConcurrentRequests=4',
  '-storage.maxDailySeries=500000',
  '-storage.minFreeDiskSpaceBytes=256MB',
  '-maxLabelsPerTimeseries=50',
  '-loggerLevel=WARN',
];

export const metricStoreUrl = ({ port, password }: Pick<MetricStoreInstallation, 'port' | 'password'>): string =>
  `http://${USER}:${password}@127.0.0.1:${port}`;

export const metricStoreProcess = (
  store: MetricStoreInstallation,
  homeVariable: Readonly<Record<string, string>>,
): ProcessSpec => ({
  name: METRIC_STORE_PROCESS,
  app: METRIC_STORE_PROCESS,
  replica: 1,
  command: store.program,
  args: victoriaMetricsArguments(store),
  env: { ...homeVariable, [PASSWORD_VARIABLE]: store.password },
});
