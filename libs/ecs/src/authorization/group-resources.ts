import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * What an operation of Auto Scaling is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html: groups. The id in a group's ARN is in no
 * request, and policies have a `*` in its place. Reads are of everything.
 */
export function groupResourcesOf(input: Input, { accountId, region }: Scope): readonly Resource[] {
  const tags = Array.isArray(input.Tags) ? (input.Tags as readonly Input[]) : [];
  const names = [text(input.AutoScalingGroupName), ...tags.map(({ ResourceId }) => text(ResourceId))];
  return [...new Set(names)].flatMap((name) =>
    name === undefined
      ? []
      : [{ arn: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:*:autoScalingGroupName/${name}` }],
  );
}
