import { callApi } from '../api/api-client.js';
import type { Layout } from '../host/layout.js';
import { ensureSecrets, regionOf } from '../host/secrets.js';
import type { RunState } from '../supervise/run-state.js';
import { table } from '../terminal/table.js';

/** As `longshore.ListLoadBalancers` tells it. */
export interface KnownLoadBalancer {
  readonly name: string;
  readonly type: string;
  readonly dnsName: string;
  readonly addresses: { readonly own: string; readonly containers?: string; readonly shared?: string };
  readonly state: string;
  readonly reason?: string;
  /** `HTTP:80`. */
  readonly listeners: readonly string[];
}

/** The first account's. None while the API does not answer: `status` says why it does not. */
export async function knownLoadBalancers(layout: Layout, state: RunState): Promise<readonly KnownLoadBalancer[]> {
  const answer = await callApi({
    endpoint: state.endpoint,
    credentials: ensureSecrets(layout),
    region: regionOf(layout),
    service: 'longshore',
    target: 'Longshore_20261122.ListLoadBalancers',
    input: {},
    timeoutMs: 2_000,
  });
  if (answer.outcome !== 'answer') return [];
  return (answer.output as { loadBalancers?: readonly KnownLoadBalancer[] }).loadBalancers ?? [];
}

export const loadBalancersText = (loadBalancers: readonly KnownLoadBalancer[]): string =>
  table([
    ['LOAD BALANCER', 'ADDRESS', 'LISTENERS', 'STATE', 'NAME'],
    ...loadBalancers.map(({ name, addresses, listeners, state, reason, dnsName }) => [
      name,
      Object.values(addresses).join(' '),
      listeners.join(' ') || '-',
      reason === undefined ? state : `${state}: ${reason}`,
      dnsName,
    ]),
  ]);
