import type { Scope } from '#lib/kernel';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).flatMap((one) => text(one) ?? []);

/** Operations about one stream; the others are about a group, or about none. */
const OF_STREAMS = ['CreateLogStream', 'DeleteLogStream', 'PutLogEvents', 'GetLogEvents'];

/**
 * What an operation of CloudWatch Logs is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html. A group is the ARN with
 * `:log-stream:` behind it, as AWS's denials name it: the usual `log-group:name:*` means it, `log-group:name` alone does not.
 */
export function logResourcesOf(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  { accountId, region }: Scope,
): readonly { readonly arn: string }[] {
  const arn = text(input.resourceArn);
  if (arn) return [{ arn }];
  const stream = OF_STREAMS.includes(operation) ? (text(input.logStreamName) ?? '') : '';
  const groups = ['logGroupName', 'logGroupIdentifier', 'logGroupNames', 'logGroupIdentifiers'].flatMap((member) =>
    texts(input[member]),
  );
  return groups.map((group) => {
    const own = group.startsWith('arn:') ? group.replace(/:\*$/, '') : `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
    return { arn: `${own}:log-stream:${stream}` };
  });
}
