import type { Scope } from '#lib/kernel';
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
  readonly namespace: string;
  readonly metricName: string;
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

export interface AlarmState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  readonly reasonData?: string;
  readonly updatedAt: string;
}

export interface HistoryItem {
  readonly at: string;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate';
  readonly summary: string;
  readonly data: string;
}

export interface Alarm extends Scope {
  readonly name: string;
  readonly settings: AlarmSettings;
  readonly tags: Tags;
  readonly configuredAt: string;
  readonly state: AlarmState;
  /** From old to new; the newest few. */
  readonly history: readonly HistoryItem[];
}
