/** Under the names of CloudWatch's metrics; an absent one is none. */
export type Counters = Readonly<Record<string, number>>;

/** What one replica's HAProxy has done within a window of time; all replicas' together are the load balancer's. */
export interface MetricWindow {
  readonly replicaId: string;
  /** The window's end. */
  readonly at: string;
  readonly periodMs: number;
  readonly loadBalancers: readonly WindowOf[];
  readonly targetGroups: readonly TargetGroupWindow[];
}

export interface WindowOf {
  readonly arn: string;
  /** Within the window. */
  readonly sums: Counters;
  /** As they are at its end. */
  readonly gauges: Counters;
}

export interface TargetGroupWindow extends WindowOf {
  readonly loadBalancerArn: string;
  /** Requests by the upper bound of their bucket in milliseconds, `+Inf` for the last one. Of busy listeners a sample. */
  readonly responseTimesMs: Counters;
}
