import { attributeOf, isApplication, isEnabled, secondsOf } from '../domain/attributes.js';
import type { LoadBalancer, Target, TargetGroup } from '../domain/model.js';
import { addressOf, backendName, errorPage, quoted, SERVER_HEADER } from './config-text.js';
import { checkOf, speaksHttp2 } from './health-check.js';
import type { Backend, Server } from './model.js';
import { registrationOf } from './registration.js';

export interface BackendInput {
  readonly group: TargetGroup;
  readonly loadBalancer: LoadBalancer;
  readonly targets: readonly Target[];
}

export function backendOf({ group, loadBalancer, targets }: BackendInput): Backend {
  const http = isApplication(group.protocol);
  const check = checkOf(group);
  return {
    name: backendName(group.arn),
    loadBalancerArn: loadBalancer.arn,
    targetGroupArn: group.arn,
    lines: [...(http ? httpLines(group, loadBalancer) : tcpLines(group)), ...(check?.lines ?? [])],
    serverOptions: [...(check?.serverOptions ?? []), ...connectionOptions(group, http)].join(' '),
    ...(check ? { check: { intervalMs: check.intervalMs, fall: check.fall, first: check.first } } : {}),
    cutsAtTheEnd: http || isEnabled(group, 'deregistration_delay.connection_termination.enabled'),
    servers: serversOf(group, targets),
  };
}

/** A connection to a target that does not answer gives way to another target soon; ELB itself gives up after 10 seconds. */
const CONNECTING = ['timeout connect 3s', 'retries 3', 'option redispatch 1'];

function httpLines(group: TargetGroup, loadBalancer: LoadBalancer): readonly string[] {
  const idle = `${secondsOf(loadBalancer, 'idle_timeout.timeout_seconds')}s`;
  return [
    'mode http',
    `balance ${ALGORITHMS[attributeOf(group, 'load_balancing.algorithm.type')!]}`,
    ...CONNECTING,
    `timeout server ${idle}`,
    `timeout tunnel ${idle}`,
    ...stickiness(group),
    // HAProxy's own 503 is about a target that cannot be reached, which in ELB is a 502 (the error files of `render`). A process that was
    // replaced tells of no servers at all, whatever it has.
    `http-request return status 503 content-type text/html lf-string ${quoted(NO_TARGET_PAGE)} hdr Server ${SERVER_HEADER} if { nbsrv eq 0 } !{ stopping }`,
  ];
}

const NO_TARGET_PAGE = errorPage('503 Service Temporarily Unavailable').replaceAll('\r\n', '');

const ALGORITHMS: Readonly<Record<string, string>> = {
  round_robin: 'roundrobin',
  least_outstanding_requests: 'leastconn',
  weighted_random: 'random(1)',
};

/**
 * By a cookie of the load balancer's, or by the application's own, to whose value the target is added for the client and taken away
 * again for the application. Both name a target by a hash of its address: the same in every replica and after every restart.
 */
function stickiness(group: TargetGroup): readonly string[] {
  if (!isEnabled(group, 'stickiness.enabled')) return [];
  const key = `dynamic-cookie-key ${quoted(group.arn)}`;
  if (attributeOf(group, 'stickiness.type') === 'app_cookie') {
    return [`cookie ${quoted(attributeOf(group, 'stickiness.app_cookie.cookie_name')!)} prefix nocache dynamic`, key];
  }
  const seconds = secondsOf(group, 'stickiness.lb_cookie.duration_seconds');
  return [`cookie AWSALB insert indirect nocache dynamic maxidle ${seconds}s attr Max-Age=${seconds}`, key];
}

/** Longer than any listener's idle timeout, which is what ends an idle connection. */
const TCP_IDLE = '6100s';

const tcpLines = (group: TargetGroup): readonly string[] => [
  'mode tcp',
  ...(isEnabled(group, 'stickiness.enabled') ? ['balance source', 'hash-type consistent'] : ['balance leastconn']),
  ...CONNECTING,
  `timeout server ${TCP_IDLE}`,
];

/** ELB does not verify the certificates of its targets. */
function connectionOptions(group: TargetGroup, http: boolean): readonly string[] {
  const tls = group.protocol === 'HTTPS' || group.protocol === 'TLS';
  const slowStart = http ? secondsOf(group, 'slow_start.duration_seconds') : 0;
  return [
    ...(tls ? ['ssl verify none'] : group.healthCheck.protocol === 'HTTPS' ? ['verify none'] : []),
    ...(speaksHttp2(group) ? [tls ? 'alpn h2' : 'proto h2'] : []),
    ...(isEnabled(group, 'proxy_protocol_v2.enabled') ? ['send-proxy-v2 check-send-proxy'] : []),
    ...(slowStart > 0 ? [`slowstart ${slowStart}s`] : []),
  ];
}

/** Targets whose address is not known cannot be reached yet. */
function serversOf({ targetType }: TargetGroup, targets: readonly Target[]): ReadonlyMap<string, Server> {
  const servers = new Map<string, Server>();
  for (const target of targets) {
    const host = target.address ?? (targetType === 'ip' ? target.id : undefined);
    if (host === undefined) continue;
    const address = addressOf(host, target.port);
    const draining = target.drainDeadlineAt !== undefined;
    const same = servers.get(address);
    servers.set(address, {
      address,
      host,
      port: target.port,
      draining: draining && (same?.draining ?? true),
      recorded: same?.recorded === 'healthy' ? 'healthy' : target.health.state,
      registeredAt: same && same.registeredAt > target.registeredAt ? same.registeredAt : target.registeredAt,
      registrations: [...(same?.registrations ?? []), registrationOf(target)],
    });
  }
  return servers;
}
