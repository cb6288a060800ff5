import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const BUSES = new Set(['DescribeEventBus']);

/** …/list_amazoneventbridgescheduler.html: schedules and groups. */
export function scheduleResourcesOf(operation: string, input: Input, scope: Scope): readonly Resource[] {
  const { Name, GroupName, ResourceArn } = input;
  if (typeof ResourceArn === 'string' && ResourceArn !== '') return [{ arn: ResourceArn }];
  if (typeof Name !== 'string' || Name === '') return [];
  const group = typeof GroupName === 'string' ? GroupName : 'default';
  const resource = operation.endsWith('Group') ? `schedule-group/${Name}` : `schedule/${group}/${Name}`;
  return [{ arn: `arn:aws:scheduler:${scope.region}:${scope.accountId}:${resource}` }];
}

/** As in https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html: rules of the default bus, and that bus. */
export function ruleResourcesOf(operation: string, { Name, Rule, ResourceARN }: Input, scope: Scope): readonly Resource[] {
  if (typeof ResourceARN === 'string' && ResourceARN !== '') return [{ arn: ResourceARN }];
  const isBus = BUSES.has(operation);
  const name = Name ?? Rule ?? (isBus ? 'default' : undefined);
  if (typeof name !== 'string' || name === '') return [];
  if (name.startsWith('arn:')) return [{ arn: name }];
  return [{ arn: `arn:aws:events:${scope.region}:${scope.accountId}:${isBus ? 'event-bus' : 'rule'}/${name}` }];
}
