import { attributeOf, healthCheckIntervalMs } from '../domain/attributes.js';
import { matcherRanges } from '../domain/health-check.js';
import type { TargetGroup } from '../domain/model.js';
import { quoted } from './config-text.js';
import type { Check, FirstCheck } from './model.js';

/** How HAProxy checks a target group's targets. */
export interface CheckSection extends Check {
  readonly lines: readonly string[];
  readonly serverOptions: readonly string[];
}

/** Under an interval of its own, shorter than AWS's shortest timeout, an answer has at least this long. */
const LEAST_TIMEOUT_MS = 200;

export function checkOf(group: TargetGroup): CheckSection | undefined {
  const { healthCheck } = group;
  if (!healthCheck.enabled) return undefined;
  const intervalMs = healthCheckIntervalMs(group);
  const timeoutMs = Math.min(healthCheck.timeoutSeconds * 1_000, Math.max(intervalMs, LEAST_TIMEOUT_MS));
  const { healthyThresholdCount: rise, unhealthyThresholdCount: fall } = healthCheck;
  const tls = healthCheck.protocol === 'HTTPS' ? ['check-ssl'] : group.protocol === 'HTTPS' ? ['no-check-ssl'] : [];
  return {
    intervalMs,
    fall,
    ...firstCheck(group, timeoutMs),
    lines: [
      `timeout check ${timeoutMs}ms`,
      ...(healthCheck.protocol === 'TCP' ? [] : httpCheck(group)),
      // Each check that changes something is told: the app looks then, not all the time.
      'option log-health-checks',
    ],
    serverOptions: [
      `check inter ${intervalMs}ms fastinter ${untilNext(intervalMs, timeoutMs, fall)}ms rise ${rise} fall ${fall}`,
      ...(healthCheck.port === 'traffic-port' ? [] : [`port ${healthCheck.port}`]),
      ...tls,
      ...(speaksHttp2(group) && healthCheck.protocol !== 'TCP'
        ? [healthCheck.protocol === 'HTTPS' ? 'check-alpn h2' : 'check-proto h2']
        : []),
    ],
  };
}

/**
 * HAProxy counts an interval from the end of a check, so a target that does not answer would cost `threshold` timeouts more than
 * threshold × interval. While a target's health is in question the pauses are shorter by as much.
 */
const untilNext = (intervalMs: number, timeoutMs: number, fall: number): number =>
  Math.max(Math.round(intervalMs / 4), fall > 1 ? Math.round(intervalMs - (timeoutMs * fall) / (fall - 1)) : 0, 10);

function firstCheck(group: TargetGroup, timeoutMs: number): { readonly first?: FirstCheck } {
  const { protocol, port, path = '/' } = group.healthCheck;
  const isSpecial = speaksHttp2(group) || attributeOf(group, 'proxy_protocol_v2.enabled') === 'true';
  if (isSpecial) return {};
  const ofItsOwn = port === 'traffic-port' ? {} : { port: Number(port) };
  return { first: { protocol, ...ofItsOwn, path, hostHeader: group.name, timeoutMs, codes: matcherRanges(group.healthCheck) } };
}

export const speaksHttp2 = ({ protocolVersion }: TargetGroup): boolean =>
  protocolVersion === 'HTTP2' || protocolVersion === 'GRPC';

function httpCheck(group: TargetGroup): readonly string[] {
  const { healthCheck } = group;
  const isGrpc = group.protocolVersion === 'GRPC';
  // ELB's Host is the target's address, which a check of HAProxy's cannot name.
  const send = [
    `http-check send meth ${isGrpc ? 'POST' : 'GET'} uri ${quoted(healthCheck.path ?? '/')} ver HTTP/1.1`,
    `hdr Host ${quoted(group.name)} hdr User-Agent ELB-HealthChecker/2.0`,
    ...(isGrpc ? ['hdr Content-Type application/grpc hdr TE trailers'] : []),
  ].join(' ');
  const wanted = matcherRanges(healthCheck);
  const expect = isGrpc
    ? `http-check expect hdr name grpc-status value -m reg ${quoted(`^(${wanted.map(numbers).join('|')})$`)}`
    : `http-check expect status ${wanted.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')}`;
  return ['option httpchk', send, expect];
}

const numbers = ([from, to]: readonly [number, number]): string =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index).join('|');
