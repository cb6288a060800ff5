import { tmpdir } from 'node:os';
import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';
import { parseIpv4 } from '#lib/kernel';
import type { DnsSettings } from './dns/names.js';
import { directoriesOf } from './haproxy/directories.js';
import type { LaunchSettings } from './haproxy/launch.js';
import { connectionsWithin, openFilesLimit } from './haproxy/open-files.js';
import { firstAddress, parseRange, type Placement } from './domain/addresses.js';

const range = z.string().refine((text) => parseRange(text) !== undefined, 'must be an IPv4 range like 127.1.0.0/16');

const schema = z.object({
  LONGSHORE_LOAD_BALANCER_ADDRESSES: range.default('127.1.0.0/16'),
  LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES: range.optional(),
  LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS: z
    .string()
    .refine((text) => parseIpv4(text) !== undefined, 'must be an IPv4 address')
    .optional(),
  LONGSHORE_DNS_SUFFIX: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a domain name')
    .default('longshore.internal'),
  /** Where names are asked for, at the first address of each range and the shared one; 0: nowhere. Only root may take 53. */
  LONGSHORE_DNS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Whom this host asks about all other names. */
  LONGSHORE_RESOLV_CONF: z.string().default('/etc/resolv.conf'),
  /** Debian's place. Used only while there are load balancers. */
  LONGSHORE_HAPROXY: z.string().default('/usr/sbin/haproxy'),
  LONGSHORE_HOME: z.string().optional(),
  LONGSHORE_MASTER_KEY_FILE: z.string(),
  /** Of each replica's HAProxy, all load balancers together. */
  LONGSHORE_LOAD_BALANCER_MAX_CONNECTIONS: z.coerce.number().int().min(100).max(1_000_000).default(10_000),
  /** What connections of a HAProxy that was replaced have to end in. */
  LONGSHORE_LOAD_BALANCER_RELOAD_SECONDS: z.coerce.number().int().min(1).max(86_400).default(600),
  /** A line in the app's log for every request. */
  LONGSHORE_LOAD_BALANCER_ACCESS_LOG: z.stringbool().default(false),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
});

export interface LoadBalancerConfig {
  readonly placement: Placement;
  readonly haproxy: LaunchSettings;
  readonly dns: DnsSettings;
  /** The keys of certificates are sealed with it. */
  readonly masterKeyFile: string;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

const DNS_PORT = 53;
const DNS_PORT_WITHOUT_ROOT = 1053;

function dnsSettings(env: z.infer<typeof schema>): DnsSettings {
  const port = env.LONGSHORE_DNS_PORT ?? (process.getuid?.() === 0 ? DNS_PORT : DNS_PORT_WITHOUT_ROOT);
  const { LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES: containers, LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS: shared } = env;
  // No load balancer ever has the first address of a range.
  const here = [env.LONGSHORE_LOAD_BALANCER_ADDRESSES, ...(containers === undefined ? [] : [containers])].map(firstAddress);
  const endpoints = [
    ...here.map((address) => ({ address, port, side: 'here' as const })),
    ...(shared === undefined ? [] : [{ address: shared, port, side: 'elsewhere' as const }]),
  ];
  return {
    endpoints: port === 0 ? [] : endpoints,
    suffix: env.LONGSHORE_DNS_SUFFIX,
    resolvConf: env.LONGSHORE_RESOLV_CONF,
  };
}

export function loadBalancerConfig(environment: NodeJS.ProcessEnv, replica: number): LoadBalancerConfig {
  const env = parseEnvironment(schema, environment);
  return {
    placement: {
      ownRange: env.LONGSHORE_LOAD_BALANCER_ADDRESSES,
      containerRange: env.LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES,
      sharedAddress: env.LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS,
      dnsSuffix: env.LONGSHORE_DNS_SUFFIX,
    },
    haproxy: {
      program: env.LONGSHORE_HAPROXY,
      home: env.LONGSHORE_HOME,
      ...directoriesOf(env.LONGSHORE_HOME ?? tmpdir(), replica),
      // Its listeners may have ports that only root may take; its requests are nobody's business who is root.
      ...(process.getuid?.() === 0 ? { user: 'haproxy' } : {}),
      maxConnections: connectionsWithin(openFilesLimit(), env.LONGSHORE_LOAD_BALANCER_MAX_CONNECTIONS),
      longestReloadSeconds: env.LONGSHORE_LOAD_BALANCER_RELOAD_SECONDS,
      accessLog: env.LONGSHORE_LOAD_BALANCER_ACCESS_LOG,
    },
    dns: dnsSettings(env),
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE,
  };
}
