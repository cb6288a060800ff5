import type { AlarmSettings, AlarmStateValue, TreatMissingData } from '../../domain/model.js';
import { evaluateAlarm } from './evaluate-alarm.js';
import { reasonOf } from './reason.js';

const settings = (datapointsToAlarm: number, treatMissingData: TreatMissingData): AlarmSettings => ({
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
  namespace: 'n',
  metricName: 'm',
  dimensions: [],
  statistic: 'Average',
  periodSeconds: 60,
  evaluationPeriods: 3,
  datapointsToAlarm,
  threshold: 10,
  comparisonOperator: 'GreaterThanThreshold',
  treatMissingData,
  saysMissingData: true,
});

/** As the User Guide writes them: from old to new, X breaches, - is missing. */
const newestFirst = (points: string) =>
  points
    .split(' ')
    .map((point) => (point === 'X' ? 20 : point === '0' ? 1 : undefined))
    .reverse();

const KEEPS = 'the state that it had';
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

describe('an alarm, with values that are missing', () => {
  // CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": its two tables, whole.
  it.each<[number, string, string, string, string, string]>([
    [3, '0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    [3, '0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    [3, '- - - - -', 'INSUFFICIENT_DATA', KEEPS, 'ALARM', 'OK'],
    [3, '0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    [3, '- - X - -', 'ALARM', KEEPS, 'ALARM', 'OK'],
    [2, '0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    [2, '0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    [2, '0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    [2, '- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    [2, '- - - X -', 'ALARM', KEEPS, 'ALARM', 'OK'],
    // "the alarm does not go immediately into ALARM state"
    [3, '- - - - X', 'OK', KEEPS, 'ALARM', 'OK'],
  ])('%i of 3, %s', (toAlarm, points, ...expected) => {
    for (const current of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)
      TREATMENTS.forEach((treatment, index) => {
        const { value } = evaluateAlarm(settings(toAlarm, treatment), newestFirst(points), current);
        expect([treatment, value]).toEqual([treatment, expected[index] === KEEPS ? current : expected[index]]);
      });
  });

  it('says why, in CloudWatch’s words', () => {
    const why = (points: string, before: AlarmStateValue, toAlarm = 3) => {
      const of = settings(toAlarm, 'missing');
      return reasonOf(of, evaluateAlarm(of, newestFirst(points), before), before);
    };
    expect(why('0 0 X X X', 'OK')).toBe(
      'Threshold Crossed: 3 out of the last 3 datapoints [20.0, 20.0, 20.0] were greater than the threshold (10.0) ' +
        '(minimum 3 datapoints for OK -> ALARM transition).',
    );
    expect(why('0 0 X X 0', 'ALARM')).toBe(
      'Threshold Crossed: 1 out of the last 3 datapoints [1.0, 20.0, 20.0] was not greater than the threshold (10.0) ' +
        '(minimum 1 datapoint for ALARM -> OK transition).',
    );
    expect(why('- - - - -', 'OK')).toBe('Insufficient Data: 3 datapoints were unknown.');
  });
});
