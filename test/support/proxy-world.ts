import type { Scope } from '#lib/kernel';
import type {
  Action,
  Condition,
  HealthCheck,
  Listener,
  ListenerArn,
  LoadBalancer,
  LoadBalancerArn,
  Rule,
  RuleArn,
  Target,
  TargetGroup,
  TargetGroupArn,
} from '../../apps/load-balancer/src/domain/model.js';
import { type LoadBalancingState, newTables, targetKey } from '../../apps/load-balancer/src/domain/state.js';

const ACCOUNT = { accountId: '123456789012', region: 'us-east-1' } as Scope;
const ARN = `arn:aws:elasticloadbalancing:us-east-1:123456789012`;
export const AT = '2026-11-28T09:00:00.000Z';

const id = (text: string): string => Buffer.from(text).toString('hex').padStart(16, '0').slice(-16);

export const HEALTH_CHECK: HealthCheck = {
  enabled: true,
  protocol: 'HTTP',
  port: 'traffic-port',
  path: '/health',
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThresholdCount: 5,
  unhealthyThresholdCount: 2,
  matcher: { HttpCode: '200' },
};

/** A state of the `load-balancing` journal for tests, put together by hand. */
export class ProxyWorld {
  readonly state: LoadBalancingState = newTables().state;

  loadBalancer(name: string, address: string, change: Partial<LoadBalancer> = {}): LoadBalancer {
    const type = change.type ?? 'application';
    const loadBalancer: LoadBalancer = {
      ...ACCOUNT,
      arn: `${ARN}:loadbalancer/${type === 'application' ? 'app' : 'net'}/${name}/${id(name)}` as LoadBalancerArn,
      name,
      type,
      scheme: 'internet-facing',
      ipAddressType: 'ipv4',
      dnsName: `${name}.us-east-1.elb.longshore.internal`,
      addresses: { own: address },
      state: { code: 'provisioning' },
      subnets: [],
      securityGroups: [],
      attributes: {},
      tags: [],
      createdAt: AT,
      ...change,
    };
    this.state.loadBalancers.put(loadBalancer.arn, loadBalancer);
    return loadBalancer;
  }

  listener(of: LoadBalancer, port: number, action: Action, change: Partial<Listener> = {}): Listener {
    const arn = `${of.arn.replace(':loadbalancer/', ':listener/')}/${id(String(port))}`;
    const listener: Listener = {
      ...ACCOUNT,
      arn: arn as ListenerArn,
      loadBalancerArn: of.arn,
      protocol: of.type === 'application' ? 'HTTP' : 'TCP',
      port,
      endpoints: [`${of.addresses.own}:${port}`],
      certificates: [],
      defaultActions: [action],
      defaultRuleArn: `${arn.replace(':listener/', ':listener-rule/')}/${id('default')}` as RuleArn,
      attributes: {},
      tags: [],
      createdAt: AT,
      ...change,
    };
    this.state.listeners.put(listener.arn, listener);
    return listener;
  }

  rule(of: Listener, priority: number, conditions: readonly Condition[], action: Action, change: Partial<Rule> = {}): Rule {
    const rule: Rule = {
      ...ACCOUNT,
      arn: `${of.arn.replace(':listener/', ':listener-rule/')}/${id(String(priority))}` as RuleArn,
      listenerArn: of.arn,
      loadBalancerArn: of.loadBalancerArn,
      priority,
      conditions,
      actions: [action],
      transforms: [],
      tags: [],
      createdAt: AT,
      ...change,
    };
    this.state.rules.put(rule.arn, rule);
    return rule;
  }

  targetGroup(name: string, change: Partial<TargetGroup> = {}, healthCheck: Partial<HealthCheck> = {}): TargetGroup {
    const group: TargetGroup = {
      ...ACCOUNT,
      arn: `${ARN}:targetgroup/${name}/${id(name)}` as TargetGroupArn,
      name,
      targetType: 'ip',
      protocol: 'HTTP',
      protocolVersion: 'HTTP1',
      port: 80,
      ipAddressType: 'ipv4',
      healthCheck: { ...HEALTH_CHECK, ...healthCheck },
      attributes: {},
      tags: [],
      createdAt: AT,
      ...change,
    };
    this.state.targetGroups.put(group.arn, group);
    return group;
  }

  target(group: TargetGroup, port: number, change: Partial<Target> = {}): Target {
    const target: Target = {
      ...ACCOUNT,
      targetGroupArn: group.arn,
      id: '127.0.0.1',
      port,
      health: { state: 'initial', reason: 'Elb.RegistrationInProgress', since: AT },
      registeredAt: AT,
      ...change,
    };
    this.state.targets.put(targetKey(target), target);
    return target;
  }

  deregister(target: Target): void {
    this.state.targets.delete(targetKey(target));
  }
}

export const forwardTo = (...groups: readonly (TargetGroup | readonly [group: TargetGroup, weight: number])[]): Action => {
  const TargetGroups = groups.map((entry) => {
    const [group, Weight] = 'arn' in entry ? [entry, 1] : entry;
    return { TargetGroupArn: group.arn, Weight };
  });
  return { Type: 'forward', ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: { Enabled: false } } };
};

export const pathPattern = (...Values: readonly string[]): Condition => ({
  Field: 'path-pattern',
  Values,
  PathPatternConfig: { Values },
});
export const hostHeader = (...Values: readonly string[]): Condition => ({
  Field: 'host-header',
  Values,
  HostHeaderConfig: { Values },
});
export const fixedResponse = (StatusCode: string, MessageBody: string): Action => ({
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode, ContentType: 'text/plain', MessageBody },
});
