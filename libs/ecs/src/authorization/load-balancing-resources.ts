import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

const text = (value: unknown): readonly string[] => (typeof value === 'string' && value !== '' ? [value] : []);
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Members that name, by ARN, what an operation changes. */
const ARNS = ['LoadBalancerArn', 'ListenerArn', 'RuleArn', 'TargetGroupArn', 'ResourceArn'];

/**
 * What an operation of ELBv2 is about, as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html: its reads are about
 * everything; what is made has its name and no id yet.
 */
export function loadBalancingResourcesOf(operation: string, input: Input, scope: Scope): readonly Resource[] {
  if (operation.startsWith('Describe')) return [];
  const arnOf = (resource: string) => [{ arn: `arn:aws:elasticloadbalancing:${scope.region}:${scope.accountId}:${resource}/*` }];
  const [name = ''] = text(input.Name);
  if (operation === 'CreateLoadBalancer') return arnOf(`loadbalancer/${input.Type === 'network' ? 'net' : 'app'}/${name}`);
  if (operation === 'CreateTargetGroup') return arnOf(`targetgroup/${name}`);
  return [
    ...ARNS.flatMap((member) => text(input[member])),
    ...listed(input.ResourceArns).flatMap(text),
    ...listed(input.RulePriorities).flatMap((pair) => text((pair as Input | null)?.RuleArn)),
  ].map((arn) => ({ arn }));
}
