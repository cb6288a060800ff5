import { isApplication } from './attributes.js';
import type { HealthCheck, Protocol, TargetGroup } from './model.js';
import { refusals } from './refusals.js';

export interface HealthCheckInput {
  readonly HealthCheckProtocol?: string;
  readonly HealthCheckPort?: string;
  readonly HealthCheckPath?: string;
  readonly HealthCheckEnabled?: boolean;
  readonly HealthCheckIntervalSeconds?: number;
  readonly HealthCheckTimeoutSeconds?: number;
  readonly HealthyThresholdCount?: number;
  readonly UnhealthyThresholdCount?: number;
  readonly Matcher?: { readonly HttpCode?: string; readonly GrpcCode?: string };
}

type Checked = Pick<TargetGroup, 'protocol' | 'protocolVersion' | 'targetType'>;

const GRPC_PATH = '/AWS.ALB/healthcheck';

/** The health check of a new target group, or of one that `has` another: with ELBv2's defaults for its protocol. */
export function checkHealthCheck(group: Checked, input: HealthCheckInput, has?: HealthCheck): HealthCheck {
  if (input.HealthCheckEnabled === false) {
    throw refusals.validation(`Health checks must be enabled for target groups with target type '${group.targetType}'`);
  }
  const protocol = checkProtocol(group, input.HealthCheckProtocol ?? has?.protocol);
  const intervalSeconds = input.HealthCheckIntervalSeconds ?? has?.intervalSeconds ?? 30;
  const timeoutSeconds =
    input.HealthCheckTimeoutSeconds ??
    has?.timeoutSeconds ??
    Math.min(defaultTimeoutSeconds(group.protocol, protocol), intervalSeconds);
  if (timeoutSeconds > intervalSeconds) {
    throw refusals.validation('Health check interval must be greater than the timeout.');
  }
  return {
    enabled: true,
    protocol,
    port: checkPort(input.HealthCheckPort || has?.port || 'traffic-port'),
    intervalSeconds,
    timeoutSeconds,
    healthyThresholdCount: input.HealthyThresholdCount ?? has?.healthyThresholdCount ?? 5,
    unhealthyThresholdCount: input.UnhealthyThresholdCount ?? has?.unhealthyThresholdCount ?? 2,
    ...checkHttp(group, protocol, input, has),
  };
}

function checkProtocol({ protocol, targetType }: Checked, given: string | undefined): HealthCheck['protocol'] {
  const chosen = given ?? (isApplication(protocol) ? protocol : 'TCP');
  if (chosen === 'HTTP' || chosen === 'HTTPS') return chosen;
  if (chosen === 'TCP' && !isApplication(protocol)) return chosen;
  throw refusals.invalidConfiguration(
    `Health check protocol '${chosen}' is not supported for target groups with protocol '${protocol}' and target type '${targetType}'`,
  );
}

/** Seconds, as ELBv2's documentation has them. */
const defaultTimeoutSeconds = (protocol: Protocol, check: HealthCheck['protocol']): number =>
  isApplication(protocol) ? 5 : check === 'HTTP' ? 6 : 10;

function checkPort(port: string): string {
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (port !== 'traffic-port' && !isPort) {
    throw refusals.validation(`Health check port '${port}' must be 'traffic-port' or a port number between 1 and 65535`);
  }
  return port;
}

function checkHttp(group: Checked, protocol: HealthCheck['protocol'], input: HealthCheckInput, has?: HealthCheck) {
  // Templating tools send an empty path and an empty matcher with TCP checks.
  const given = { path: input.HealthCheckPath, matcher: input.Matcher };
  if (protocol === 'TCP') {
    if (given.path) throw refusals.invalidConfiguration('A health check path cannot be specified for TCP health checks');
    if (given.matcher?.HttpCode || given.matcher?.GrpcCode) {
      throw refusals.invalidConfiguration('A matcher cannot be specified for TCP health checks');
    }
    return {};
  }
  const isGrpc = group.protocolVersion === 'GRPC';
  const path = given.path || has?.path || (isGrpc ? GRPC_PATH : '/');
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    throw refusals.validation(
      `Health check path '${path}' must begin with a '/' and can only contain printable ASCII characters`,
    );
  }
  return { path, matcher: checkMatcher(group, isGrpc, given.matcher, has?.matcher) };
}

type Matcher = NonNullable<HealthCheck['matcher']>;

function checkMatcher(group: Checked, isGrpc: boolean, given: Matcher | undefined, has: Matcher | undefined): Matcher {
  if (isGrpc) {
    if (given?.HttpCode)
      throw refusals.invalidConfiguration('An HTTP code matcher cannot be specified for protocol version GRPC');
    const GrpcCode = given?.GrpcCode || has?.GrpcCode || '12';
    checkCodes('GRPC', GrpcCode, 0, 99);
    return { GrpcCode };
  }
  if (given?.GrpcCode) throw refusals.invalidConfiguration('A GRPC code matcher can only be specified for protocol version GRPC');
  const application = isApplication(group.protocol);
  const HttpCode = given?.HttpCode || has?.HttpCode || (application ? '200' : '200-399');
  checkCodes('HTTP', HttpCode, 200, application ? 499 : 599);
  return { HttpCode };
}

/** `200`, `200,202`, `200-299`. */
function checkCodes(what: string, codes: string, min: number, max: number): void {
  const inRange = (code: string) => /^\d{1,3}$/.test(code) && Number(code) >= min && Number(code) <= max;
  const isSound =
    codes.length <= 255 &&
    codes.split(',').every((part) => {
      const [from = '', to = from, ...more] = part.split('-');
      return more.length === 0 && inRange(from) && inRange(to) && Number(from) <= Number(to);
    });
  if (!isSound) {
    throw refusals.validation(
      `Health check matcher ${what} code '${codes}' must be within '${min}-${max}' inclusive, as a value, a list or a range`,
    );
  }
}

/** The codes that a healthy answer has: inclusive ranges. */
export const matcherRanges = ({ matcher }: HealthCheck): readonly (readonly [from: number, to: number])[] =>
  (matcher?.HttpCode ?? matcher?.GrpcCode ?? '').split(',').flatMap((part) => {
    if (part === '') return [];
    const [from, to = from] = part.split('-').map(Number) as [number, number?];
    return [[from, to!] as const];
  });
