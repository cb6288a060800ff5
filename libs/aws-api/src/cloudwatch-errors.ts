import type { InputErrors } from './model.js';

const INVALID = 'InvalidParameterValueException';

/** CloudWatch's operations for which its model lists these errors; all others answer a ValidationException, which Query calls ValidationError. */
export const cloudWatchInputErrors: Readonly<Record<string, InputErrors>> = {
  ...Object.fromEntries(
    ['GetMetricStatistics', 'PutMetricData'].map((name) => [
      name,
      { invalid: INVALID, missing: 'MissingRequiredParameterException' },
    ]),
  ),
  ...Object.fromEntries(
    [
      'DeleteDashboards',
      'GetDashboard',
      'ListDashboards',
      'ListMetrics',
      'ListTagsForResource',
      'TagResource',
      'UntagResource',
    ].map((name) => [name, { invalid: INVALID, missing: INVALID }]),
  ),
};
