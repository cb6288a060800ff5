import { refuse, type Refusal } from '#lib/kernel';

/** ELBv2's errors, by the codes that its clients know (they are not the names of the shapes), in its own sentences where known. */
export const refusals = {
  validation: (message: string): Refusal => refuse('ValidationError', message),
  invalidConfiguration: (message: string): Refusal => refuse('InvalidConfigurationRequest', message),
  notPermitted: (message: string): Refusal => refuse('OperationNotPermitted', message),
  /** What Longshore does not do, in a sentence; the code is the one that AWS has for it in a partition. */
  unsupported: (message: string): Refusal => refuse('UnsupportedOperation', message),
  loadBalancersNotFound: (names: readonly string[]): Refusal =>
    refuse('LoadBalancerNotFound', `Load balancers '[${names.join(', ')}]' not found`),
  loadBalancerNotFound: (arn: string): Refusal => refuse('LoadBalancerNotFound', `Load balancer '${arn}' not found`),
  listenerNotFound: (): Refusal => refuse('ListenerNotFound', 'One or more listeners not found'),
  ruleNotFound: (): Refusal => refuse('RuleNotFound', 'One or more rules not found'),
  targetGroupsNotFound: (): Refusal => refuse('TargetGroupNotFound', 'One or more target groups not found'),
  targetGroupNotFound: (arn: string): Refusal => refuse('TargetGroupNotFound', `Target group '${arn}' not found`),
  duplicateLoadBalancer: (name: string): Refusal =>
    refuse('DuplicateLoadBalancerName', `A load balancer with the same name '${name}' exists, but with different settings`),
  duplicateTargetGroup: (name: string): Refusal =>
    refuse('DuplicateTargetGroupName', `A target group with the same name '${name}' exists, but with different settings`),
  duplicateListener: (loadBalancerArn: string): Refusal =>
    refuse('DuplicateListener', `A listener already exists on this port for this load balancer '${loadBalancerArn}'`),
  priorityInUse: (priority: number): Refusal => refuse('PriorityInUse', `Priority '${priority}' is currently in use`),
  targetGroupInUse: (arn: string): Refusal =>
    // Terraform waits on the end of this sentence.
    refuse('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`),
  invalidTarget: (message: string): Refusal => refuse('InvalidTarget', message),
  invalidAction: (message: string): Refusal => refuse('InvalidLoadBalancerAction', message),
  tooMany: (code: `TooMany${string}`, message: string): Refusal => refuse(code, message),
  of: (code: string, message: string): Refusal => refuse(code, message),
} as const;
