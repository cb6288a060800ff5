import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const arn = (name: string) => `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
const GROUP = {
  AutoScalingGroupName: 'hosts',
  MinSize: 0,
  MaxSize: 1,
  VPCZoneIdentifier: 's',
  LaunchTemplate: { LaunchTemplateName: 'h' },
};
const hosts = (more: object = {}) => ({ AutoScalingGroupName: 'hosts', ...more });
const source = (Identifier: string, Type = 'elbv2') => ({ Identifier, Type });

describe('target groups of an Auto Scaling group', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
  });
  const shown = () => world.ask('DescribeAutoScalingGroups').AutoScalingGroups[0];

  it.each([
    ['target groups', { TargetGroupARNs: [arn('a')] }],
    ['traffic sources', { TrafficSources: [source(arn('a'))] }],
  ])('are told as both, made as %s', (_what, given) => {
    world.ok('CreateAutoScalingGroup', { ...GROUP, ...given });
    expect(shown()).toMatchObject({ TargetGroupARNs: [arn('a')], TrafficSources: [source(arn('a'))] });
    expect(world.ask('DescribeLoadBalancerTargetGroups', hosts()).LoadBalancerTargetGroups).toEqual([
      { LoadBalancerTargetGroupARN: arn('a'), State: 'Added' },
    ]);
    expect(world.ask('DescribeTrafficSources', hosts()).TrafficSources).toEqual([
      { ...source(arn('a')), TrafficSource: arn('a'), State: 'Added' },
    ]);
    expect(world.ask('DescribeTrafficSources', hosts({ TrafficSourceType: 'elb' })).TrafficSources).toEqual([]);
  });

  it('are attached and detached, by either name, once each', () => {
    world.ok('CreateAutoScalingGroup', GROUP);
    const attach = hosts({ TargetGroupARNs: [arn('b'), arn('a')] });
    expect(world.eventsOf('AttachLoadBalancerTargetGroups', attach)).toEqual(['AutoScalingGroupUpdated']);
    expect(world.eventsOf('AttachTrafficSources', hosts({ TrafficSources: [source(arn('a'))] }))).toEqual([]);
    expect(shown().TargetGroupARNs).toEqual([arn('b'), arn('a')]);
    world.ok('UpdateAutoScalingGroup', hosts({ MaxSize: 2 }));
    world.ok('DetachTrafficSources', hosts({ TrafficSources: [source(arn('b'))] }));
    expect(shown()).toMatchObject({ MaxSize: 2, TargetGroupARNs: [arn('a')] });
    world.ok('DetachLoadBalancerTargetGroups', hosts({ TargetGroupARNs: [arn('a')] }));
    expect(shown().TargetGroupARNs).toEqual([]);
    expect(world.refusal('DetachLoadBalancerTargetGroups', hosts({ TargetGroupARNs: [arn('a')] }))).toContain(
      'Trying to remove Target Groups that are not part of the group',
    );
  });

  it.each([
    ['what is no target group', 'AttachLoadBalancerTargetGroups', { TargetGroupARNs: ['x'] }, /may not be valid. x is not/],
    ['a classic load balancer', 'AttachTrafficSources', { TrafficSources: [source('x', 'elb')] }, /no traffic source x/],
    [
      'more than 50',
      'AttachLoadBalancerTargetGroups',
      { TargetGroupARNs: Array.from({ length: 51 }, (_, i) => arn(`t${i}`)) },
      /LimitExceededFault/,
    ],
  ])('are never %s', (_what, operation, more, message) => {
    world.ok('CreateAutoScalingGroup', GROUP);
    expect(world.refusal(operation, hosts(more))).toMatch(message);
  });
});
