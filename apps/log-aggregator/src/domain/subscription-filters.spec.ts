import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { parseDestination } from './destination.js';

describe('subscription filters', () => {
  let world: LoggingWorld;
  beforeEach(() => {
    world = new LoggingWorld();
    world.group('g');
    world.group('h');
  });
  const filter = (filterName: string, more: object = {}) => ({
    logGroupName: 'g',
    filterName,
    filterPattern: 'ERROR',
    destinationArn: 'https://lines.example/in',
    ...more,
  });
  const described = (input: object = {}) =>
    world.ask('DescribeSubscriptionFilters', { logGroupName: 'g', ...input }).subscriptionFilters;
  const names = (input?: object) => described(input).map(({ filterName }: any) => filterName);

  it('are put, put anew and deleted, and go with their group', () => {
    expect(world.eventsOf('PutSubscriptionFilter', filter('a'))).toEqual(['SubscriptionFilterPut']);
    expect(world.eventsOf('PutSubscriptionFilter', filter('a'))).toEqual([]);
    const [{ creationTime }] = described();
    const roleArn = 'arn:aws:iam::000000000000:role/r';
    world.ok('PutSubscriptionFilter', filter('a', { filterPattern: '', roleArn, distribution: 'Random' }));
    expect(described()).toEqual([
      {
        filterName: 'a',
        logGroupName: 'g',
        filterPattern: '',
        destinationArn: 'https://lines.example/in',
        roleArn,
        distribution: 'Random',
        applyOnTransformedLogs: false,
        creationTime,
      },
    ]);
    world.ok('PutSubscriptionFilter', filter('b'));
    expect(described({ filterNamePrefix: 'b' })[0].distribution).toBe('ByLogStream');
    expect(world.eventsOf('DeleteSubscriptionFilter', { logGroupName: 'g', filterName: 'b' })).toEqual([
      'SubscriptionFilterDeleted',
    ]);
    world.ok('DeleteLogGroup', { logGroupName: 'g' });
    world.group('g');
    expect(names()).toEqual([]);
  });

  it('are two of a group, which are listed page by page', () => {
    for (const name of ['b', 'a']) world.ok('PutSubscriptionFilter', filter(name));
    expect(world.refusal('PutSubscriptionFilter', filter('c'))).toContain('LimitExceededException');
    world.ok('PutSubscriptionFilter', filter('a', { filterPattern: 'x' }));
    world.ok('PutSubscriptionFilter', filter('c', { logGroupName: 'h' }));
    expect(names()).toEqual(['a', 'b']);
    const { nextToken } = world.ask('DescribeSubscriptionFilters', { logGroupName: 'g', limit: 1 });
    expect(names({ limit: 1, nextToken })).toEqual(['b']);
  });

  it.each<[string, string, object, string]>([
    ['a group that is not there', 'PutSubscriptionFilter', filter('a', { logGroupName: 'x' }), 'ResourceNotFoundException: '],
    [
      'a pattern that cannot be read',
      'PutSubscriptionFilter',
      filter('a', { filterPattern: '{' }),
      'InvalidParameterException: ',
    ],
    [
      'what transforms',
      'PutSubscriptionFilter',
      filter('a', { emitSystemFields: ['@aws.account'] }),
      'InvalidParameterException: Longshore has no log transformers: emitSystemFields is not supported.',
    ],
    [
      'a function of Lambda',
      'PutSubscriptionFilter',
      filter('a', { destinationArn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }),
      'InvalidParameterException: There are no functions of lambda here. destinationArn has to be a URL of yours',
    ],
    [
      'what is not there',
      'DeleteSubscriptionFilter',
      { logGroupName: 'g', filterName: 'x' },
      'ResourceNotFoundException: The specified subscription filter does not exist.',
    ],
    ['a list of no group', 'DescribeSubscriptionFilters', { logGroupName: 'x' }, 'ResourceNotFoundException: '],
  ])('refuse %s', (_what, operation, input, words) => {
    expect(world.refusal(operation, input)).toContain(words);
  });

  it.each([
    ['https://lines.example/in?a=b', { url: 'https://lines.example/in?a=b' }],
    ['http://10.0.0.1:8080/', { url: 'http://10.0.0.1:8080/' }],
    ['arn:aws:longshore:::https://lines.example/in', { url: 'https://lines.example/in' }],
    ['arn:aws:longshore:us-east-1:000000000000:nats/shop.errors', { natsName: 'shop.errors' }],
    ['arn:aws:longshore:::nats/shop', { natsName: 'shop' }],
  ])('go to %s', (arn, destination) => {
    expect(parseDestination(arn)).toEqual(destination);
  });

  it.each([
    'arn:aws:kinesis:us-east-1:000000000000:stream/s',
    'arn:aws:firehose:us-east-1:000000000000:deliverystream/s',
    'arn:aws:logs:us-east-1:000000000000:destination:d',
    'arn:aws:longshore:::nats/',
    'arn:aws:longshore:::nats/a.*',
    'arn:aws:longshore:::nats/a..b',
    'arn:aws:longshore:::nats/>',
    'nats/$SYS\n',
    'https://user:secret@lines.example/',
    'ftp://lines.example/',
    'https://',
    'file:///etc/passwd',
  ])('do not go to %s', (arn) => {
    expect(world.refusal('PutSubscriptionFilter', filter('a', { destinationArn: arn }))).toContain('InvalidParameterException');
  });
});
