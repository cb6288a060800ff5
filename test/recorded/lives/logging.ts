import type { Commit } from '#lib/journal';
import { LoggingWorld } from '../../support/logging-world.js';

/** Log groups and streams with all that they can have, and taken away. */
export function recordLogging(): Commit[] {
  const world = new LoggingWorld();
  for (const name of ['/ecs/web', 'other']) world.group(name, { tags: { a: '1' } });
  world.given('PutRetentionPolicy', { logGroupName: '/ecs/web', retentionInDays: 7 });
  world.given('PutRetentionPolicy', { logGroupName: 'other', retentionInDays: 1 });
  world.given('DeleteRetentionPolicy', { logGroupName: 'other' });
  world.given('TagLogGroup', { logGroupName: '/ecs/web', tags: { b: '2', c: '3' } });
  world.given('UntagLogGroup', { logGroupName: '/ecs/web', tags: ['a', 'c'] });
  for (const name of ['web/1', 'web/2']) world.stream('/ecs/web', name);
  world.given('DeleteLogStream', { logGroupName: '/ecs/web', logStreamName: 'web/2' });
  world.given('OpenLogStream', { logGroupName: '/longshore/db', logStreamName: 'db/db/1', createGroup: true });
  for (const logGroupName of ['other', '/longshore/db']) world.given('DeleteLogGroup', { logGroupName });
  world.given('RecordErasedGroups', { ids: [[...world.state.deletedGroups.values()][0]!.id] });
  return world.commits;
}

/** Groups whose lines are at several places. */
export function recordPlaces(): Commit[] {
  const world = new LoggingWorld();
  for (const [name, places] of [
    ['/ecs/web', [1, 2]],
    ['/ecs/db', [1, 2]],
    ['/ecs/job', [3]],
  ] as const)
    world.group(name, { places });
  world.given('OpenLogStream', { logGroupName: '/longshore/db', logStreamName: 'db/db/1', createGroup: true, places: [2] });
  world.given('DeleteLogGroup', { logGroupName: '/ecs/job' });
  return world.commits;
}

/** Groups with keys: set, changed and taken away. */
export function recordGroupKeys(): Commit[] {
  const world = new LoggingWorld();
  world.group('/ecs/web', { kmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/one' });
  for (const name of ['/ecs/job', '/ecs/plain']) world.group(name);
  const set = (kmsKeyId: string, logGroupName: string) => world.given('AssociateKmsKey', { kmsKeyId, logGroupName });
  set('arn:aws:kms:us-east-1:000000000000:key/two', '/ecs/web');
  set('arn:aws:kms:us-east-1:000000000000:key/one', '/ecs/job');
  world.given('DisassociateKmsKey', { logGroupName: '/ecs/job' });
  return world.commits;
}

/** Metric filters: put, put anew, deleted, and gone with their group. */
export function recordMetricFilters(): Commit[] {
  const world = new LoggingWorld();
  for (const name of ['/ecs/web', 'other']) world.group(name);
  const put = (logGroupName: string, filterName: string, filterPattern: string) => {
    const metricTransformations = [{ metricName: 'Errors', metricNamespace: 'Shop', metricValue: '1', defaultValue: 0 }];
    world.given('PutMetricFilter', { logGroupName, filterName, filterPattern, metricTransformations });
  };
  for (const pattern of ['ERROR', '{ $.level = "error" }']) put('/ecs/web', 'errors', pattern);
  put('/ecs/web', 'warnings', 'WARN');
  put('other', 'errors', 'ERROR');
  world.given('DeleteMetricFilter', { logGroupName: '/ecs/web', filterName: 'warnings' });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

export function recordSubscriptionFilters(): Commit[] {
  const world = new LoggingWorld();
  for (const group of ['/ecs/web', 'other']) world.group(group);
  const put = (logGroupName: string, filterName: string, destinationArn: string, more: object = {}) =>
    world.given('PutSubscriptionFilter', { logGroupName, filterName, filterPattern: 'ERROR', destinationArn, ...more });
  put('/ecs/web', 'all', 'https://lines.example/in');
  put('/ecs/web', 'all', 'arn:aws:longshore:::nats/shop.errors', {
    roleArn: 'arn:aws:iam::000000000000:role/r',
    distribution: 'Random',
  });
  put('/ecs/web', 'gone', 'https://lines.example/gone');
  put('other', 'all', 'https://lines.example/in');
  world.given('DeleteSubscriptionFilter', { logGroupName: '/ecs/web', filterName: 'gone' });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

/** Resource policies of an account and of groups. */
export function recordLogResourcePolicies(): Commit[] {
  const world = new LoggingWorld();
  for (const group of ['/ecs/web', 'other']) world.group(group);
  const put = (names: object, more = 'logs:PutLogEvents') =>
    world.given<{ revisionId?: string }>('PutResourcePolicy', {
      ...names,
      policyDocument: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":"${more}"}]}`,
    });
  const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/ecs/web';
  for (const policyName of ['dns', 'gone']) put({ policyName });
  put({ policyName: 'dns' }, 'logs:*');
  world.given('DeleteResourcePolicy', { policyName: 'gone' });
  const { revisionId } = put({ resourceArn, policyName: 'named' });
  put({ resourceArn, expectedRevisionId: revisionId }, 'logs:*');
  put({ resourceArn: resourceArn.replace('/ecs/web', 'other') });
  world.given('DeleteLogGroup', { logGroupName: 'other' });
  return world.commits;
}

/** Saved queries: put, changed, deleted. */
export function recordQueryDefinitions(): Commit[] {
  const world = new LoggingWorld();
  const put = (name: string, more: object = {}) =>
    world.given<{ queryDefinitionId: string }>('PutQueryDefinition', { name, queryString: 'fields @message', ...more })
      .queryDefinitionId;
  const kept = put('web/errors', { logGroupNames: ['/ecs/web'] });
  put('web/all', { queryDefinitionId: kept });
  world.given('DeleteQueryDefinition', { queryDefinitionId: put('gone') });
  return world.commits;
}
