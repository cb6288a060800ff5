/** What the load balancer says of a target group, at the moment of the request: its state is no part of this journal. */
export interface TargetGroupFacts {
  readonly targetGroupArn: string;
  readonly targetType: string;
  /** Some listener or rule forwards to it. */
  readonly hasLoadBalancer: boolean;
}

/** What the load balancer says of a rule, or of a listener that has none, at the moment of the request. */
export interface ListenerRuleFacts {
  readonly arn: string;
  readonly targetGroupArns: readonly string[];
}
