import type { Scope } from '#lib/kernel';

export const alarmArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;
