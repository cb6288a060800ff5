import { LoggingWorld } from '../../../../test/support/logging-world.js';

describe('log streams', () => {
  let world: LoggingWorld;
  beforeEach(() => {
    world = new LoggingWorld();
    world.group('g');
  });
  const names = (input: object = {}) =>
    world.ask('DescribeLogStreams', { logGroupName: 'g', ...input }).logStreams.map((stream: any) => stream.logStreamName);

  it('are told in CloudWatch Logs’ shape, with what the store knows of their lines', () => {
    world.stream('g', 'web/1');
    const { id } = [...world.state.streams.values()][0]!;
    const times = { [id]: { firstEventTimestamp: 1, lastEventTimestamp: 2, lastIngestionTime: 3 } };
    const arn = 'arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:web/1';
    expect(world.ask('DescribeLogStreams', { logGroupIdentifier: 'g', times }).logStreams).toEqual([
      expect.objectContaining({ logStreamName: 'web/1', arn, storedBytes: 0, ...times[id] }),
    ]);
  });

  it('are ordered by name or by their last line, either way, page by page: a thousand, each once', () => {
    const all = Array.from({ length: 1_000 }, (_, index) => `s${String(index).padStart(4, '0')}`);
    for (const name of all) world.stream('g', name);
    // The last line of each is older, the higher its number is.
    const times = Object.fromEntries(
      [...world.state.streams.values()].map(({ id, name }) => [
        id,
        { firstEventTimestamp: 0, lastEventTimestamp: 5_000_000_000_000 - Number(name.slice(1)), lastIngestionTime: 0 },
      ]),
    );
    const pages = (input: object) => {
      const seen: string[] = [];
      for (let nextToken: string | undefined, first = true; first || nextToken !== undefined; first = false) {
        const page = world.ask('DescribeLogStreams', { logGroupName: 'g', limit: 33, times, ...input, nextToken });
        seen.push(...page.logStreams.map((stream: any) => stream.logStreamName));
        nextToken = page.nextToken;
      }
      return seen;
    };
    expect(pages({})).toEqual(all);
    expect(pages({ descending: true })).toEqual([...all].reverse());
    expect(pages({ orderBy: 'LastEventTime' })).toEqual([...all].reverse());
    expect(pages({ orderBy: 'LastEventTime', descending: true })).toEqual(all);
    expect(names({ logStreamNamePrefix: 's099' })).toEqual(all.slice(990));
  });

  it('of containers are made with their group, if that may be made, and are then there', () => {
    const open = (logGroupName: string, createGroup: boolean) =>
      ({ logGroupName, logStreamName: 'web/web/1', createGroup }) as const;
    expect(world.refusal('OpenLogStream', open('new', false))).toBe(
      'ResourceNotFoundException: The specified log group does not exist.',
    );
    expect(world.eventsOf('OpenLogStream', open('new', true))).toEqual(['LogGroupCreated', 'LogStreamCreated']);
    expect(world.eventsOf('OpenLogStream', open('new', false))).toEqual([]);
    const { groupId, streamId } = world.ok('OpenLogStream', open('new', false));
    expect([groupId, streamId]).toEqual([
      [...world.state.groups.values()].find(({ name }) => name === 'new')!.id,
      [...world.state.streams.values()][0]!.id,
    ]);
  });

  it.each<[string, string, object, string]>([
    [
      'a name twice',
      'CreateLogStream',
      { logStreamName: 's' },
      'ResourceAlreadyExistsException: The specified log stream already exists',
    ],
    [
      'what is not there',
      'DeleteLogStream',
      { logStreamName: 'x' },
      'ResourceNotFoundException: The specified log stream does not exist.',
    ],
    [
      'a group that is not there',
      'CreateLogStream',
      { logGroupName: 'x', logStreamName: 's' },
      'ResourceNotFoundException: The specified log group does not exist.',
    ],
    [
      'a prefix in the order of lines',
      'DescribeLogStreams',
      { logStreamNamePrefix: 's', orderBy: 'LastEventTime' },
      'InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.',
    ],
    ['a group named twice', 'DescribeLogStreams', { logGroupIdentifier: 'g' }, 'InvalidParameterException: '],
  ])('refuse %s', (_what, operation, input, words) => {
    world.stream('g', 's');
    expect(world.refusal(operation, { logGroupName: 'g', ...input })).toContain(words);
  });
});
