import type { Scope } from '#lib/kernel';
import type { DataQuery } from '../metrics/domain/data-query.js';
import type { Dimension } from '../metrics/domain/metric.js';
import type { Statistic } from '../metrics/domain/summary.js';

export type Tags = Readonly<Record<string, string>>;
export type AlarmStateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type TreatMissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

export interface AlarmSettings {
  readonly alarmDescription?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  /** Metric math, instead of one metric and its statistic. One of them returns data: what is evaluated. */
  readonly metrics?: readonly DataQuery[];
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions: readonly Dimension[];
  /** Or an extended one. */
  readonly statistic?: Statistic;
  readonly extendedStatistic?: string;
  /** What is done with a percentile of too few samples; undefined: it is evaluated. */
  readonly lowSampleCount?: 'evaluate' | 'ignore';
  readonly unit?: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly threshold: number;
  readonly comparisonOperator: string;
  readonly treatMissingData: TreatMissingData;
  /** Whether the caller said so: what was not said is not shown. */
  readonly saysMissingData: boolean;
}

/** The reason of an alarm that was never compared with its metric since it was put. */
export const UNCHECKED = 'Unchecked: Initial alarm creation';

export interface AlarmState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  readonly reasonData?: string;
  /** What is not known yet, so that the state stays as it is; a sentence after its reason. */
  readonly waitsFor?: string;
  readonly updatedAt: string;
}

export interface HistoryItem {
  readonly at: string;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate';
  readonly summary: string;
  readonly data: string;
}

export interface CompositeSettings extends Pick<
  AlarmSettings,
  'alarmDescription' | 'actionsEnabled' | 'okActions' | 'alarmActions' | 'insufficientDataActions'
> {
  /** As it was written: it is read back so. */
  readonly alarmRule: string;
  /** Name or ARN; the periods are given with it. */
  readonly actionsSuppressor?: string;
  readonly suppressorWaitSeconds?: number;
  readonly suppressorExtensionSeconds?: number;
}

interface AlarmOf<Settings> extends Scope {
  readonly name: string;
  readonly settings: Settings;
  readonly tags: Tags;
  readonly configuredAt: string;
  readonly state: AlarmState;
  /** From old to new; the newest few. */
  readonly history: readonly HistoryItem[];
}

/** On a metric. */
export type Alarm = AlarmOf<AlarmSettings>;
/** On other alarms. It has no name in common with one on a metric. */
export type CompositeAlarm = AlarmOf<CompositeSettings>;
export type AnyAlarm = Alarm | CompositeAlarm;

/** A dashboard is kept as it was given: it is shown by those who read it back (Terraform, the CLI), not by Longshore. */
export interface Dashboard {
  readonly accountId: string;
  /** An account's: all regions show the same ones. */
  readonly name: string;
  /** JSON, as it was written. */
  readonly body: string;
  readonly modifiedAt: string;
}
