import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.flatMap((one) => text(one) ?? []) : []);

/**
 * What an operation of CloudWatch is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html: alarms; metrics have no ARNs.
 */
export function alarmResourcesOf(input: Input, { accountId, region }: Scope): readonly Resource[] {
  const arn = text(input.ResourceARN);
  if (arn !== undefined) return [{ arn }];
  const names = [...texts(input.AlarmNames), ...(text(input.AlarmName) === undefined ? [] : [text(input.AlarmName)!])];
  return names.map((name) => ({ arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}` }));
}
