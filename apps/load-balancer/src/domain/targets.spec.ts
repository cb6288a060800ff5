import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';

describe('targets', () => {
  let world: LoadBalancingWorld;
  let group: string;
  beforeEach(() => {
    world = new LoadBalancingWorld();
    group = world.targetGroup();
  });
  const serve = () => world.listener(world.loadBalancer(), group);
  const register = (...Targets: object[]) => world.eventsOf('RegisterTargets', { TargetGroupArn: group, Targets });
  const deregister = (...Targets: object[]) => world.eventsOf('DeregisterTargets', { TargetGroupArn: group, Targets });
  const delay = (seconds: string) =>
    world.ok('ModifyTargetGroupAttributes', {
      TargetGroupArn: group,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: seconds }],
    });

  it('are registered under their own port or the group’s, each once', () => {
    expect(register({ Id: '10.0.0.1' }, { Id: '10.0.0.1', Port: 8080 }, { Id: '10.0.0.1', Port: 80 })).toEqual([
      'TargetsRegistered',
    ]);
    expect(register({ Id: '10.0.0.1' })).toEqual([]);
    expect(Object.keys(world.health(group))).toEqual(['10.0.0.1:80', '10.0.0.1:8080']);
  });

  it('are unused until a listener sends traffic to them, then in the state that the checks say', () => {
    register({ Id: '10.0.0.1' });
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'unused Target.NotInUse' });
    serve();
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'initial Elb.RegistrationInProgress' });
    world.becomes('initial', group, { reason: 'Elb.InitialHealthChecking' });
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'initial Elb.InitialHealthChecking' });
    world.becomes('healthy', group);
    expect(world.ask('DescribeTargetHealth', { TargetGroupArn: group }).TargetHealthDescriptions).toEqual([
      { Target: { Id: '10.0.0.1', Port: 80 }, HealthCheckPort: '80', TargetHealth: { State: 'healthy' } },
    ]);
    world.becomes('unhealthy', group, { reason: 'Target.Timeout' });
    expect(
      world.ask('DescribeTargetHealth', { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2', Port: 1 }] }),
    ).toEqual({
      TargetHealthDescriptions: [
        {
          Target: { Id: '10.0.0.1', Port: 80 },
          HealthCheckPort: '80',
          TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' },
        },
        {
          Target: { Id: '10.0.0.2', Port: 1 },
          HealthCheckPort: '1',
          TargetHealth: {
            State: 'unused',
            Reason: 'Target.NotRegistered',
            Description: 'Target is not registered to the target group',
          },
        },
      ],
    });
  });

  it('have their health recorded where it changes, of the registration that is meant', () => {
    serve();
    register({ Id: '10.0.0.1' });
    const { registeredAt } = [...world.state.targets.values()][0]!;
    const report = { targetGroupArn: group, id: '10.0.0.1', port: 80, registeredAt, state: 'healthy' };
    expect(world.eventsOf('RecordTargetHealth', { transitions: [report, { ...report, id: '10.0.0.9' }] })).toEqual([
      'TargetHealthChanged',
    ]);
    expect(world.eventsOf('RecordTargetHealth', { transitions: [report] })).toEqual([]);
    deregister({ Id: '10.0.0.1' });
    expect(world.eventsOf('RecordTargetHealth', { transitions: [report] })).toEqual([]);
    register({ Id: '10.0.0.1' });
    expect(world.eventsOf('RecordTargetHealth', { transitions: [report] })).toEqual([]);
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'initial Elb.RegistrationInProgress' });
  });

  it('drain until they are idle', () => {
    serve();
    register({ Id: '10.0.0.1' }, { Id: '10.0.0.2' });
    world.becomes('healthy', group);
    expect(deregister({ Id: '10.0.0.1' })).toEqual(['TargetsDraining']);
    expect(deregister({ Id: '10.0.0.1' }, { Id: '10.0.0.3' })).toEqual([]);
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'draining Target.DeregistrationInProgress', '10.0.0.2:80': 'healthy' });
    const targets = [...world.state.targets.values()];
    expect(world.eventsOf('RecordTargetsDrained', { targets })).toEqual(['TargetsDeregistered']);
    expect(world.health(group)).toEqual({ '10.0.0.2:80': 'healthy' });
    expect(world.eventsOf('RecordTargetsDrained', { targets })).toEqual([]);
  });

  it('drain until the deregistration delay is over, idle or not', () => {
    serve();
    delay('10');
    register({ Id: '10.0.0.1' });
    deregister({ Id: '10.0.0.1' });
    const isExpired = () => world.domain.isExpired!(world.state, new Date(world.now).toISOString());
    world.now += 9_000;
    expect(isExpired()).toBe(false);
    expect(world.eventsOf('Expire')).toEqual([]);
    world.now += 1_000;
    expect(isExpired()).toBe(true);
    expect(world.eventsOf('Expire')).toEqual(['TargetsDeregistered']);
    expect([world.state.targets.size, isExpired()]).toEqual([0, false]);
  });

  it('are gone at once where nothing was to be drained', () => {
    register({ Id: '10.0.0.1' });
    expect(deregister({ Id: '10.0.0.1' })).toEqual(['TargetsDeregistered']);
    serve();
    delay('0');
    register({ Id: '10.0.0.1' });
    expect(deregister({ Id: '10.0.0.1' })).toEqual(['TargetsDeregistered']);
  });

  it('come back while they drain, as new ones', () => {
    serve();
    register({ Id: '10.0.0.1' });
    world.becomes('healthy', group);
    deregister({ Id: '10.0.0.1' });
    expect(register({ Id: '10.0.0.1' })).toEqual(['TargetsRegistered']);
    expect(world.health(group)).toEqual({ '10.0.0.1:80': 'initial Elb.RegistrationInProgress' });
    world.now += 3_600_000;
    expect(world.eventsOf('Expire')).toEqual([]);
  });

  it('without a port are deregistered under all of theirs, unless the group’s is one of them', () => {
    register({ Id: '10.0.0.1', Port: 1 }, { Id: '10.0.0.1', Port: 2 });
    expect(deregister({ Id: '10.0.0.1' })).toEqual(['TargetsDeregistered']);
    expect(world.state.targets.size).toBe(0);
    register({ Id: '10.0.0.1', Port: 1 }, { Id: '10.0.0.1' });
    deregister({ Id: '10.0.0.1' });
    expect(Object.keys(world.health(group))).toEqual(['10.0.0.1:1']);
  });

  it.each<[string, object, RegExp]>([
    [
      'an address that is none',
      { Id: '10.0.0.256' },
      /^ValidationError: The IP address '10.0.0.256' is not a valid IPv4 address/,
    ],
    ['an IPv6 address', { Id: '::1' }, /^ValidationError: /],
    ['every address', { Id: '0.0.0.0' }, /^InvalidTarget: /],
    ['an instance', { Id: 'i-0123' }, /^ValidationError: /],
  ])('of a group of IPv4 addresses are not %s', (_what, target, message) =>
    expect(world.refusal('RegisterTargets', { TargetGroupArn: group, Targets: [target] })).toMatch(message),
  );

  it('of a group of instances are named by the instance', () => {
    const instances = world.targetGroup('instances', { TargetType: 'instance' });
    world.ok('RegisterTargets', { TargetGroupArn: instances, Targets: [{ Id: 'i-0123', Port: 49_153 }] });
    expect(world.refusal('RegisterTargets', { TargetGroupArn: instances, Targets: [{ Id: 'a b' }] })).toBe(
      "ValidationError: Instance ID 'a b' is not valid",
    );
  });

  it('are at most as many as the quota says', () => {
    const Targets = Array.from({ length: 1_001 }, (_, index) => ({ Id: '10.0.0.1', Port: index + 1 }));
    expect(world.refusal('RegisterTargets', { TargetGroupArn: group, Targets })).toMatch(/^TooManyTargets: /);
    world.ok('RegisterTargets', { TargetGroupArn: group, Targets: Targets.slice(1) });
    expect(Buffer.byteLength(JSON.stringify(world.commits.at(-1)))).toBeLessThan(128 * 1_024);
  });

  it('of tasks are registered by the scheduler too, with what only apps can say', () => {
    const Task = { taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1', containerName: 'web', containerPort: 80 };
    const registration = { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1', Port: 1, Task }] };
    world.given('RegisterTargets', registration, 'scheduler');
    expect([...world.state.targets.by('task', Task.taskArn)]).toHaveLength(1);
    expect(() => world.given('RecordTargetHealth', { transitions: [] }, 'scheduler')).toThrow(
      'scheduler may not send RecordTargetHealth',
    );
  });
});
