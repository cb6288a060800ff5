import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';
import { healthCheckIntervalMs } from './attributes.js';
import { matcherRanges } from './health-check.js';

describe('target groups', () => {
  let world: LoadBalancingWorld;
  beforeEach(() => (world = new LoadBalancingWorld()));
  const create = (more: object = {}) =>
    world.ok('CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80, ...more }).TargetGroups[0];

  it('are created with ELBv2’s shape and defaults', () => {
    expect(create({ VpcId: 'vpc-1' })).toEqual({
      TargetGroupArn: expect.stringMatching(
        /^arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup\/web\/[0-9a-f]{16}$/,
      ),
      TargetGroupName: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: 'vpc-1',
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: 'traffic-port',
      HealthCheckEnabled: true,
      HealthCheckIntervalSeconds: 30,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200' },
      LoadBalancerArns: [],
      TargetType: 'instance',
      ProtocolVersion: 'HTTP1',
      IpAddressType: 'ipv4',
    });
  });

  it.each<[string, object, object]>([
    ['TCP', { Protocol: 'TCP' }, { HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 }],
    ['TLS', { Protocol: 'TLS' }, { HealthCheckProtocol: 'TCP' }],
    ['HTTPS', { Protocol: 'HTTPS' }, { HealthCheckProtocol: 'HTTPS', HealthCheckPath: '/' }],
    ['gRPC', { ProtocolVersion: 'GRPC' }, { HealthCheckPath: '/AWS.ALB/healthcheck', Matcher: { GrpcCode: '12' } }],
    [
      'TCP checked by HTTP',
      { Protocol: 'TCP', HealthCheckProtocol: 'HTTP' },
      { HealthCheckTimeoutSeconds: 6, Matcher: { HttpCode: '200-399' }, HealthCheckPath: '/' },
    ],
    ['a short interval', { HealthCheckIntervalSeconds: 5 }, { HealthCheckTimeoutSeconds: 5 }],
    [
      'TCP with empty members',
      { Protocol: 'TCP', HealthCheckPath: '', Matcher: { HttpCode: '' } },
      { HealthCheckProtocol: 'TCP' },
    ],
  ])('of %s get the defaults of it', (_what, input, expected) => expect(create(input)).toMatchObject(expected));

  it('are created once: the same again changes nothing, another one of the name is refused', () => {
    const first = create({ Tags: [{ Key: 'a', Value: '1' }] });
    const same = { Name: 'web', Protocol: 'HTTP', Port: 80, Tags: [{ Key: 'a', Value: '1' }] };
    expect(world.eventsOf('CreateTargetGroup', same)).toEqual([]);
    expect(create(same)).toEqual(first);
    for (const change of [{ Port: 81 }, { HealthCheckPath: '/x' }, { Tags: [] }]) {
      expect(world.refusal('CreateTargetGroup', { ...same, ...change })).toBe(
        "DuplicateTargetGroupName: A target group with the same name 'web' exists, but with different settings",
      );
    }
  });

  it.each<[string, object, RegExp]>([
    [
      'a long name',
      { Name: 'x'.repeat(33) },
      /^ValidationError: Target group name 'x{33}' cannot be longer than '32' characters/,
    ],
    ['an empty name', { Name: '' }, /^ValidationError: /],
    ['no protocol', { Protocol: undefined }, /^ValidationError: A protocol must be specified/],
    ['no port', { Port: undefined }, /^ValidationError: A port must be specified/],
    ['UDP', { Protocol: 'UDP' }, /^UnsupportedOperation: /],
    ['Lambda functions', { TargetType: 'lambda' }, /^UnsupportedOperation: .*target type 'lambda' is not supported/],
    ['a version of TCP', { Protocol: 'TCP', ProtocolVersion: 'HTTP2' }, /^InvalidConfigurationRequest: /],
    ['no checks', { HealthCheckEnabled: false }, /^ValidationError: Health checks must be enabled/],
    ['TCP checks of HTTP', { HealthCheckProtocol: 'TCP' }, /^InvalidConfigurationRequest: /],
    ['UDP checks', { Protocol: 'TCP', HealthCheckProtocol: 'UDP' }, /^InvalidConfigurationRequest: /],
    ['a path of a TCP check', { Protocol: 'TCP', HealthCheckPath: '/' }, /^InvalidConfigurationRequest: /],
    ['a path without a slash', { HealthCheckPath: 'x' }, /^ValidationError: Health check path 'x'/],
    ['a path with a line break', { HealthCheckPath: '/\r\nx' }, /^ValidationError: /],
    ['a port that is none', { HealthCheckPort: '65536' }, /^ValidationError: Health check port/],
    [
      'a timeout above the interval',
      { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 6 },
      /^ValidationError: Health check interval must be greater than the timeout\.$/,
    ],
    ['code 500', { Matcher: { HttpCode: '200,500' } }, /^ValidationError: .* must be within '200-499'/],
    ['a matcher that is none', { Matcher: { HttpCode: '2xx' } }, /^ValidationError: /],
    ['a range backwards', { Matcher: { HttpCode: '300-200' } }, /^ValidationError: /],
    ['a gRPC code of HTTP', { Matcher: { GrpcCode: '0' } }, /^InvalidConfigurationRequest: /],
  ])('refuse %s', (_what, input, message) =>
    expect(world.refusal('CreateTargetGroup', { Name: 'web', Protocol: 'HTTP', Port: 80, ...input })).toMatch(message),
  );

  it('are modified in what is given', () => {
    const { TargetGroupArn } = create({ HealthCheckPath: '/a' });
    const change = { TargetGroupArn, HealthCheckIntervalSeconds: 10, Matcher: { HttpCode: '200-299' } };
    expect(world.ok('ModifyTargetGroup', change).TargetGroups[0]).toMatchObject({
      HealthCheckIntervalSeconds: 10,
      HealthCheckPath: '/a',
      Matcher: { HttpCode: '200-299' },
    });
    expect(world.eventsOf('ModifyTargetGroup', change)).toEqual([]);
    const known = world.state.targetGroups.get(TargetGroupArn)!;
    expect(healthCheckIntervalMs(known)).toBe(10_000);
    expect(matcherRanges(known.healthCheck)).toEqual([[200, 299]]);
  });

  it('are described by name, ARN or load balancer, and not found by class', () => {
    const { TargetGroupArn } = create();
    world.targetGroup('other');
    const names = (input: object) => world.ask('DescribeTargetGroups', input).TargetGroups.map((of: any) => of.TargetGroupName);
    expect(names({}).sort()).toEqual(['other', 'web']);
    expect(names({ Names: ['web'] })).toEqual(['web']);
    expect(names({ TargetGroupArns: [TargetGroupArn] })).toEqual(['web']);
    expect(names({ LoadBalancerArn: world.loadBalancer() })).toEqual([]);
    expect(world.refusal('DescribeTargetGroups', { Names: ['x'] })).toBe(
      'TargetGroupNotFound: One or more target groups not found',
    );
    expect(world.refusal('DescribeTargetGroups', { Names: ['web'], TargetGroupArns: [TargetGroupArn] })).toMatch(
      /^ValidationError: /,
    );
    world.ok('DeleteTargetGroup', { TargetGroupArn });
    expect(world.eventsOf('DeleteTargetGroup', { TargetGroupArn })).toEqual([]);
    expect(world.refusal('DescribeTargetGroups', { TargetGroupArns: [TargetGroupArn] })).toMatch(/^TargetGroupNotFound: /);
    expect(world.refusal('DescribeTargetHealth', { TargetGroupArn })).toMatch(/^TargetGroupNotFound: /);
  });
});
