import { LoggingWorld } from '../../../../test/support/logging-world.js';

const ARN = 'arn:aws:logs:us-east-1:000000000000:log-group';

describe('log groups', () => {
  let world: LoggingWorld;
  beforeEach(() => (world = new LoggingWorld()));
  const names = (input: object = {}) => world.ask('DescribeLogGroups', input).logGroups.map((group: any) => group.logGroupName);

  it('are told in CloudWatch Logs’ shape', () => {
    world.group('/ecs/web', { tags: { team: 'a' } });
    expect(world.ask('DescribeLogGroups').logGroups).toEqual([
      {
        logGroupName: '/ecs/web',
        creationTime: Date.UTC(2026, 10, 23, 12) + 1,
        metricFilterCount: 0,
        arn: `${ARN}:/ecs/web:*`,
        logGroupArn: `${ARN}:/ecs/web`,
        storedBytes: 0,
        logGroupClass: 'STANDARD',
      },
    ]);
    world.ok('PutRetentionPolicy', { logGroupName: '/ecs/web', retentionInDays: 7 });
    expect(world.ask('DescribeLogGroups').logGroups[0].retentionInDays).toBe(7);
    world.ok('DeleteRetentionPolicy', { logGroupName: '/ecs/web' });
    expect(world.ask('DescribeLogGroups').logGroups[0]).not.toHaveProperty('retentionInDays');
  });

  it('have keys that are kept and shown, set by name or ARN, and taken away', () => {
    const [one, two] = ['one', 'two'].map((id) => `arn:aws:kms:us-east-1:000000000000:key/${id}`);
    world.group('/ecs/web', { kmsKeyId: one });
    const key = () => world.ask('DescribeLogGroups').logGroups[0].kmsKeyId;
    expect(key()).toBe(one);
    world.ok('AssociateKmsKey', { resourceIdentifier: `${ARN}:/ecs/web`, kmsKeyId: two });
    expect(key()).toBe(two);
    world.ok('DisassociateKmsKey', { logGroupName: '/ecs/web' });
    expect(world.ask('DescribeLogGroups').logGroups[0]).not.toHaveProperty('kmsKeyId');
  });

  it('are found by prefix, by a part of the name, by class, by identifier, and page by page', () => {
    for (const name of ['/ecs/api', '/ecs/web', 'other', 'Ecs-x']) world.group(name);
    world.group('rare', { logGroupClass: 'INFREQUENT_ACCESS' });
    expect(names({ logGroupNamePrefix: '/ecs/' })).toEqual(['/ecs/api', '/ecs/web']);
    expect(names({ logGroupNamePattern: 'ecs' })).toEqual(['/ecs/api', '/ecs/web']);
    expect(names({ logGroupClass: 'INFREQUENT_ACCESS' })).toEqual(['rare']);
    expect(names({ logGroupIdentifiers: [`${ARN}:other`, 'rare', 'nobody'] })).toEqual(['other', 'rare']);
    const pages: string[][] = [];
    for (let nextToken: string | undefined, first = true; first || nextToken !== undefined; first = false) {
      const page = world.ask('DescribeLogGroups', { limit: 2, nextToken });
      pages.push(page.logGroups.map((group: any) => group.logGroupName));
      nextToken = page.nextToken;
    }
    expect(pages).toEqual([['/ecs/api', '/ecs/web'], ['Ecs-x', 'other'], ['rare']]);
    const list = (logGroupNamePattern: string) =>
      world.ask('ListLogGroups', { logGroupNamePattern }).logGroups.map((group: any) => group.logGroupName);
    expect(list('^oth|api')).toEqual(['/ecs/api', 'other']);
    expect(list('^api')).toEqual([]);
  });

  it('take their streams along when they are deleted, and the next of the name is another one', () => {
    world.group('g');
    world.stream('g', 's');
    const { id } = [...world.state.groups.values()][0]!;
    expect(world.eventsOf('DeleteLogGroup', { logGroupName: 'g' })).toEqual(['LogGroupDeleted']);
    expect([world.state.streams.size, world.state.deletedGroups.has(id)]).toEqual([0, true]);
    world.group('g');
    expect([...world.state.groups.values()][0]!.id).not.toBe(id);
    expect(world.ask('DescribeLogStreams', { logGroupName: 'g' }).logStreams).toEqual([]);
    expect(world.eventsOf('RecordErasedGroups', { ids: [id, 'unknown'] })).toEqual(['LogGroupErased']);
    expect(world.state.deletedGroups.size).toBe(0);
  });

  it.each<[string, string, object, string]>([
    [
      'a name twice',
      'CreateLogGroup',
      { logGroupName: 'g' },
      'ResourceAlreadyExistsException: The specified log group already exists',
    ],
    [
      'what is not there',
      'DeleteLogGroup',
      { logGroupName: 'x' },
      'ResourceNotFoundException: The specified log group does not exist.',
    ],
    [
      'a retention of other days',
      'PutRetentionPolicy',
      { logGroupName: 'g', retentionInDays: 2 },
      "InvalidParameterException: 1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5,",
    ],
    [
      'AWS’s own names',
      'CreateLogGroup',
      { logGroupName: 'aws/x' },
      'InvalidParameterException: Log groups starting with AWS/ are reserved for AWS.',
    ],
    [
      'a key of nothing',
      'AssociateKmsKey',
      { kmsKeyId: 'k' },
      'InvalidParameterException: Exactly one of logGroupName and resourceIdentifier must be specified.',
    ],
    [
      'a key of results',
      'AssociateKmsKey',
      { kmsKeyId: 'k', resourceIdentifier: 'arn:aws:logs:us-east-1:000000000000:query-result:*' },
      'InvalidParameterException: Longshore keeps results',
    ],
    [
      'a class that is not built',
      'CreateLogGroup',
      { logGroupName: 'x', logGroupClass: 'DELIVERY' },
      'InvalidParameterException: Longshore has no',
    ],
    [
      'a prefix and a pattern',
      'DescribeLogGroups',
      { logGroupNamePrefix: 'a', logGroupNamePattern: 'b' },
      'InvalidParameterException: LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    ],
    [
      'a token of something else',
      'DescribeLogGroups',
      { nextToken: 'x' },
      'InvalidParameterException: The specified nextToken is invalid.',
    ],
    [
      'reserved tags',
      'TagLogGroup',
      { logGroupName: 'g', tags: { 'aws:x': 'y' } },
      'InvalidParameterException: aws: prefixed tag key names',
    ],
    [
      'too many tags',
      'TagLogGroup',
      { logGroupName: 'g', tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
      'TooManyTagsException: ',
    ],
    [
      'tags of nothing',
      'TagResource',
      { resourceArn: 'arn:aws:logs:us-east-1:000000000000:destination:d', tags: { a: 'b' } },
      'ResourceNotFoundException: ',
    ],
  ])('refuse %s', (_what, operation, input, words) => {
    world.group('g');
    expect(world.refusal(operation, input)).toContain(words);
  });

  it('have tags by both families of operations', () => {
    world.group('g', { tags: { a: '1' } });
    const resourceArn = `${ARN}:g`;
    expect(world.eventsOf('TagLogGroup', { logGroupName: 'g', tags: { a: '1' } })).toEqual([]);
    world.ok('TagLogGroup', { logGroupName: 'g', tags: { b: '2' } });
    world.ok('TagResource', { resourceArn: `${resourceArn}:*`, tags: { c: '3' } });
    expect(world.ask('ListTagsForResource', { resourceArn })).toEqual({ tags: { a: '1', b: '2', c: '3' } });
    world.ok('UntagLogGroup', { logGroupName: 'g', tags: ['a', 'unknown'] });
    world.ok('UntagResource', { resourceArn, tagKeys: ['c'] });
    expect(world.ask('ListTagsLogGroup', { logGroupName: 'g' })).toEqual({ tags: { b: '2' } });
  });
});
