import { loadBalancingCommands, loadBalancingQueries } from '../../apps/load-balancer/src/domain/domain.js';
import { ServiceCatalog } from '#lib/aws-api';
import type { StructureShape } from '../../libs/aws-api/src/model.js';
import type { Rejection } from '#lib/kernel';
import { LoadBalancingWorld, PLACEMENT } from '../support/load-balancing-world.js';

const model = new ServiceCatalog().named('elasticloadbalancing')!;

/** What clients of the Query protocol know an error shape by. */
export const codeOf = (shape: string): string => model.queryError(shape)?.code ?? shape;

/** One of everything that ELBv2 has here, so that every operation finds what it is about. */
export class EverythingBalanced extends LoadBalancingWorld {
  /** What the app serves: a new operation is tested as soon as it has a rule. */
  readonly operations = model.operationNames().filter((name) => name in loadBalancingQueries || name in loadBalancingCommands);
  readonly sound: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  constructor() {
    super();
    const Tags = [{ Key: 'stage', Value: 'test' }];
    const LoadBalancerArn = this.loadBalancer('web', { Subnets: ['subnet-a'], SecurityGroups: ['sg-1'], Tags });
    const TargetGroupArn = this.targetGroup('web', { Tags });
    const unused = this.targetGroup('unused');
    const ListenerArn = this.listener(LoadBalancerArn, TargetGroupArn, { Tags });
    const [CERTIFICATE, OTHER, third] = ['one', 'two', 'three'].map((name) => this.certificate(name)) as [string, string, string];
    const secure = this.listener(LoadBalancerArn, TargetGroupArn, {
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: CERTIFICATE }],
    });
    this.ok('AddListenerCertificates', { ListenerArn: secure, Certificates: [{ CertificateArn: OTHER }] });
    const RuleArn = this.rule(ListenerArn, 1, TargetGroupArn, { Tags });
    this.ok('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }, { Id: '10.0.0.2', Port: 8080 }] });
    this.becomes('unhealthy', TargetGroupArn, { id: '10.0.0.2', reason: 'Target.Timeout' });
    const forward = [{ Type: 'forward', TargetGroupArn }];
    const Conditions = [{ Field: 'path-pattern', Values: ['/a/*'] }];
    const attribute = (Key: string, Value: string) => ({ Attributes: [{ Key, Value }] });
    this.sound = {
      AddListenerCertificates: { ListenerArn: secure, Certificates: [{ CertificateArn: third }] },
      AddTags: { ResourceArns: [LoadBalancerArn, RuleArn], Tags: [{ Key: 'a', Value: 'b' }] },
      CreateListener: { LoadBalancerArn, Protocol: 'HTTP', Port: 81, DefaultActions: forward },
      CreateLoadBalancer: { Name: 'new' },
      CreateRule: { ListenerArn, Priority: 2, Conditions, Actions: forward },
      CreateTargetGroup: { Name: 'new', Protocol: 'HTTP', Port: 80 },
      DeleteListener: { ListenerArn },
      DeleteLoadBalancer: { LoadBalancerArn },
      DeleteRule: { RuleArn },
      DeleteTargetGroup: { TargetGroupArn: unused },
      DeregisterTargets: { TargetGroupArn, Targets: [{ Id: '10.0.0.1' }] },
      DescribeCapacityReservation: { LoadBalancerArn },
      DescribeListenerAttributes: { ListenerArn },
      DescribeListenerCertificates: { ListenerArn: secure },
      DescribeListeners: { LoadBalancerArn },
      DescribeLoadBalancerAttributes: { LoadBalancerArn },
      DescribeRules: { ListenerArn },
      DescribeTags: { ResourceArns: [TargetGroupArn] },
      DescribeTargetGroupAttributes: { TargetGroupArn },
      DescribeTargetHealth: { TargetGroupArn },
      GetResourcePolicy: { ResourceArn: LoadBalancerArn },
      ModifyListener: { ListenerArn, Port: 82 },
      ModifyListenerAttributes: { ListenerArn, ...attribute('routing.http.response.server.enabled', 'false') },
      ModifyLoadBalancerAttributes: { LoadBalancerArn, ...attribute('idle_timeout.timeout_seconds', '30') },
      ModifyRule: { RuleArn, Conditions },
      ModifyTargetGroup: { TargetGroupArn, HealthCheckPath: '/a' },
      ModifyTargetGroupAttributes: { TargetGroupArn, ...attribute('deregistration_delay.timeout_seconds', '30') },
      RegisterTargets: { TargetGroupArn, Targets: [{ Id: '10.0.0.3' }] },
      RemoveListenerCertificates: { ListenerArn: secure, Certificates: [{ CertificateArn: OTHER }] },
      RemoveTags: { ResourceArns: [LoadBalancerArn], TagKeys: ['stage'] },
      SetIpAddressType: { LoadBalancerArn, IpAddressType: 'ipv4' },
      SetRulePriorities: { RulePriorities: [{ RuleArn, Priority: 5 }] },
      SetSecurityGroups: { LoadBalancerArn, SecurityGroups: ['sg-2'] },
      SetSubnets: { LoadBalancerArn, Subnets: ['subnet-b'] },
    };
  }

  inputOf(operation: string): StructureShape {
    return model.operation(operation)!.input;
  }

  /** What the operation would do and answer; nothing is done. Throws what is neither an answer nor a refusal. */
  outcome(name: string, input: object): { readonly rejection: Rejection } | { readonly output: unknown } {
    if (!(name in loadBalancingQueries))
      return this.decide(name, { ...input, placement: PLACEMENT }, this.owner, 'asked', this.scope);
    const answer = this.query<object>(name, input);
    return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
  }
}
