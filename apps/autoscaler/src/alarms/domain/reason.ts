import type { AlarmSettings, AlarmStateValue } from '../../domain/model.js';
import { COMPARISONS, type Evaluation } from './evaluate-alarm.js';

/** `70.0`, as CloudWatch writes numbers in its reasons. */
const number = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Why the state is what it is, in CloudWatch's sentences. */
export function reasonOf(settings: AlarmSettings, { value, decidedBy, missing }: Evaluation, before: AlarmStateValue): string {
  const { comparisonOperator, threshold, evaluationPeriods, datapointsToAlarm = evaluationPeriods } = settings;
  if (decidedBy.length === 0 && value === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${counted(missing, 'datapoint')} ${missing === 1 ? 'was' : 'were'} unknown.`;
  const { breaches, words } = COMPARISONS[comparisonOperator]!;
  const breaching = decidedBy.filter((one) => breaches(one, threshold)).length;
  const told = value === 'ALARM' ? breaching : decidedBy.length - breaching;
  const not = value === 'ALARM' ? '' : 'not ';
  const filled =
    missing > 0 ? ` ${counted(missing, 'datapoint')} of them missing and treated as [${settings.treatMissingData}].` : '';
  return (
    `Threshold Crossed: ${told} out of the last ${counted(evaluationPeriods, 'datapoint')} [${decidedBy.map(number).join(', ')}] ` +
    `${told === 1 ? 'was' : 'were'} ${not}${words} the threshold (${number(threshold)}) ` +
    `(minimum ${counted(value === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1, 'datapoint')} ` +
    `for ${before} -> ${value} transition).${filled}`
  );
}
