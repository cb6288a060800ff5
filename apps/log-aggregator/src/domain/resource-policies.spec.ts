import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { modelledErrors } from '../../../../test/support/modelled-errors.js';

const document = (service: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'logs:*' }] });
const [POLICY, OTHER] = [document('route53.amazonaws.com'), document('rds.amazonaws.com')];
const GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group:g';

describe('resource policies', () => {
  let world: LoggingWorld;
  beforeEach(() => {
    world = new LoggingWorld();
    world.group('g');
  });
  const put = (more: object) => world.ok('PutResourcePolicy', { policyDocument: POLICY, ...more });
  const described = (input: object = {}) => world.ask('DescribeResourcePolicies', input).resourcePolicies;

  it("of the account are kept by their names and given back as they were; a document's place is taken by the next", () => {
    const { resourcePolicy, ...rest } = put({ policyName: 'dns' });
    expect(rest).toEqual({});
    expect(resourcePolicy).toEqual({
      policyName: 'dns',
      policyDocument: POLICY,
      policyScope: 'ACCOUNT',
      lastUpdatedTime: world.now,
    });
    expect(described()).toEqual([resourcePolicy]);
    expect(world.eventsOf('PutResourcePolicy', { policyName: 'dns', policyDocument: POLICY })).toEqual([]);
    put({ policyName: 'dns', policyDocument: OTHER });
    expect(described()).toMatchObject([{ policyName: 'dns', policyDocument: OTHER }]);
    world.ok('DeleteResourcePolicy', { policyName: 'dns' });
    expect(described()).toEqual([]);
  });

  it('are ten of an account, which are listed page by page; those of groups do not count', () => {
    put({ resourceArn: GROUP });
    for (let i = 0; i < 10; i++) put({ policyName: `p${i}` });
    expect(world.refusal('PutResourcePolicy', { policyName: 'more', policyDocument: POLICY })).toBe(
      'LimitExceededException: Resource limit exceeded.',
    );
    put({ policyName: 'p0', policyDocument: OTHER });
    const { resourcePolicies, nextToken } = world.ask('DescribeResourcePolicies', { limit: 9 });
    expect(resourcePolicies).toHaveLength(9);
    expect(described({ limit: 9, nextToken })).toMatchObject([{ policyName: 'p9' }]);
  });

  it('of a group have revisions, are changed and deleted by who knows the newest, and go with the group', () => {
    const { revisionId, resourcePolicy } = put({ resourceArn: GROUP });
    expect(resourcePolicy).toMatchObject({ policyScope: 'RESOURCE', resourceArn: GROUP, revisionId });
    expect(described()).toEqual([]);
    expect(described({ policyScope: 'RESOURCE' })).toEqual([resourcePolicy]);
    expect(described({ resourceArn: `${GROUP}:*`, policyScope: 'RESOURCE' })).toEqual([resourcePolicy]);
    expect(described({ resourceArn: `${GROUP}2`, policyScope: 'RESOURCE' })).toEqual([]);
    const change = { resourceArn: GROUP, policyDocument: OTHER };
    expect(world.refusal('PutResourcePolicy', change)).toContain('OperationAbortedException');
    const changed = put({ ...change, expectedRevisionId: revisionId });
    expect(changed.revisionId).not.toBe(revisionId);
    const old = { resourceArn: GROUP, expectedRevisionId: revisionId };
    expect(world.refusal('DeleteResourcePolicy', old)).toContain('OperationAbortedException');
    world.ok('DeleteResourcePolicy', { ...old, expectedRevisionId: changed.revisionId });
    put({ resourceArn: GROUP });
    world.ok('DeleteLogGroup', { logGroupName: 'g' });
    world.group('g');
    expect(described({ policyScope: 'RESOURCE' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['PutResourcePolicy', { policyDocument: POLICY }, 'InvalidParameterException: One of policyName and resourceArn'],
    ['PutResourcePolicy', { policyName: 'p' }, 'InvalidParameterException: policyDocument must be specified.'],
    [
      'PutResourcePolicy',
      { policyName: 'p', policyDocument: 'x' },
      'InvalidParameterException: Could not convert to persistable policy',
    ],
    [
      'PutResourcePolicy',
      { policyName: 'p', policyDocument: '[]' },
      'InvalidParameterException: Could not convert to persistable policy',
    ],
    ['PutResourcePolicy', { policyName: 'p', policyDocument: `${' '.repeat(5_120)}{}` }, 'InvalidParameterException: '],
    [
      'PutResourcePolicy',
      { resourceArn: 'g', policyDocument: POLICY },
      "InvalidParameterException: The specified resource ARN 'g'",
    ],
    ['PutResourcePolicy', { resourceArn: `${GROUP}2`, policyDocument: POLICY }, 'ResourceNotFoundException: '],
    ['DeleteResourcePolicy', { policyName: 'p' }, 'ResourceNotFoundException: Policy with name [p] does not exist'],
    ['DeleteResourcePolicy', { resourceArn: GROUP }, `ResourceNotFoundException: Policy with name [${GROUP}] does not exist`],
    ['DescribeResourcePolicies', { nextToken: 'x' }, 'InvalidParameterException: The specified nextToken is invalid.'],
  ])('%s %j is refused: %s', (operation, input, words) => {
    const said = world.refusal(operation, input);
    expect(said).toContain(words);
    expect(modelledErrors(operation, '@aws-sdk/client-cloudwatch-logs')).toContain(said?.split(':')[0]);
  });

  it('are of their account and region', () => {
    put({ policyName: 'dns' });
    expect(described()).toHaveLength(1);
    expect(world.query('DescribeResourcePolicies', {}, { ...world.scope, region: 'eu-west-1' })).toMatchObject({
      resourcePolicies: [],
    });
  });
});

it('there are no logical destinations', () => {
  expect(new LoggingWorld().ask('DescribeDestinations')).toEqual({ destinations: [] });
});
