import { LoadBalancingWorld, PLACEMENT } from '../../../../test/support/load-balancing-world.js';
import { freeAddresses } from './addresses.js';

const ARN = 'arn:aws:elasticloadbalancing:us-east-1:000000000000';

describe('load balancers', () => {
  let world: LoadBalancingWorld;
  beforeEach(() => (world = new LoadBalancingWorld()));
  const only = () => world.ask('DescribeLoadBalancers').LoadBalancers[0];

  it('are created with ELBv2’s shape and defaults, and become active when the data plane says so', () => {
    const arn = world.loadBalancer('web', { Subnets: ['subnet-a', 'subnet-b'], SecurityGroups: ['sg-1'] });
    expect(arn).toMatch(/^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/web\/[0-9a-f]{16}$/);
    expect(only()).toEqual({
      LoadBalancerArn: arn,
      DNSName: expect.stringMatching(/^web-\d+\.us-east-1\.elb\.longshore\.internal$/),
      CanonicalHostedZoneId: expect.stringMatching(/^Z/),
      CreatedTime: '2026-11-23T12:00:00.001Z',
      LoadBalancerName: 'web',
      Scheme: 'internet-facing',
      VpcId: expect.stringMatching(/^vpc-/),
      State: { Code: 'provisioning' },
      Type: 'application',
      AvailabilityZones: [
        { ZoneName: 'us-east-1a', SubnetId: 'subnet-a', LoadBalancerAddresses: [] },
        { ZoneName: 'us-east-1b', SubnetId: 'subnet-b', LoadBalancerAddresses: [] },
      ],
      SecurityGroups: ['sg-1'],
      IpAddressType: 'ipv4',
    });
    world.given('RecordLoadBalancerStates', { states: [{ arn, code: 'failed', reason: 'port 80 is taken' }] });
    expect(only().State).toEqual({ Code: 'failed', Reason: 'port 80 is taken' });
    world.given('RecordLoadBalancerStates', { states: [{ arn, code: 'active' }] });
    expect(only().State).toEqual({ Code: 'active' });
    expect(
      world.eventsOf('RecordLoadBalancerStates', {
        states: [
          { arn, code: 'active' },
          { arn: 'gone', code: 'active' },
        ],
      }),
    ).toEqual([]);
  });

  it('network ones are named and told as such', () => {
    const arn = world.loadBalancer('tcp', {
      Type: 'network',
      Scheme: 'internal',
      SubnetMappings: [{ SubnetId: 'subnet-a', PrivateIPv4Address: '10.0.0.5' }],
    });
    expect(arn).toMatch(/:loadbalancer\/net\/tcp\/[0-9a-f]{16}$/);
    expect(only()).toMatchObject({
      DNSName: expect.stringMatching(/^tcp-[0-9a-f]{16}\.elb\.us-east-1\.longshore\.internal$/),
      Scheme: 'internal',
      EnablePrefixForIpv6SourceNat: 'off',
      AvailabilityZones: [{ SubnetId: 'subnet-a', LoadBalancerAddresses: [{ PrivateIPv4Address: '10.0.0.5' }] }],
    });
    expect(only()).not.toHaveProperty('SecurityGroups');
    expect(() => world.ok('SetSecurityGroups', { LoadBalancerArn: arn, SecurityGroups: ['sg-1'] })).toThrow(
      /created without security groups/,
    );
  });

  it('have addresses of their own, the same after being made anew', () => {
    const arns = Array.from({ length: 40 }, (_, index) => world.loadBalancer(`lb-${index}`));
    const addresses = arns.map((arn) => world.state.loadBalancers.get(arn)!.addresses);
    expect(new Set(addresses.map(({ own }) => own)).size).toBe(40);
    for (const { own, containers } of addresses) {
      expect(own).toMatch(/^127\.1\.\d+\.\d+$/);
      expect(own).not.toBe('127.1.0.0');
      expect(containers).toBe(own.replace('127.1.', '100.65.'));
    }
    world.ok('DeleteLoadBalancer', { LoadBalancerArn: arns[7] });
    const again = world.state.loadBalancers.get(world.loadBalancer('lb-7'))!;
    expect(again.addresses).toEqual(addresses[7]);
    expect(again.arn).not.toBe(arns[7]);
  });

  it('of one name have different addresses in two installations', () => {
    const at = (installation?: string) => freeAddresses({ ...PLACEMENT, installation }, ['web'], () => false)!.own;
    expect(new Set([at(), at('one'), at('other')]).size).toBe(3);
    expect(at('one')).toBe(at('one'));
  });

  it('are refused when all addresses of the range are taken', () => {
    const placement = { ...PLACEMENT, ownRange: '127.9.0.0/30', containerRange: undefined };
    for (const Name of ['a', 'b', 'c']) world.ok('CreateLoadBalancer', { Name, placement });
    expect(world.refusal('CreateLoadBalancer', { Name: 'd', placement })).toMatch(/^TooManyLoadBalancers: /);
  });

  it('are created once: the same again changes nothing, another one of the name is refused', () => {
    const input = { Name: 'web', Subnets: ['subnet-a'], Tags: [{ Key: 'a', Value: '1' }] };
    const [first] = world.ok('CreateLoadBalancer', input).LoadBalancers;
    expect(world.eventsOf('CreateLoadBalancer', input)).toEqual([]);
    expect(world.ok('CreateLoadBalancer', input).LoadBalancers).toEqual([first]);
    for (const change of [{ Subnets: ['subnet-b'] }, { Type: 'network' }, { Tags: [] }, { Scheme: 'internal' }]) {
      expect(world.refusal('CreateLoadBalancer', { ...input, ...change })).toBe(
        "DuplicateLoadBalancerName: A load balancer with the same name 'web' exists, but with different settings",
      );
    }
  });

  it.each([
    [
      'a name that is too long',
      { Name: 'x'.repeat(33) },
      "ValidationError: Load balancer name 'x{33}' cannot be longer than '32'",
    ],
    ['a name with other characters', { Name: 'a_b' }, 'ValidationError: .*alphanumeric'],
    ['a name that ends with a hyphen', { Name: 'a-' }, "ValidationError: .*cannot begin or end with '-'"],
    ['a reserved name', { Name: 'internal-x' }, "ValidationError: .*cannot begin with 'internal-'"],
    ['a gateway load balancer', { Type: 'gateway' }, 'UnsupportedOperation: '],
    ['a subnet twice', { Subnets: ['s', 's'] }, 'InvalidSubnet: '],
    ['subnets and mappings', { Subnets: ['s'], SubnetMappings: [{ SubnetId: 't' }] }, 'ValidationError: .*not both'],
    ['a tag twice', { Tags: [{ Key: 'a' }, { Key: 'a' }] }, 'DuplicateTagKeys: '],
    ['a reserved tag', { Tags: [{ Key: 'aws:a' }] }, 'ValidationError: aws: prefixed'],
    ['too many tags', { Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}` })) }, 'TooManyTags: '],
  ])('refuse %s', (_what, input, message) =>
    expect(world.refusal('CreateLoadBalancer', { Name: 'web', ...input })).toMatch(new RegExp(`^${message}`)),
  );

  it('are deleted with their listeners and rules, and once more without a word', () => {
    const [loadBalancer, group] = [world.loadBalancer(), world.targetGroup()];
    world.rule(world.listener(loadBalancer, group), 1, group);
    world.ok('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
    expect([world.state.loadBalancers.size, world.state.listeners.size, world.state.rules.size]).toEqual([0, 0, 0]);
    expect(world.eventsOf('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer })).toEqual([]);
    expect(world.refusal('DeleteLoadBalancer', { LoadBalancerArn: 'web' })).toBe(
      "ValidationError: 'web' is not a valid load balancer ARN",
    );
  });

  it('are not deleted under deletion protection', () => {
    const LoadBalancerArn = world.loadBalancer();
    const protect = (Value: string) =>
      world.ok('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value }] });
    protect('true');
    expect(world.refusal('DeleteLoadBalancer', { LoadBalancerArn })).toMatch(
      /^OperationNotPermitted: .*deletion protection is enabled$/,
    );
    protect('false');
    expect(world.eventsOf('DeleteLoadBalancer', { LoadBalancerArn })).toEqual(['LoadBalancerDeleted']);
  });

  it('are described by name, ARN, or page by page', () => {
    const arns = ['c', 'a', 'b'].map((name) => world.loadBalancer(name)).sort();
    const names = (input: object) =>
      world.ask('DescribeLoadBalancers', input).LoadBalancers.map((of: any) => of.LoadBalancerName);
    expect(names({ Names: ['b', 'a'] })).toEqual(['b', 'a']);
    expect(names({ LoadBalancerArns: [arns[1]] })).toEqual(['b']);
    const first = world.ask('DescribeLoadBalancers', { PageSize: 2 });
    const second = world.ask('DescribeLoadBalancers', { PageSize: 2, Marker: first.NextMarker });
    expect([...first.LoadBalancers, ...second.LoadBalancers].map((of) => of.LoadBalancerArn)).toEqual(arns);
    expect(second.NextMarker).toBeUndefined();
    expect(world.refusal('DescribeLoadBalancers', { Marker: 'x' })).toMatch(/^ValidationError: 'x' is not a valid marker/);
    expect(world.refusal('DescribeTargetGroups', { Marker: first.NextMarker })).toMatch(
      /^ValidationError: .* is not a valid marker/,
    );
  });

  it('of nobody, or of another account, are not found', () => {
    const mine = world.loadBalancer();
    const other = { ...world.scope, accountId: '111122223333' };
    expect(world.refusal('DescribeLoadBalancers', { Names: ['web', 'x'] })).toBe(
      "LoadBalancerNotFound: Load balancers '[x]' not found",
    );
    expect(world.refusal('DescribeLoadBalancers', { LoadBalancerArns: [mine] }, other)).toMatch(/^LoadBalancerNotFound: /);
    expect(world.refusal('DescribeLoadBalancers', { LoadBalancerArns: [`${ARN}:loadbalancer/app/web/0`] })).toMatch(
      /^LoadBalancerNotFound: /,
    );
    expect(world.query<any>('DescribeLoadBalancers', {}, other).LoadBalancers).toEqual([]);
    world.command('DeleteLoadBalancer', { LoadBalancerArn: mine }, undefined, undefined, other);
    expect(world.state.loadBalancers.size).toBe(1);
  });

  it('are listed with where they listen', () => {
    const [arn, group] = [world.loadBalancer(), world.targetGroup()];
    world.listener(arn, group, { Port: 8080 });
    world.listener(arn, group);
    world.given('RecordLoadBalancerStates', { states: [{ arn, code: 'failed', reason: 'port 80 is taken' }] });
    const { addresses, dnsName } = world.state.loadBalancers.get(arn)!;
    expect(world.ask('ListLoadBalancers').loadBalancers).toEqual([
      {
        name: 'web',
        arn,
        type: 'application',
        dnsName,
        addresses,
        state: 'failed',
        reason: 'port 80 is taken',
        listeners: ['HTTP:80', 'HTTP:8080'],
      },
    ]);
  });

  it('keep the names of networks', () => {
    const LoadBalancerArn = world.loadBalancer('web', { Type: 'network', Subnets: ['subnet-a'], SecurityGroups: ['sg-1'] });
    expect(only().EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic).toBe('on');
    expect(world.ok('SetSubnets', { LoadBalancerArn, Subnets: ['subnet-b', 'subnet-a'] })).toMatchObject({
      AvailabilityZones: [{ SubnetId: 'subnet-b' }, { SubnetId: 'subnet-a' }],
      IpAddressType: 'ipv4',
    });
    const off = { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' };
    expect(world.ok('SetSecurityGroups', { LoadBalancerArn, SecurityGroups: ['sg-2'], ...off })).toEqual({
      SecurityGroupIds: ['sg-2'],
      ...off,
    });
    expect(world.ok('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'dualstack' })).toEqual({ IpAddressType: 'dualstack' });
    expect(world.eventsOf('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'dualstack' })).toEqual([]);
    expect(only()).toMatchObject({ SecurityGroups: ['sg-2'], IpAddressType: 'dualstack' });
    expect(world.ask('DescribeCapacityReservation', { LoadBalancerArn })).toEqual({
      DecreaseRequestsRemaining: 0,
      CapacityReservationState: [],
    });
  });
});

describe('attributes', () => {
  let world: LoadBalancingWorld;
  beforeEach(() => (world = new LoadBalancingWorld()));
  const values = (attributes: { Key: string; Value: string }[]) =>
    Object.fromEntries(attributes.map(({ Key, Value }) => [Key, Value]));

  it('of load balancers have the defaults of their type', () => {
    const of = (arn: string) => values(world.ask('DescribeLoadBalancerAttributes', { LoadBalancerArn: arn }).Attributes);
    expect(of(world.loadBalancer())).toMatchObject({
      'idle_timeout.timeout_seconds': '60',
      'routing.http2.enabled': 'true',
      'load_balancing.cross_zone.enabled': 'true',
      'access_logs.s3.enabled': 'false',
    });
    const network = of(world.loadBalancer('net', { Type: 'network' }));
    expect(network).toMatchObject({ 'load_balancing.cross_zone.enabled': 'false', 'deletion_protection.enabled': 'false' });
    expect(network).not.toHaveProperty('idle_timeout.timeout_seconds');
  });

  it('are set, and told all together; what is so already is no event', () => {
    const LoadBalancerArn = world.loadBalancer();
    const Attributes = [{ Key: 'idle_timeout.timeout_seconds', Value: '4' }];
    const answer = world.ok('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes });
    expect(values(answer.Attributes)).toMatchObject({ 'idle_timeout.timeout_seconds': '4', 'routing.http2.enabled': 'true' });
    expect(world.eventsOf('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes })).toEqual([]);
  });

  it.each([
    ['unknown', 'x.y', '1', "ValidationError: Load balancer attribute key 'x.y' is not recognized"],
    [
      'of the other type',
      'dns_record.client_routing_policy',
      'any_availability_zone',
      'InvalidConfigurationRequest: .* is not supported on load balancers with type',
    ],
    ['out of range', 'idle_timeout.timeout_seconds', '4001', 'ValidationError: .* must be between 1 and 4000'],
    ['no number', 'idle_timeout.timeout_seconds', '1e2', 'ValidationError: '],
    ['no boolean', 'routing.http2.enabled', 'yes', "ValidationError: .* must be 'true' or 'false'"],
    ['no choice', 'routing.http.xff_header_processing.mode', 'drop', 'ValidationError: .* must be one of'],
  ])('that are %s are refused', (_what, Key, Value, message) => {
    const input = { LoadBalancerArn: world.loadBalancer(), Attributes: [{ Key, Value }] };
    expect(world.refusal('ModifyLoadBalancerAttributes', input)).toMatch(new RegExp(`^${message}`));
  });

  it('of target groups follow from the protocol, and an interval of ours is told once it is set', () => {
    const TargetGroupArn = world.targetGroup();
    const of = (arn: string) => values(world.ask('DescribeTargetGroupAttributes', { TargetGroupArn: arn }).Attributes);
    expect(of(TargetGroupArn)).toEqual({
      'deregistration_delay.timeout_seconds': '300',
      'stickiness.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
      'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
      'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
      'stickiness.type': 'lb_cookie',
      'stickiness.lb_cookie.duration_seconds': '86400',
      'stickiness.app_cookie.cookie_name': '',
      'stickiness.app_cookie.duration_seconds': '86400',
      'load_balancing.algorithm.type': 'round_robin',
      'load_balancing.algorithm.anomaly_mitigation': 'off',
      'slow_start.duration_seconds': '0',
    });
    const set = (Key: string, Value: string) =>
      world.ok('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes: [{ Key, Value }] });
    set('longshore.health_check.interval_ms', '100');
    expect(of(TargetGroupArn)['longshore.health_check.interval_ms']).toBe('100');
    const tcp = of(world.targetGroup('tcp', { Protocol: 'TCP', TargetType: 'instance' }));
    expect(tcp).toMatchObject({
      'stickiness.type': 'source_ip',
      'preserve_client_ip.enabled': 'true',
      'proxy_protocol_v2.enabled': 'false',
    });
  });

  it('of target groups have to fit together', () => {
    const TargetGroupArn = world.targetGroup();
    const set = (attributes: Record<string, string>) =>
      world.refusal('ModifyTargetGroupAttributes', {
        TargetGroupArn,
        Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
      });
    expect(set({ 'stickiness.enabled': 'true', 'stickiness.type': 'app_cookie' })).toBe(
      "InvalidConfigurationRequest: You must set an application cookie name to enable stickiness of type 'app_cookie'",
    );
    expect(set({ 'stickiness.enabled': 'true', 'load_balancing.algorithm.type': 'weighted_random' })).toBe(
      'InvalidConfigurationRequest: You cannot have both stickiness and weighted random algorithm enabled on the same target group.',
    );
    expect(set({ 'stickiness.app_cookie.cookie_name': 'AWSALBAPP' })).toMatch(/reserved/);
    expect(set({ 'slow_start.duration_seconds': '29' })).toMatch(/'0' or between 30 and 900/);
    expect(set({ 'slow_start.duration_seconds': '30', 'load_balancing.algorithm.type': 'weighted_random' })).toMatch(
      /Slow start/,
    );
  });

  it.each([
    ['HTTP', 'source_ip', 'true', "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol"],
    ['TCP', 'lb_cookie', 'false', "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol"],
    ['TLS', 'app_cookie', 'false', "Stickiness type 'app_cookie' is not supported for target groups with the TLS protocol"],
    ['TLS', 'source_ip', 'true', 'You cannot enable stickiness on target groups with the TLS protocol'],
    ['TLS', 'lb_cookie', 'true', 'You cannot enable stickiness on target groups with the TLS protocol'],
  ])('of a target group of %s do not make it stick by %s (%s)', (Protocol, type, enabled, message) => {
    const Attributes = [
      { Key: 'stickiness.enabled', Value: enabled },
      { Key: 'stickiness.type', Value: type },
    ];
    const TargetGroupArn = world.targetGroup('sticky', { Protocol });
    expect(world.refusal('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes })).toBe(
      `InvalidConfigurationRequest: ${message}`,
    );
  });

  it('of listeners follow from the protocol', () => {
    const arn = world.listener(world.loadBalancer(), world.targetGroup());
    const [first] = world.ask('DescribeListenerAttributes', { ListenerArn: arn }).Attributes;
    expect(first).toEqual({ Key: 'routing.http.response.server.enabled', Value: 'true' });
    const Attributes = [{ Key: 'routing.http.response.x_frame_options.header_value', Value: 'DENY' }];
    expect(world.ok('ModifyListenerAttributes', { ListenerArn: arn, Attributes }).Attributes).toContainEqual(Attributes[0]);
    const wrong = { ListenerArn: arn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }] };
    expect(world.refusal('ModifyListenerAttributes', wrong)).toMatch(/^InvalidConfigurationRequest: /);
  });
});
