import { LoadBalancingWorld, PLACEMENT } from '../../../../test/support/load-balancing-world.js';

describe('listeners', () => {
  let world: LoadBalancingWorld;
  let loadBalancer: string;
  let group: string;
  beforeEach(() => {
    world = new LoadBalancingWorld();
    [loadBalancer, group] = [world.loadBalancer(), world.targetGroup()];
  });
  const create = (more: object = {}) => ({
    LoadBalancerArn: loadBalancer,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
    ...more,
  });

  it('are told as ELBv2 tells them, with the forward action in both of its forms', () => {
    const ListenerArn = world.listener(loadBalancer, group);
    expect(ListenerArn).toMatch(/:listener\/app\/web\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
    expect(world.ask('DescribeListeners', { ListenerArns: [ListenerArn] }).Listeners).toEqual([
      {
        ListenerArn,
        LoadBalancerArn: loadBalancer,
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [
          {
            Type: 'forward',
            TargetGroupArn: group,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: group, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
    expect(world.ask('DescribeTargetGroups', { LoadBalancerArn: loadBalancer }).TargetGroups).toMatchObject([
      { TargetGroupArn: group, LoadBalancerArns: [loadBalancer] },
    ]);
  });

  it('are created once a port', () => {
    const arn = world.listener(loadBalancer, group);
    expect(world.eventsOf('CreateListener', create())).toEqual([]);
    expect(world.ok('CreateListener', create()).Listeners[0].ListenerArn).toBe(arn);
    expect(
      world.refusal(
        'CreateListener',
        create({ DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }] }),
      ),
    ).toBe(`DuplicateListener: A listener already exists on this port for this load balancer '${loadBalancer}'`);
    const second = world.listener(loadBalancer, group, { Port: 81 });
    expect(world.refusal('ModifyListener', { ListenerArn: second, Port: 80 })).toMatch(/^DuplicateListener: /);
    expect(world.ok('ModifyListener', { ListenerArn: second, Port: 82 }).Listeners[0].Port).toBe(82);
    expect(world.state.listeners.countBy('endpoint', `${world.state.loadBalancers.get(loadBalancer)!.addresses.own}:82`)).toBe(1);
  });

  it('of two load balancers have the same port, except on an address that they share', () => {
    world.listener(loadBalancer, group);
    world.listener(world.loadBalancer('other'), world.targetGroup('other'));
    const placement = { ...PLACEMENT, sharedAddress: '192.0.2.1' };
    const [one, two] = ['x', 'y'].map((name) => world.loadBalancer(name, { placement })) as [string, string];
    world.listener(one, world.targetGroup('x'), { Port: 443 });
    expect(world.refusal('CreateListener', create({ LoadBalancerArn: two, Port: 443, DefaultActions: [fixed()] }))).toMatch(
      /^DuplicateListener: 192\.0\.2\.1:443 is taken by a listener of another load balancer/,
    );
  });
  const fixed = (more: object = {}) => ({ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ...more } });
  const redirect = (more: object = {}) => ({
    Type: 'redirect',
    RedirectConfig: { StatusCode: 'HTTP_301', Protocol: 'HTTPS', ...more },
  });
  const weighted = (...weights: number[]) => ({
    TargetGroups: weights.map((Weight, index) => ({
      TargetGroupArn: index === 0 ? group : world.targetGroup(`g${index}`),
      Weight,
    })),
  });

  it('redirect with placeholders for what is not given', () => {
    const [listener] = world.ok('CreateListener', create({ DefaultActions: [redirect({ Port: '443' })] })).Listeners;
    expect(listener.DefaultActions).toEqual([
      {
        Type: 'redirect',
        RedirectConfig: {
          Protocol: 'HTTPS',
          Port: '443',
          Host: '#{host}',
          Path: '/#{path}',
          Query: '#{query}',
          StatusCode: 'HTTP_301',
        },
      },
    ]);
  });

  it('share traffic by weight, and tell no single target group then', () => {
    const ForwardConfig = { ...weighted(9, 1), TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } };
    const [listener] = world.ok('CreateListener', create({ DefaultActions: [{ Type: 'forward', ForwardConfig }] })).Listeners;
    expect(listener.DefaultActions).toEqual([{ Type: 'forward', ForwardConfig }]);
  });

  it.each<[string, () => object[], RegExp]>([
    ['nothing to do', () => [], /^ValidationError: /],
    ['two things to do', () => [fixed(), redirect()], /^TooManyActions: /],
    ['no target group', () => [{ Type: 'forward' }], /^InvalidLoadBalancerAction: A target group ARN must be specified/],
    ['an unknown target group', () => [{ Type: 'forward', TargetGroupArn: group.replace(/.$/, 'x') }], /^TargetGroupNotFound: /],
    ['no ARN', () => [{ Type: 'forward', TargetGroupArn: 'web' }], /^ValidationError: 'web' is not a valid target group ARN/],
    ['six target groups', () => [{ Type: 'forward', ForwardConfig: weighted(1, 1, 1, 1, 1, 1) }], /^TooManyUniqueTargetGroups/],
    [
      'a weight of 1000',
      () => [{ Type: 'forward', ForwardConfig: weighted(1000) }],
      /^ValidationError: Target group weight '1000'/,
    ],
    [
      'two different target groups',
      () => [{ Type: 'forward', TargetGroupArn: group, ForwardConfig: weighted(1, 1) }],
      /^InvalidLoadBalancerAction: You can specify both/,
    ],
    [
      'a redirect to itself',
      () => [redirect({ Protocol: '#{protocol}' })],
      /^InvalidLoadBalancerAction: The redirect must change/,
    ],
    ['a redirect to port 0', () => [redirect({ Port: '0' })], /^ValidationError: The redirect port/],
    ['a path without a slash', () => [redirect({ Path: 'x' })], /^ValidationError: The redirect path/],
    ['an unknown placeholder', () => [redirect({ Path: '/#{x}' })], /unknown placeholder '#\{x\}'/],
    ['a line break', () => [redirect({ Host: 'a\r\nSet-Cookie: b' })], /invalid characters/],
    [
      'another content type',
      () => [fixed({ ContentType: 'image/png' })],
      /^InvalidLoadBalancerAction: The ContentType must be one of/,
    ],
    [
      'authentication',
      () => [{ Type: 'authenticate-oidc' }],
      /^UnsupportedOperation: Longshore has no 'authenticate-oidc' actions/,
    ],
  ])('refuse %s', (_what, actions, message) => {
    expect(world.refusal('CreateListener', create({ DefaultActions: actions() }))).toMatch(message);
  });

  it('of a network load balancer forward TCP, and of an application load balancer HTTP', () => {
    const net = world.loadBalancer('net', { Type: 'network' });
    const tcp = world.targetGroup('tcp', { Protocol: 'TCP' });
    const at = (Protocol: string, TargetGroupArn: string, LoadBalancerArn = net) =>
      world.refusal(
        'CreateListener',
        create({ LoadBalancerArn, Protocol, DefaultActions: [{ Type: 'forward', TargetGroupArn }] }),
      );
    expect(at('UDP', tcp)).toMatch(/^UnsupportedProtocol: /);
    expect(at('HTTP', tcp)).toMatch(
      /^ValidationError: Listener protocol 'HTTP' is not supported on load balancers with type 'network'/,
    );
    expect(at('TCP', group)).toMatch(/^IncompatibleProtocols: /);
    expect(at('TCP', tcp, loadBalancer)).toMatch(/^ValidationError: /);
    expect(at('HTTP', tcp, loadBalancer)).toMatch(/^IncompatibleProtocols: /);
    expect(at('TCP', tcp)).toBeUndefined();
    expect(
      world.refusal('CreateListener', create({ LoadBalancerArn: net, Protocol: 'TCP', Port: 81, DefaultActions: [fixed()] })),
    ).toMatch(/^InvalidLoadBalancerAction: /);
  });

  it('of different load balancers never share a target group', () => {
    world.listener(loadBalancer, group);
    const other = world.loadBalancer('other');
    expect(world.refusal('CreateListener', create({ LoadBalancerArn: other }))).toBe(
      `TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: ${group}`,
    );
  });

  it('take a certificate when it is issued, and say of one before that what ELBv2 says', () => {
    const { CertificateArn } = world.ok('RequestCertificate', { DomainName: 'soon.example', ValidationMethod: 'DNS' });
    const https = create({ Protocol: 'HTTPS', Port: 443, Certificates: [{ CertificateArn }] });
    expect(world.refusal('CreateListener', https)).toBe(
      `UnsupportedCertificate: The certificate '${CertificateArn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    );
  });

  it('with certificates: the default one is told, the others are added, listed and removed', () => {
    const [CERTIFICATE, OTHER] = [world.certificate('one'), world.certificate('two')];
    const https = create({ Protocol: 'HTTPS', Port: 443, Certificates: [{ CertificateArn: CERTIFICATE }] });
    expect(world.refusal('CreateListener', { ...https, Certificates: [] })).toBe(
      'ValidationError: A certificate must be specified for HTTPS listeners',
    );
    expect(world.refusal('CreateListener', { ...https, Certificates: [{ CertificateArn: 'x' }] })).toMatch(
      /^CertificateNotFound: /,
    );
    expect(world.refusal('CreateListener', { ...https, SslPolicy: 'x' })).toMatch(/^SSLPolicyNotFound: /);
    const [listener] = world.ok('CreateListener', https).Listeners;
    const { ListenerArn } = listener;
    expect(listener).toMatchObject({
      Certificates: [{ CertificateArn: CERTIFICATE }],
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      MutualAuthentication: { Mode: 'off' },
    });
    const add = { ListenerArn, Certificates: [{ CertificateArn: OTHER }] };
    expect(world.ok('AddListenerCertificates', add)).toEqual({ Certificates: [{ CertificateArn: OTHER, IsDefault: false }] });
    expect(world.eventsOf('AddListenerCertificates', add)).toEqual([]);
    expect(world.ask('DescribeListenerCertificates', { ListenerArn }).Certificates).toEqual([
      { CertificateArn: CERTIFICATE, IsDefault: true },
      { CertificateArn: OTHER, IsDefault: false },
    ]);
    expect(world.refusal('RemoveListenerCertificates', { ListenerArn, Certificates: [{ CertificateArn: CERTIFICATE }] })).toMatch(
      /^OperationNotPermitted: /,
    );
    world.ok('RemoveListenerCertificates', add);
    expect(world.ask('DescribeListenerCertificates', { ListenerArn }).Certificates).toHaveLength(1);
    expect(world.ok('ModifyListener', { ListenerArn, Protocol: 'HTTP', Port: 8080 }).Listeners).toEqual([
      expect.not.objectContaining({ SslPolicy: expect.anything(), Certificates: expect.anything() }),
    ]);
  });

  it('are described by ARN or load balancer, and deleted', () => {
    const first = world.listener(loadBalancer, group);
    world.listener(loadBalancer, group, { Port: 81 });
    const ports = (input: object) =>
      world
        .ask('DescribeListeners', input)
        .Listeners.map(({ Port }: any) => Port)
        .sort();
    expect(ports({ LoadBalancerArn: loadBalancer })).toEqual([80, 81]);
    expect(world.refusal('DescribeListeners')).toBe(
      'ValidationError: You must specify either listener ARNs or a load balancer ARN',
    );
    world.ok('DeleteListener', { ListenerArn: first });
    expect(world.refusal('DeleteListener', { ListenerArn: first })).toBe('ListenerNotFound: One or more listeners not found');
    expect(ports({ LoadBalancerArn: loadBalancer })).toEqual([81]);
  });
});

describe('security policies and limits', () => {
  const world = new LoadBalancingWorld();
  it('are told', () => {
    const { SslPolicies } = world.ask('DescribeSSLPolicies', { Names: ['ELBSecurityPolicy-TLS13-1-3-2021-06'] });
    expect(SslPolicies).toEqual([
      {
        Name: 'ELBSecurityPolicy-TLS13-1-3-2021-06',
        SslProtocols: ['TLSv1.3'],
        Ciphers: [
          { Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 },
          { Name: 'TLS_AES_256_GCM_SHA384', Priority: 2 },
          { Name: 'TLS_CHACHA20_POLY1305_SHA256', Priority: 3 },
        ],
        SupportedLoadBalancerTypes: ['application', 'network'],
      },
    ]);
    expect(world.refusal('DescribeSSLPolicies', { Names: ['x'] })).toBe("SSLPolicyNotFound: SSL policy 'x' not found");
    const { Limits, NextMarker } = world.ask('DescribeAccountLimits', { PageSize: 3 });
    expect(Limits).toContainEqual({ Name: 'target-groups', Max: '3000' });
    expect(world.ask('DescribeAccountLimits', { PageSize: 3, Marker: NextMarker }).Limits).toHaveLength(3);
  });
});
