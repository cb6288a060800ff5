import { LOG_PARTITIONS, partitionOf } from './partition.js';

it('a log group is always kept in the same partition: files and hosts know it by that', () => {
  const group = (accountId: string, region: string, logGroup: string) => partitionOf({ accountId, region, logGroup });
  expect([group('000000000000', 'us-east-1', '/ecs/web'), group('000000000000', 'eu-central-1', '/ecs/web')]).toEqual([12, 2]);
  const used = new Set(Array.from({ length: 200 }, (_, index) => group('000000000000', 'us-east-1', `/longshore/${index}`)));
  expect(used.size).toBe(LOG_PARTITIONS);
});
