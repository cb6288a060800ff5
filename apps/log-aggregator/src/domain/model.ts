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

/** Kept and shown. The account's by its name, or a log group's. */
export interface ResourcePolicy extends Scope {
  /** Of the account's. */
  readonly name?: string;
  /** Of a group's, with what it was called by whoever put it, the ARN as it was given, and its revision. */
  readonly group?: string;
  readonly policyName?: string;
  readonly resourceArn?: string;
  readonly revisionId?: string;
  /** JSON, as it was given. */
  readonly document: string;
  readonly updatedAt: string;
}

/** A query of Logs Insights that was saved. */
export interface QueryDefinition extends Scope {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** As it was given: whoever runs it is told what is wrong with it. */
  readonly queryString: string;
  readonly logGroupNames: readonly string[];
  readonly updatedAt: string;
}

export interface MetricFilter extends Scope {
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  readonly transformations: readonly MetricTransformation[];
  readonly createdAt: string;
}
