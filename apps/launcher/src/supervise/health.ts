import type { AppStatus } from '#lib/platform';
import { callApi } from '../api/api-client.js';
import type { Desired } from './domain/desired.js';
import type { ProcessRecord } from './run-state.js';
import { DEFAULT_CLUSTER, DEFAULT_REGION, type AccessKeyCredentials } from '../host/secrets.js';

export type ProbeOutcome = { readonly ready: boolean; readonly reason?: string; readonly status?: AppStatus };

/** Is the process ready? An answer that does not come is a "no" with a reason, never an error. */
export async function probe(record: ProcessRecord, timeoutMs = 2_000): Promise<ProbeOutcome> {
  if (!record.process) return { ready: false, reason: `down (${record.lastExit ?? 'not started yet'})` };
  if (record.healthPort === undefined) return { ready: true };
  try {
    const response = await fetch(`http://127.0.0.1:${record.healthPort}/status`, { signal: AbortSignal.timeout(timeoutMs) });
    const status = (await response.json()) as AppStatus;
    return { ready: status.ready, reason: status.reason, status };
  } catch (error) {
    const cause = (error as Error & { cause?: { code?: string } }).cause?.code;
    return { ready: false, reason: cause === 'ECONNREFUSED' ? 'starting' : `no answer (${(error as Error).message})` };
  }
}

/** The processes that are not ready, each with why; undefined when all are. */
export async function notReady(records: readonly ProcessRecord[]): Promise<string | undefined> {
  const outcomes = await Promise.all(records.map(async (record) => ({ record, outcome: await probe(record) })));
  const waiting = outcomes
    .filter(({ outcome }) => !outcome.ready)
    .map(({ record, outcome }) => `${record.name} (${outcome.reason ?? 'not ready'})`);
  return waiting.length > 0 ? waiting.join(', ') : undefined;
}

/** The part of DescribeContainerInstances that is shown. */
export interface DescribedInstance {
  readonly containerInstanceArn: string;
  /** `INACTIVE`: deregistered. */
  readonly status?: string;
  readonly agentConnected?: boolean;
  readonly runningTasksCount?: number;
}

/** With the region that is asked. */
export interface RegionalCredentials extends AccessKeyCredentials {
  readonly region: string;
}

/** At most 100 at once, as the API has it; `problem` when there is no answer. */
export async function describeInstances(
  endpoint: string,
  credentials: RegionalCredentials,
  cluster: string,
  containerInstances: readonly string[],
): Promise<{ readonly instances: readonly DescribedInstance[] } | { readonly problem: string }> {
  const answer = await call(endpoint, credentials, 'DescribeContainerInstances', { cluster, containerInstances });
  if (answer.outcome !== 'answer') return { problem: answer.message };
  return { instances: (answer.output as { containerInstances?: DescribedInstance[] }).containerInstances ?? [] };
}

const call = (endpoint: string, { region, ...credentials }: RegionalCredentials, operation: string, input: object) =>
  callApi({
    endpoint,
    credentials,
    region,
    service: 'ecs',
    target: `AmazonEC2ContainerServiceV20141113.${operation}`,
    input,
    timeoutMs: 5_000,
  });

/** The control plane that is waited for, and its container instances on this host. */
export interface Wanted {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
  readonly instanceIds: readonly string[];
  readonly desired: Desired;
}

/** Undefined when every process is ready and every wanted instance connected; else what is missing. */
export const missing = async (records: readonly ProcessRecord[], wanted: Wanted): Promise<string | undefined> =>
  (await notReady(records)) ?? (await missingInstances(wanted));

/** As the API itself tells: registered, and its agent connected. */
async function missingInstances({ endpoint, credentials, instanceIds, desired }: Wanted): Promise<string | undefined> {
  const regional = { ...credentials, region: desired.region ?? DEFAULT_REGION };
  if (instanceIds.length > 0) {
    const answer = await describeInstances(endpoint, regional, DEFAULT_CLUSTER, instanceIds);
    if ('problem' in answer) return `the API answers ${answer.problem}`;
    const connected = answer.instances.filter((instance) => instance.agentConnected).length;
    if (connected < instanceIds.length) return `${instanceIds.length - connected} of ${instanceIds.length} container instances`;
  }
  if (desired.simulate > 0) {
    const answer = await call(endpoint, regional, 'DescribeClusters', { clusters: [DEFAULT_CLUSTER] });
    if (answer.outcome !== 'answer') return `the API answers ${answer.message}`;
    const { clusters = [] } = answer.output as { clusters?: { registeredContainerInstancesCount?: number }[] };
    const registered = clusters[0]?.registeredContainerInstancesCount ?? 0;
    if (registered < desired.simulate + instanceIds.length) return `simulated instances (${registered} have registered)`;
  }
  return undefined;
}
