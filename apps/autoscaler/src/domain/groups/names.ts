import { scopeKey } from '#lib/kernel';
import { uuid } from '../targets/names.js';
import type { AutoScalingGroup, GroupId } from './model.js';

export const groupKey = (group: GroupId): string => `${scopeKey(group)}:${group.name}`;

export const groupArn = ({ accountId, region, id, name }: Pick<AutoScalingGroup, keyof GroupId | 'id'>): string =>
  `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:${uuid(id)}:autoScalingGroupName/${name}`;
