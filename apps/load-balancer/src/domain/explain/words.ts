import { lastSegment } from '#lib/kernel';
import { healthCheckIntervalMs } from '../attributes.js';
import type { Action, Condition, ForwardConfig, Listener, Target, TargetGroup, TextPatterns } from '../model.js';

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `targetgroup/web/50dc6c495c0c9188` of its ARN. */
export const groupName = (arn: string): string => arn.split('/')[1] ?? arn;

export const listenerName = ({ protocol, port }: Pick<Listener, 'protocol' | 'port'>): string => `${protocol} ${port}`;

/** When a rule holds. */
export const conditionsText = (conditions: readonly Condition[]): string => conditions.map(conditionText).join(' and ');

function conditionText(condition: Condition): string {
  switch (condition.Field) {
    case 'host-header':
      return `host ${patterns(condition.HostHeaderConfig)}`;
    case 'path-pattern':
      return `path ${patterns(condition.PathPatternConfig)}`;
    case 'http-header':
      return `header ${condition.HttpHeaderConfig!.HttpHeaderName} ${patterns(condition.HttpHeaderConfig)}`;
    case 'http-request-method':
      return `method ${oneOf(condition.HttpRequestMethodConfig!.Values)}`;
    case 'query-string':
      return `query ${oneOf(
        condition.QueryStringConfig!.Values.map(({ Key, Value }) => (Key === undefined ? Value : `${Key}=${Value}`)),
      )}`;
    case 'source-ip':
      return `client ${oneOf(condition.SourceIpConfig!.Values)}`;
  }
}

const oneOf = (values: readonly string[]): string => values.join(' or ');
const patterns = ({ Values = [], RegexValues = [] }: TextPatterns = {}): string =>
  RegexValues.length > 0 ? `like ${oneOf(RegexValues)}` : oneOf(Values);

/** What an action does, but for where a forward leads: `sharesOf` says that. */
export function answerText({ RedirectConfig: redirect, FixedResponseConfig: fixed }: Action): string {
  if (fixed) return `answers ${fixed.StatusCode}`;
  if (!redirect) return 'forwards';
  const { StatusCode, Protocol, Host, Port, Path, Query } = redirect;
  const query = Query === '' ? '' : `?${Query}`;
  return `redirects (${StatusCode.replace('HTTP_', '')}) to ${Protocol}://${Host}:${Port}${Path}${query}`.replace(
    '#{protocol}',
    'the same protocol',
  );
}

export interface Share {
  readonly targetGroupArn: string;
  readonly percent: number;
}

/** In proportion to the weights; none where all of them are 0. */
export function sharesOf({ TargetGroups }: ForwardConfig): readonly Share[] {
  const all = TargetGroups.reduce((sum, { Weight }) => sum + Weight, 0);
  return TargetGroups.map(({ TargetGroupArn, Weight }) => ({
    targetGroupArn: TargetGroupArn,
    percent: all === 0 ? 0 : Math.round((1_000 * Weight) / all) / 10,
  }));
}

export function checkText(group: TargetGroup): string {
  const { enabled, protocol, port, path, timeoutSeconds, healthyThresholdCount, unhealthyThresholdCount, matcher } =
    group.healthCheck;
  if (!enabled) return 'Targets are not checked: each is taken for healthy.';
  const where = port === 'traffic-port' ? 'its own port' : `port ${port}`;
  const wanted = matcher?.GrpcCode === undefined ? `the code ${matcher?.HttpCode}` : `the gRPC code ${matcher.GrpcCode}`;
  const asked =
    protocol === 'TCP'
      ? `A connection to ${where} has to come about`
      : `${protocol} ${path} at ${where} has to answer with ${wanted}`;
  const seconds = (ms: number) => (ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`);
  return (
    `${asked} within ${timeoutSeconds} s, every ${seconds(healthCheckIntervalMs(group))}. ` +
    `A new target is healthy after one passed check, unhealthy after ${unhealthyThresholdCount} that failed in a row, ` +
    `and healthy again after ${healthyThresholdCount} that passed.`
  );
}

export function targetName({ id, port, address, task }: Target): string {
  const at = address === undefined || address === id ? '' : ` at ${address}`;
  const of = task ? `, task ${lastSegment(task.taskArn).slice(0, 8)} (${task.containerName}:${task.containerPort})` : '';
  return `${id}:${port}${at}${of}`;
}
