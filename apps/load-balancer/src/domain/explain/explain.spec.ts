import { describe, expect, it } from '@jest/globals';
import { LoadBalancingWorld } from '../../../../../test/support/load-balancing-world.js';

function balanced() {
  const world = new LoadBalancingWorld();
  const [web, green] = [world.targetGroup(), world.targetGroup('green')];
  const loadBalancer = world.loadBalancer();
  const listener = world.listener(loadBalancer, web);
  world.rule(listener, 20, web, {
    Actions: [
      {
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: web, Weight: 9 },
            { TargetGroupArn: green, Weight: 1 },
          ],
        },
      },
    ],
  });
  world.rule(listener, 10, web, {
    Conditions: [
      { Field: 'host-header', Values: ['*.example.com'] },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Beta', Values: ['1', 'yes'] } },
    ],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const explain = (input: object) =>
    world.ask('ExplainBalancing', input) as { summary: string; text: string } & Record<string, any>;
  return { world, web, green, loadBalancer, listener, explain };
}

describe('a load balancer', () => {
  it('says what its listeners do with a request, by their rules’ order, and what it finds there', () => {
    const { world, web, loadBalancer, listener, explain } = balanced();
    world.ok('RegisterTargets', { TargetGroupArn: web, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2' }] });
    world.becomes('healthy', web, { id: '10.0.0.1' });
    const { text, summary, listeners } = explain({ loadBalancer: 'web' });
    expect(summary).toBe('Load balancer web is provisioning.');
    expect(text.split('\n').slice(2)).toEqual([
      '',
      'HTTP 80',
      '  10       host *.example.com and header X-Beta 1 or yes: answers 404',
      '  20       path /20/*:',
      '           90 % to web: 1 of 2 targets healthy',
      '           10 % to green: no target is registered, so requests get 503',
      '  default  web: 1 of 2 targets healthy',
    ]);
    expect(listeners[0]).toMatchObject({ listenerArn: listener, routes: [{ priority: '10' }, {}, { priority: 'default' }] });
    expect(explain({ loadBalancer: listener }).loadBalancerArn).toBe(loadBalancer);
  });

  it('that cannot listen says why', () => {
    const { world, loadBalancer, explain } = balanced();
    const reason = 'It cannot listen on 127.1.0.1:80: Address already in use.';
    world.ok('RecordLoadBalancerStates', { states: [{ arn: loadBalancer, code: 'failed', reason }] });
    expect(explain({ loadBalancer }).summary).toBe(`Load balancer web is failed: ${reason}`);
  });

  it('that is not there is refused, as is a question about nothing', () => {
    const { world } = balanced();
    expect(world.refusal('ExplainBalancing', { loadBalancer: 'other' })).toMatch(/^LoadBalancerNotFound/);
    expect(world.refusal('ExplainBalancing', { targetGroup: 'other' })).toMatch(/^TargetGroupNotFound/);
    expect(world.refusal('ExplainBalancing', {})).toMatch(/^ValidationError: Name what to explain/);
  });
});

describe('a target group', () => {
  it('says who routes there, what is checked, and what each target is, since when and why', () => {
    const { world, web, explain } = balanced();
    world.ok('RegisterTargets', { TargetGroupArn: web, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2' }, { Id: '10.0.0.3' }] });
    world.becomes('healthy', web, { id: '10.0.0.1' });
    world.becomes('unhealthy', web, { id: '10.0.0.2', reason: 'Target.Timeout' });
    world.ok('DeregisterTargets', { TargetGroupArn: web, Targets: [{ Id: '10.0.0.3' }] });
    const { text, summary, targets } = explain({ targetGroup: 'web' });
    expect(summary).toBe('Target group web has 3 targets: 1 healthy, 1 unhealthy, 1 draining.');
    expect(text).toContain('  load balancer web, HTTP 80, rule 20 (path /20/*): 90 % of its requests\n');
    expect(text).toContain('  load balancer web, HTTP 80, the default rule: 100 % of its requests\n');
    expect(text).toContain('HTTP / at its own port has to answer with the code 200 within 5 s, every 30 s.');
    expect(text).toMatch(/10\.0\.0\.1:80\n {4}healthy since \S+Z\n/);
    expect(text).toMatch(/10\.0\.0\.2:80\n {4}unhealthy since \S+Z: Request timed out \(Target\.Timeout\)\n/);
    expect(text).toMatch(
      /10\.0\.0\.3:80\n {4}draining since \S+Z: nothing new is sent to it; it is gone when .*Z at the latest$/,
    );
    expect(targets.map(({ state }: { state: string }) => state)).toEqual(['healthy', 'unhealthy', 'draining']);
  });

  it('that nothing forwards to has unused targets', () => {
    const { world, explain } = balanced();
    const alone = world.targetGroup('alone');
    world.ok('RegisterTargets', { TargetGroupArn: alone, Targets: [{ Id: '10.0.0.9' }] });
    const { text, routedBy } = explain({ targetGroup: alone });
    expect(routedBy).toEqual([]);
    expect(text).toContain('No listener and no rule forwards to it');
    expect(text).toMatch(/unused, registered at \S+Z: nothing forwards to its target group$/);
  });
});
