import type { Scope } from '#lib/kernel';

export const logGroupArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:logs:${region}:${accountId}:log-group:${name}`;

export const logStreamArn = (scope: Scope, group: string, name: string): string =>
  `${logGroupArn(scope, group)}:log-stream:${name}`;

/** Undefined when it is no ARN of a log group. That of DescribeLogGroups ends with `:*`. */
export function parseLogGroupArn(
  arn: string,
): { readonly accountId: string; readonly region: string; readonly name: string } | undefined {
  const found = /^arn:[^:]+:logs:([^:]+):([^:]+):log-group:([^:]+)(:\*)?$/.exec(arn);
  return found ? { region: found[1]!, accountId: found[2]!, name: found[3]! } : undefined;
}
