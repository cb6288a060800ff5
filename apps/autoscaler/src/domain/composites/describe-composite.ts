import { alarmArn } from '../alarm-arn.js';
import type { AnyAlarm, CompositeAlarm } from '../model.js';
import type { ScalingState } from '../state.js';
import { suppressionOf } from './evaluate-composites.js';

/** What DescribeAlarms says of every kind of alarm. */
export const describeAnyAlarm = (alarm: AnyAlarm) => {
  const { name, settings, state, configuredAt } = alarm;
  return {
    AlarmName: name,
    AlarmArn: alarmArn(alarm, name),
    AlarmDescription: settings.alarmDescription,
    AlarmConfigurationUpdatedTimestamp: configuredAt,
    ActionsEnabled: settings.actionsEnabled,
    OKActions: settings.okActions,
    AlarmActions: settings.alarmActions,
    InsufficientDataActions: settings.insufficientDataActions,
    StateValue: state.value,
    StateReason: state.waitsFor === undefined ? state.reason : `${state.reason} ${state.waitsFor}`,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: state.updatedAt,
    StateTransitionedTimestamp: state.updatedAt,
  };
};

export const describeComposite = (state: ScalingState, composite: CompositeAlarm, at: string) => {
  const { settings } = composite;
  const suppression = suppressionOf(state, composite, at);
  return {
    ...describeAnyAlarm(composite),
    AlarmRule: settings.alarmRule,
    ActionsSuppressor: settings.actionsSuppressor,
    ActionsSuppressorWaitPeriod: settings.suppressorWaitSeconds,
    ActionsSuppressorExtensionPeriod: settings.suppressorExtensionSeconds,
    ...(suppression
      ? { ActionsSuppressedBy: suppression.by, ActionsSuppressedReason: `Actions suppressed by ${suppression.by}` }
      : {}),
  };
};
