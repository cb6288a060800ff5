import type { Scope } from '#lib/kernel';

export type LogGroupClass = 'STANDARD' | 'INFREQUENT_ACCESS';
export type Tags = Readonly<Record<string, string>>;

export interface LogGroup extends Scope {
  readonly name: string;
  /** What its lines are kept under. Another one for the next group of the name: it never shows the lines of the one before. */
  readonly id: string;
  readonly logGroupClass: LogGroupClass;
  /** Undefined: for ever. */
  readonly retentionInDays?: number;
  /** Kept and shown: lines are as safe as the disk. */
  readonly kmsKeyId?: string;
  readonly tags: Tags;
  /** Which aggregator has its lines, by number; for as long as it lives (`places.ts`). */
  readonly place: number;
  /** ISO-8601, as the commit's. */
  readonly createdAt: string;
}

export interface LogStream extends Scope {
  readonly group: string;
  readonly name: string;
  /** What its lines are kept under, as a group's. */
  readonly id: string;
  readonly createdAt: string;
}

/** A group that is gone and whose lines may still be on a disk. */
export interface DeletedGroup extends Scope {
  readonly id: string;
  readonly name: string;
  readonly place: number;
}

export interface MetricTransformation {
  readonly metricName: string;
  readonly metricNamespace: string;
  /** A number, or what a pattern names: `$.ms`, `$status`. */
  readonly metricValue: string;
  readonly defaultValue?: number;
  /** Name → what a pattern names. */
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly unit?: string;
}

export type Distribution = 'Random' | 'ByLogStream';

export interface SubscriptionFilter extends Scope {
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  /** As it was given: `destination.ts` reads it. */
  readonly destinationArn: string;
  readonly roleArn?: string;
  readonly distribution: Distribution;
  readonly createdAt: string;
}

export interface MetricFilter extends Scope {
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  readonly transformations: readonly MetricTransformation[];
  readonly createdAt: string;
}
