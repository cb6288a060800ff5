import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';

describe('rules', () => {
  let world: LoadBalancingWorld;
  let listener: string;
  let group: string;
  beforeEach(() => {
    world = new LoadBalancingWorld();
    group = world.targetGroup();
    listener = world.listener(world.loadBalancer(), group);
  });
  const described = () => world.ask('DescribeRules', { ListenerArn: listener }).Rules;
  const priorities = () => described().map(({ Priority }: any) => Priority);
  const create = (Conditions: object[], more: object = {}) => ({
    ListenerArn: listener,
    Priority: 1,
    Conditions,
    Actions: [{ Type: 'forward', TargetGroupArn: group }],
    ...more,
  });

  it('are tried by priority; the default one is the last, and the listener’s own actions', () => {
    world.rule(listener, 20, group);
    const arn = world.rule(listener, 3, group);
    expect(arn).toMatch(/:listener-rule\/app\/web\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
    expect(priorities()).toEqual(['3', '20', 'default']);
    expect(described()[0]).toEqual({
      RuleArn: arn,
      Priority: '3',
      Conditions: [{ Field: 'path-pattern', Values: ['/3/*'], PathPatternConfig: { Values: ['/3/*'] } }],
      Actions: [expect.objectContaining({ Type: 'forward', TargetGroupArn: group })],
      IsDefault: false,
      Transforms: [],
    });
    const last = described()[2];
    expect(last).toMatchObject({ IsDefault: true, Conditions: [], RuleArn: expect.stringContaining(':listener-rule/app/web/') });
    const FixedResponseConfig = { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'no' };
    world.ok('ModifyRule', { RuleArn: last.RuleArn, Actions: [{ Type: 'fixed-response', FixedResponseConfig }] });
    expect(world.ask('DescribeListeners', { ListenerArns: [listener] }).Listeners[0].DefaultActions).toEqual([
      { Type: 'fixed-response', FixedResponseConfig },
    ]);
    expect(world.refusal('DeleteRule', { RuleArn: last.RuleArn })).toMatch(/^OperationNotPermitted: /);
    expect(world.refusal('ModifyRule', { RuleArn: last.RuleArn, Conditions: [{}] })).toMatch(/^OperationNotPermitted: /);
  });

  it('page by page, none twice although one comes between', () => {
    for (const priority of [10, 20, 30]) world.rule(listener, priority, group);
    const first = world.ask('DescribeRules', { ListenerArn: listener, PageSize: 2 });
    world.rule(listener, 5, group);
    const second = world.ask('DescribeRules', { ListenerArn: listener, PageSize: 2, Marker: first.NextMarker });
    expect([...first.Rules, ...second.Rules].map(({ Priority }) => Priority)).toEqual(['10', '20', '30', 'default']);
  });

  it('have priorities of their own, which may be exchanged', () => {
    const [one, two] = [world.rule(listener, 1, group), world.rule(listener, 2, group)];
    expect(world.refusal('CreateRule', create([{ Field: 'path-pattern', Values: ['/'] }]))).toBe(
      "PriorityInUse: Priority '1' is currently in use",
    );
    const set = (...pairs: [string, number][]) => ({
      RulePriorities: pairs.map(([RuleArn, Priority]) => ({ RuleArn, Priority })),
    });
    expect(world.refusal('SetRulePriorities', set([one, 2]))).toBe("PriorityInUse: Priority '2' is currently in use");
    expect(world.refusal('SetRulePriorities', set([one, 3], [two, 3]))).toBe(
      "ValidationError: Priority '3' was provided multiple times",
    );
    const { Rules } = world.ok('SetRulePriorities', set([one, 2], [two, 1]));
    expect(Rules.map(({ RuleArn, Priority }: any) => [RuleArn, Priority])).toEqual([
      [one, '2'],
      [two, '1'],
    ]);
    expect(world.eventsOf('SetRulePriorities', set([one, 2]))).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['hosts', { Field: 'host-header', HostHeaderConfig: { Values: ['*.example.com'] } }, { Values: ['*.example.com'] }],
    ['header', { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-A', Values: ['b*'] } }, {}],
    ['methods', { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET', 'HEAD'] } }, {}],
    ['query', { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'a', Value: 'b' }, { Value: 'c' }] } }, {}],
    ['sources', { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.0/24', '2001:db8::/32'] } }, {}],
    [
      'path expressions',
      { Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/a/[0-9]+$'] } },
      { RegexValues: ['^/a/[0-9]+$'] },
    ],
  ])('keep %s as given', (_what, condition, more) => {
    expect(world.ok('CreateRule', create([condition])).Rules[0].Conditions).toEqual([{ ...condition, ...more }]);
  });

  it.each<[string, object[], RegExp]>([
    ['no condition', [], /A condition must be specified/],
    ['an unknown field', [{ Field: 'x' }], /Condition field 'x' must be one of '\[host-header, path-pattern/],
    ['no field', [{ Values: ['/'] }], /Condition field '' must be one of/],
    ['no value', [{ Field: 'path-pattern', Values: [] }], /A condition value must be specified/],
    ['values for a header', [{ Field: 'http-header', Values: ['a'] }], /The 'Values' field is not compatible with 'http-header'/],
    ['no config', [{ Field: 'source-ip' }], /A 'SourceIpConfig' must be specified with 'source-ip'/],
    [
      'a config of another field',
      [{ Field: 'source-ip', HostHeaderConfig: { Values: ['a.b'] } }],
      /A 'HostHeaderConfig' cannot be specified/,
    ],
    ['values twice', [{ Field: 'path-pattern', Values: ['/'], PathPatternConfig: { Values: ['/'] } }], /You cannot provide both/],
    ['a long value', [{ Field: 'path-pattern', Values: [`/${'x'.repeat(128)}`] }], /too long; the limit is '128'/],
    ['a blank in a path', [{ Field: 'path-pattern', Values: ['/a b'] }], /invalid characters/],
    [
      'a line break in a header',
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'a', Values: ['a\nb'] } }],
      /invalid characters/,
    ],
    [
      'the Host header',
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'host', Values: ['a'] } }],
      /'host-header' condition/,
    ],
    [
      'a header that is none',
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'a b', Values: ['a'] } }],
      /is invalid/,
    ],
    [
      'a method in small letters',
      [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } }],
      /allowed characters are A-Z/,
    ],
    ['an address that is no range', [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.1'] } }], /must be in CIDR format/],
    ['a range that is none', [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.256/8'] } }], /must be in CIDR format/],
    [
      'a long key of a query',
      [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'x'.repeat(129), Value: 'a' }] } }],
      /The 'Key' value is too long; the limit is '128'/,
    ],
    [
      'a long value of a query',
      [{ Field: 'query-string', QueryStringConfig: { Values: [{ Value: 'x'.repeat(129) }] } }],
      /The 'Value' value is too long; the limit is '128'/,
    ],
    ['a broken expression', [{ Field: 'path-pattern', RegexValues: ['('] }], /not a valid regular expression/],
    [
      'two paths',
      [
        { Field: 'path-pattern', Values: ['/a'] },
        { Field: 'path-pattern', Values: ['/b'] },
      ],
      /only have one 'path-pattern'/,
    ],
    ['six values', [{ Field: 'path-pattern', Values: ['/1', '/2', '/3', '/4', '/5', '/6'] }], /more than '5' condition values/],
    ['six wildcards', [{ Field: 'path-pattern', Values: ['/*/*/*/?/?/?'] }], /more than '5' wildcards/],
  ])('refuse %s', (_what, conditions, message) => {
    const refused = world.refusal('CreateRule', create(conditions));
    expect(refused).toMatch(/^ValidationError: /);
    expect(refused).toMatch(message);
  });

  it('are modified in what is given, and deleted', () => {
    const RuleArn = world.rule(listener, 1, group);
    const Conditions = [{ Field: 'host-header', Values: ['a.example.com'] }];
    const [changed] = world.ok('ModifyRule', { RuleArn, Conditions }).Rules;
    expect(changed).toMatchObject({
      Priority: '1',
      Conditions: [{ Values: ['a.example.com'] }],
      Actions: [{ TargetGroupArn: group }],
    });
    expect(world.refusal('ModifyRule', { RuleArn })).toBe('ValidationError: Either conditions or actions must be specified');
    const Rewrites = [{ Regex: '^/a/(.*)$', Replace: '/$1' }];
    const Transforms = [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites } }];
    expect(world.ok('ModifyRule', { RuleArn, Transforms }).Rules[0].Transforms).toEqual(Transforms);
    expect(world.ok('ModifyRule', { RuleArn, ResetTransforms: true }).Rules[0].Transforms).toEqual([]);
    world.ok('DeleteRule', { RuleArn });
    expect(priorities()).toEqual(['default']);
    expect(world.refusal('DeleteRule', { RuleArn })).toBe('RuleNotFound: One or more rules not found');
    expect(world.refusal('DescribeRules', { RuleArns: [RuleArn] })).toMatch(/^RuleNotFound: /);
  });

  it('are for application load balancers', () => {
    const tcp = world.targetGroup('tcp', { Protocol: 'TCP' });
    const ListenerArn = world.listener(world.loadBalancer('net', { Type: 'network' }), tcp, { Protocol: 'TCP' });
    expect(world.refusal('CreateRule', create([{ Field: 'path-pattern', Values: ['/'] }], { ListenerArn }))).toBe(
      'ValidationError: Rules are unsupported for Network Load Balancer listeners',
    );
    expect(world.ask('DescribeRules', { ListenerArn }).Rules).toMatchObject([{ Priority: 'default' }]);
  });

  it('keep a target group from being deleted', () => {
    const other = world.targetGroup('other');
    const RuleArn = world.rule(listener, 1, other);
    expect(world.refusal('DeleteTargetGroup', { TargetGroupArn: other })).toBe(
      `ResourceInUse: Target group '${other}' is currently in use by a listener or a rule`,
    );
    world.ok('DeleteRule', { RuleArn });
    expect(world.eventsOf('DeleteTargetGroup', { TargetGroupArn: other })).toEqual(['TargetGroupDeleted']);
  });
});

describe('tags', () => {
  let world: LoadBalancingWorld;
  beforeEach(() => (world = new LoadBalancingWorld()));

  it('of everything are added, replaced, told and removed', () => {
    const Tags = [{ Key: 'a', Value: '1' }];
    const group = world.targetGroup('web', { Tags });
    const balancer = world.loadBalancer('web', { Tags });
    const listener = world.listener(balancer, group, { Tags });
    const rule = world.rule(listener, 1, group, { Tags });
    const defaultRule = world.ask('DescribeRules', { ListenerArn: listener }).Rules[1].RuleArn;
    const ResourceArns = [balancer, group, listener, rule];
    world.ok('AddTags', { ResourceArns: [...ResourceArns, defaultRule], Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }] });
    const tags = () => world.ask('DescribeTags', { ResourceArns: [...ResourceArns, defaultRule] }).TagDescriptions;
    const both = [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ];
    expect(tags()).toEqual([...ResourceArns, defaultRule].map((ResourceArn) => ({ ResourceArn, Tags: both })));
    expect(world.eventsOf('AddTags', { ResourceArns, Tags: [{ Key: 'a', Value: '2' }] })).toEqual([]);
    world.ok('RemoveTags', { ResourceArns: [...ResourceArns, defaultRule], TagKeys: ['a', 'x'] });
    expect(tags()).toEqual(
      [...ResourceArns, defaultRule].map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: 'b', Value: '' }] })),
    );
  });

  it('are fifty at most, and of things that are there', () => {
    const arn = world.targetGroup();
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    world.ok('AddTags', { ResourceArns: [arn], Tags });
    expect(world.refusal('AddTags', { ResourceArns: [arn], Tags: [{ Key: 'one' }] })).toMatch(/^TooManyTags: /);
    expect(world.refusal('AddTags', { ResourceArns: ['x'], Tags: [{ Key: 'one' }] })).toMatch(
      /^ValidationError: 'x' is not a valid/,
    );
    expect(world.refusal('DescribeTags', { ResourceArns: [`${arn}0`] })).toMatch(/^TargetGroupNotFound: /);
    expect(world.refusal('GetResourcePolicy', { ResourceArn: arn })).toMatch(/^ResourceNotFound: /);
  });
});
