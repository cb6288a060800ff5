import { sameContent, scopeKey, type Scope } from '#lib/kernel';
import { alarmArn } from '../alarm-arn.js';
import { event } from '../events.js';
import type { CompositeSettings } from '../model.js';
import { refusals } from '../refusals.js';
import { type CommandRule, ITSELF } from '../rule-types.js';
import { alarmKey, anyAlarm, MOST_ALARMS, type ScalingState } from '../state.js';
import { checkTags, tagsOf } from '../tags.js';
import { alarmNameOf, alarmsOfRule } from './alarm-rule.js';
import { childrenOf, compositesAfter, ruleOf, valueByRule } from './evaluate-composites.js';

interface PutCompositeAlarmInput {
  readonly AlarmName: string;
  readonly AlarmRule: string;
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly ActionsSuppressor?: string;
  readonly ActionsSuppressorWaitPeriod?: number;
  readonly ActionsSuppressorExtensionPeriod?: number;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

export const putCompositeAlarm: CommandRule<PutCompositeAlarmInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, at } = context;
    const name = input.AlarmName;
    const key = alarmKey(context, name);
    if (state.alarms.has(key)) throw refusals.validation(`The alarm ${name} is a metric alarm.`);
    const settings = settingsOf(input);
    checkAlarms(state, context, name, settings);
    const known = state.compositeAlarms.get(key);
    if (known && sameContent(known.settings, settings)) return [];
    const tags = tagsOf(input.Tags ?? []);
    if (!known) {
      checkTags(tags, refusals.validation);
      if (state.compositeAlarms.countBy('scope', scopeKey(context)) >= MOST_ALARMS)
        throw refusals.limit(`The maximum number of alarms, ${MOST_ALARMS}, has been reached.`);
    }
    const put = event('CompositeAlarmPut', { accountId, region, name, settings, ...(known ? {} : { tags }) });
    // What it is with this rule, at once. Its parents are told with it.
    const value = valueByRule({ accountId, region, settings }, (child) => anyAlarm(state, context, child)?.state.value);
    if (value === known?.state.value) return [put];
    const reason = `${alarmArn(context, name)} was ${known ? 'updated' : 'created'} and its alarm rule evaluates to ${value}`;
    return [
      put,
      event('AlarmStateChanged', { accountId, region, name, value, reason, reasonData: undefined }),
      ...compositesAfter(state, context, new Map([[name, value]]), at),
    ];
  },
  reply: () => ({}),
};

function settingsOf(input: PutCompositeAlarmInput): CompositeSettings {
  const suppressor = input.ActionsSuppressor;
  const [wait, extension] = [input.ActionsSuppressorWaitPeriod, input.ActionsSuppressorExtensionPeriod];
  if (suppressor === undefined ? wait !== undefined || extension !== undefined : wait === undefined || extension === undefined)
    throw refusals.validation(
      'ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be specified together.',
    );
  if ((wait ?? 0) < 0 || (extension ?? 0) < 0)
    throw refusals.validation('ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must not be negative.');
  return {
    alarmRule: input.AlarmRule,
    ...(input.AlarmDescription === undefined ? {} : { alarmDescription: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    ...(suppressor === undefined
      ? {}
      : { actionsSuppressor: suppressor, suppressorWaitSeconds: wait!, suppressorExtensionSeconds: extension! }),
  };
}

/** The alarms that it names are there, and none of them hangs on it: a cycle would never be evaluated. */
function checkAlarms(state: ScalingState, scope: Scope, name: string, settings: CompositeSettings): void {
  const children = [...new Set(alarmsOfRule(ruleOf(settings)).map((alarm) => alarmNameOf(scope, alarm)))];
  const missing = children.filter((child) => child !== name && !anyAlarm(state, scope, child));
  if (missing.length > 0)
    throw refusals.validation(
      `Could not save the composite alarm as alarms [${missing.join(', ')}] in the alarm rule do not exist`,
    );
  const { actionsSuppressor } = settings;
  if (actionsSuppressor !== undefined && !anyAlarm(state, scope, alarmNameOf(scope, actionsSuppressor)))
    throw refusals.validation(`Could not save the composite alarm as its actions suppressor ${actionsSuppressor} does not exist`);
  const seen = new Set<string>();
  const next = [...children];
  for (let child = next.pop(); child !== undefined; child = next.pop()) {
    if (child === name) throw refusals.validation(`Could not save the composite alarm as its alarm rule leads back to ${name}`);
    const composite = seen.has(child) ? undefined : state.compositeAlarms.get(alarmKey(scope, child));
    seen.add(child);
    if (composite) next.push(...childrenOf(composite));
  }
}
