import type { Attributes, Listener, LoadBalancer, LoadBalancerType, Protocol, TargetGroup } from './model.js';
import { refusals } from './refusals.js';

/** What an attribute may be. */
type Kind =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'text' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly or?: readonly string[] }
  | { readonly kind: 'choice'; readonly of: readonly string[] };

interface AttributeRow {
  readonly kind: Kind;
  /** Undefined: it is not told before it is set. */
  readonly initial: string | undefined;
}

const boolean = (initial = 'false'): AttributeRow => ({ kind: { kind: 'boolean' }, initial });
const text = (initial = ''): AttributeRow => ({ kind: { kind: 'text' }, initial });
const integer = (min: number, max: number, initial: string | undefined, or?: readonly string[]): AttributeRow => ({
  kind: { kind: 'integer', min, max, or },
  initial,
});
const choice = (of: readonly string[], initial = of[0]!): AttributeRow => ({ kind: { kind: 'choice', of }, initial });

type Table = Readonly<Record<string, AttributeRow>>;

const logs = (what: string): Table => ({
  [`${what}.s3.enabled`]: boolean(),
  [`${what}.s3.bucket`]: text(),
  [`${what}.s3.prefix`]: text(),
});

const EVERY_LOAD_BALANCER: Table = {
  'deletion_protection.enabled': boolean(),
  ...logs('access_logs'),
  'ipv6.deny_all_igw_traffic': boolean(),
  'zonal_shift.config.enabled': boolean(),
};

/** In the order in which ELBv2's documentation lists them. */
const OF_LOAD_BALANCERS: Readonly<Record<LoadBalancerType, Table>> = {
  application: {
    ...EVERY_LOAD_BALANCER,
    'load_balancing.cross_zone.enabled': choice(['true']),
    'idle_timeout.timeout_seconds': integer(1, 4_000, '60'),
    'client_keep_alive.seconds': integer(60, 604_800, '3600'),
    ...logs('connection_logs'),
    ...logs('health_check_logs'),
    'routing.http.desync_mitigation_mode': choice(['defensive', 'monitor', 'strictest']),
    'routing.http.drop_invalid_header_fields.enabled': boolean(),
    'routing.http.preserve_host_header.enabled': boolean(),
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': boolean(),
    'routing.http.xff_client_port.enabled': boolean(),
    'routing.http.xff_header_processing.mode': choice(['append', 'preserve', 'remove']),
    'routing.http2.enabled': boolean('true'),
    'waf.fail_open.enabled': boolean(),
  },
  network: {
    ...EVERY_LOAD_BALANCER,
    'load_balancing.cross_zone.enabled': boolean(),
    'dns_record.client_routing_policy': choice([
      'any_availability_zone',
      'availability_zone_affinity',
      'partial_availability_zone_affinity',
    ]),
    'secondary_ips.auto_assigned.per_subnet': integer(0, 7, '0'),
  },
};

const WEEK_SECONDS = '604800';
/** Which of them a group may have follows from its protocol: ELBv2 has a sentence of its own for the others. */
const STICKINESS_TYPES = ['app_cookie', 'lb_cookie', 'source_ip'];
const EVERY_TARGET_GROUP: Table = {
  'deregistration_delay.timeout_seconds': integer(0, 3_600, '300'),
  'stickiness.enabled': boolean(),
  'load_balancing.cross_zone.enabled': choice(['use_load_balancer_configuration', 'true', 'false']),
  'target_group_health.dns_failover.minimum_healthy_targets.count': integer(1, 5_000, '1', ['off']),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': integer(1, 100, 'off', ['off']),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': integer(1, 5_000, '1'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': integer(1, 100, 'off', ['off']),
  // Longshore's own: instead of HealthCheckIntervalSeconds, for those who want to know sooner than AWS allows.
  'longshore.health_check.interval_ms': integer(50, 300_000, undefined),
};

const OF_APPLICATION_TARGET_GROUPS: Table = {
  ...EVERY_TARGET_GROUP,
  'stickiness.type': choice(STICKINESS_TYPES, 'lb_cookie'),
  'stickiness.lb_cookie.duration_seconds': integer(1, Number(WEEK_SECONDS), '86400'),
  'stickiness.app_cookie.cookie_name': text(),
  'stickiness.app_cookie.duration_seconds': integer(1, Number(WEEK_SECONDS), '86400'),
  'load_balancing.algorithm.type': choice(['round_robin', 'least_outstanding_requests', 'weighted_random']),
  'load_balancing.algorithm.anomaly_mitigation': choice(['off', 'on']),
  'slow_start.duration_seconds': integer(30, 900, '0', ['0']),
};

const OF_NETWORK_TARGET_GROUPS: Table = {
  ...EVERY_TARGET_GROUP,
  'stickiness.type': choice(STICKINESS_TYPES, 'source_ip'),
  'deregistration_delay.connection_termination.enabled': boolean(),
  'preserve_client_ip.enabled': boolean('true'),
  'proxy_protocol_v2.enabled': boolean(),
  'target_health_state.unhealthy.connection_termination.enabled': boolean('true'),
  'target_health_state.unhealthy.draining_interval_seconds': integer(0, 360_000, '0'),
};
/** ELBv2 keeps the client's address by default except for TCP and TLS to IP addresses. */
const OF_NETWORK_TARGET_GROUPS_BY_IP: Table = { ...OF_NETWORK_TARGET_GROUPS, 'preserve_client_ip.enabled': boolean() };

const RESPONSE_HEADERS = [
  'strict_transport_security',
  'access_control_allow_origin',
  'access_control_allow_methods',
  'access_control_allow_headers',
  'access_control_allow_credentials',
  'access_control_expose_headers',
  'access_control_max_age',
  'content_security_policy',
  'x_content_type_options',
  'x_frame_options',
];
const REQUEST_HEADERS = [
  'X-Amzn-Mtls-Clientcert-Serial-Number',
  'X-Amzn-Mtls-Clientcert-Issuer',
  'X-Amzn-Mtls-Clientcert-Subject',
  'X-Amzn-Mtls-Clientcert-Validity',
  'X-Amzn-Mtls-Clientcert-Leaf',
  'X-Amzn-Mtls-Clientcert',
  'X-Amzn-Tls-Version',
  'X-Amzn-Tls-Cipher-Suite',
];
const OF_HTTP_LISTENERS: Table = {
  'routing.http.response.server.enabled': boolean('true'),
  ...Object.fromEntries(RESPONSE_HEADERS.map((name) => [`routing.http.response.${name}.header_value`, text()])),
};
const OF_HTTPS_LISTENERS: Table = {
  ...OF_HTTP_LISTENERS,
  ...Object.fromEntries(
    REQUEST_HEADERS.map((name) => [`routing.http.request.${name.toLowerCase().replaceAll('-', '_')}.header_name`, text(name)]),
  ),
};
const OF_TCP_LISTENERS: Table = { 'tcp.idle_timeout.seconds': integer(60, 6_000, '350') };

export const isApplication = (protocol: Protocol): boolean => protocol === 'HTTP' || protocol === 'HTTPS';

/** The kinds of things that have attributes. */
interface Bearer {
  /** As in "not supported on load balancers with type 'network'". */
  readonly kind: 'load balancer' | 'target group' | 'listener';
  readonly sort: string;
  readonly table: Table;
  readonly all: readonly Table[];
}

export function bearerOf(thing: LoadBalancer | TargetGroup | Listener): Bearer {
  if ('targetType' in thing) {
    const { protocol, targetType } = thing;
    const table = isApplication(protocol)
      ? OF_APPLICATION_TARGET_GROUPS
      : targetType === 'ip'
        ? OF_NETWORK_TARGET_GROUPS_BY_IP
        : OF_NETWORK_TARGET_GROUPS;
    const all = [OF_APPLICATION_TARGET_GROUPS, OF_NETWORK_TARGET_GROUPS];
    return { kind: 'target group', sort: `protocol '${protocol}'`, table, all };
  }
  if ('type' in thing) {
    const table = OF_LOAD_BALANCERS[thing.type];
    return { kind: 'load balancer', sort: `type '${thing.type}'`, table, all: Object.values(OF_LOAD_BALANCERS) };
  }
  const { protocol } = thing;
  const table = protocol === 'HTTP' ? OF_HTTP_LISTENERS : protocol === 'HTTPS' ? OF_HTTPS_LISTENERS : OF_TCP_LISTENERS;
  return { kind: 'listener', sort: `protocol '${protocol}'`, table, all: [OF_HTTPS_LISTENERS, OF_TCP_LISTENERS] };
}

/** The value that counts: what was set, else the default of such a thing. */
export const attributeOf = (thing: LoadBalancer | TargetGroup | Listener, key: string): string | undefined =>
  thing.attributes[key] ?? bearerOf(thing).table[key]?.initial;

export const secondsOf = (thing: LoadBalancer | TargetGroup | Listener, key: string): number => Number(attributeOf(thing, key));

export const isEnabled = (thing: LoadBalancer | TargetGroup | Listener, key: string): boolean =>
  attributeOf(thing, key) === 'true';

/** How often a target is checked. */
export const healthCheckIntervalMs = (group: TargetGroup): number =>
  Number(group.attributes['longshore.health_check.interval_ms'] ?? group.healthCheck.intervalSeconds * 1_000);

/** All attributes that such a thing has, as ELBv2 tells them. */
export function attributesView(thing: LoadBalancer | TargetGroup | Listener): { readonly Key: string; readonly Value: string }[] {
  return Object.keys(bearerOf(thing).table).flatMap((Key) => {
    const Value = attributeOf(thing, Key);
    return Value === undefined ? [] : [{ Key, Value }];
  });
}

export interface AttributeInput {
  readonly Key?: string;
  readonly Value?: string;
}

/** Attributes to be set, checked; only those that are a change. */
export function checkAttributes(thing: LoadBalancer | TargetGroup | Listener, given: readonly AttributeInput[]): Attributes {
  const bearer = bearerOf(thing);
  const checked = new Map<string, string>();
  for (const { Key = '', Value = '' } of given) {
    if (checked.has(Key)) throw refusals.validation(`Attribute key '${Key}' was specified more than once`);
    checked.set(Key, checkValue(bearer, Key, Value));
  }
  if (checked.size === 0) throw refusals.validation('At least one attribute must be specified');
  return Object.fromEntries([...checked].filter(([key, value]) => attributeOf(thing, key) !== value));
}

const capital = (words: string): string => words[0]!.toUpperCase() + words.slice(1);

function checkValue({ kind: owner, sort, table, all }: Bearer, key: string, value: string): string {
  if (!Object.hasOwn(table, key)) {
    if (!all.some((other) => Object.hasOwn(other, key))) {
      throw refusals.validation(`${capital(owner)} attribute key '${key}' is not recognized`);
    }
    throw refusals.invalidConfiguration(`${capital(owner)} attribute key '${key}' is not supported on ${owner}s with ${sort}`);
  }
  const must = (what: string) => refusals.validation(`${capital(owner)} attribute '${key}' must be ${what}, not '${value}'`);
  const { kind } = table[key]!;
  if (kind.kind === 'boolean' && value !== 'true' && value !== 'false') throw must("'true' or 'false'");
  if (kind.kind === 'choice' && !kind.of.includes(value)) throw must(`one of [${kind.of.join(', ')}]`);
  if (kind.kind === 'text' && value.length > 1_024) throw refusals.validation(`The value of attribute '${key}' is too long`);
  if (kind.kind === 'integer') {
    const { min, max, or = [] } = kind;
    const isNumber = /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max;
    if (!isNumber && !or.includes(value)) {
      throw must(`${or.map((word) => `'${word}' or `).join('')}between ${min} and ${max}`);
    }
  }
  return value;
}
