/** What is published of one metric for one minute, as one more part of it: sums are added, as a CloudWatch statistic set is. */
export interface LogMetric {
  readonly v: 1;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: string;
  /** The minute's begin, in milliseconds. */
  readonly timestamp: number;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}
