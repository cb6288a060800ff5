import { sameContent } from '#lib/kernel';
import type { Service, ServiceMonitoring } from '../../model/services.js';
import { refusals } from '../../model/refusals.js';

export interface MonitoringInput {
  readonly metricConfigurations?: readonly { readonly metricNames: readonly string[]; readonly resolutionSeconds: number }[];
}

const METRICS: readonly string[] = ['CPUUtilization', 'MemoryUtilization'];
/** [sdk MetricConfiguration.resolutionSeconds] */
const RESOLUTIONS: readonly number[] = [20, 60];

/** At which resolution a service's metrics are wanted; of a revision, so another one is rolled out. */
export function monitoringOf(
  { monitoring: given }: { readonly monitoring?: MonitoringInput },
  now: Pick<Service, 'monitoring'>,
): ServiceMonitoring | undefined {
  if (!given) return now.monitoring;
  const configurations = given.metricConfigurations ?? [];
  for (const { metricNames, resolutionSeconds } of configurations) {
    const unknown = metricNames.find((name) => !METRICS.includes(name));
    if (unknown !== undefined)
      throw refusals.invalidParameter(`Invalid metric name ${unknown} in monitoring: use ${METRICS.join(' or ')}.`);
    if (!RESOLUTIONS.includes(resolutionSeconds))
      throw refusals.invalidParameter(`Invalid resolutionSeconds ${resolutionSeconds} in monitoring: use 20 or 60.`);
  }
  const names = configurations.flatMap(({ metricNames }) => metricNames);
  if (new Set(names).size < names.length)
    throw refusals.invalidParameter('A metric can be in one of the metricConfigurations of monitoring only.');
  if (sameContent(configurations, now.monitoring?.metricConfigurations ?? [])) return now.monitoring;
  return { metricConfigurations: configurations };
}
