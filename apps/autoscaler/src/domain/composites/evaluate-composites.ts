import { type Scope, scopeKey } from '#lib/kernel';
import { alarmArn } from '../alarm-arn.js';
import { event, type ScalingEvent } from '../events.js';
import type { AlarmState, AlarmStateValue, CompositeAlarm, CompositeSettings } from '../model.js';
import { alarmKey, anyAlarm, type ScalingState } from '../state.js';
import { type AlarmRule, alarmNameOf, alarmsOfRule, holds, parseAlarmRule } from './alarm-rule.js';

const parsed = new WeakMap<CompositeSettings, AlarmRule>();

/** Settings never change, so their rule is read once. */
export function ruleOf(settings: CompositeSettings): AlarmRule {
  let rule = parsed.get(settings);
  if (!rule) parsed.set(settings, (rule = parseAlarmRule(settings.alarmRule)));
  return rule;
}

export const childrenOf = (composite: CompositeAlarm): readonly string[] => [
  ...new Set(alarmsOfRule(ruleOf(composite.settings)).map((alarm) => alarmNameOf(composite, alarm))),
];

export function* parentsOf(state: ScalingState, scope: Scope, name: string): Iterable<CompositeAlarm> {
  for (const composite of state.compositeAlarms.ordered('scope', scopeKey(scope)))
    if (childrenOf(composite).includes(name)) yield composite;
}

/**
 * What composite alarms become with `changed`, the alarms' new states by name, in the same transaction. One is evaluated when an alarm of its
 * rule has changed and not otherwise, as on CloudWatch (API Reference, SetAlarmState: "returns to its actual state only once any of its
 * children alarms change state"). Rules have no cycles: PutCompositeAlarm refuses them.
 */
export function compositesAfter(
  state: ScalingState,
  scope: Scope,
  changed: ReadonlyMap<string, AlarmStateValue>,
  at: string,
): readonly ScalingEvent[] {
  const after = new Map<string, AlarmStateValue | undefined>(changed);
  const events: ScalingEvent[] = [];
  const isChanged = (name: string) => after.get(name) !== anyAlarm(state, scope, name)?.state.value;
  const valueOf = (name: string): AlarmStateValue | undefined => {
    if (after.has(name)) return after.get(name);
    const composite = state.compositeAlarms.get(alarmKey(scope, name));
    const before = (composite ?? state.alarms.get(alarmKey(scope, name)))?.state.value;
    const value = composite ? evaluated(composite) : before;
    after.set(name, value);
    return value;
  };
  const evaluated = (composite: CompositeAlarm): AlarmStateValue => {
    const children = childrenOf(composite);
    for (const child of children) valueOf(child);
    const trigger = children.find(isChanged);
    if (trigger === undefined) return composite.state.value;
    const value = valueByRule(composite, valueOf);
    if (value !== composite.state.value) {
      const { accountId, region, name } = composite;
      const reason = `${alarmArn(scope, trigger)} transitioned to ${after.get(trigger)} at ${spelledOut(at)}`;
      events.push(
        event('AlarmStateChanged', {
          accountId,
          region,
          name,
          value,
          reason,
          reasonData: triggeredBy(scope, trigger, after, at),
        }),
      );
    }
    return value;
  };
  for (const { name } of state.compositeAlarms.ordered('scope', scopeKey(scope))) valueOf(name);
  return events;
}

export const valueByRule = (
  composite: Scope & Pick<CompositeAlarm, 'settings'>,
  valueOf: (name: string) => AlarmStateValue | undefined,
): AlarmStateValue => (holds(ruleOf(composite.settings), (alarm) => valueOf(alarmNameOf(composite, alarm))) ? 'ALARM' : 'OK');

const triggeredBy = (scope: Scope, name: string, after: ReadonlyMap<string, AlarmStateValue | undefined>, at: string): string =>
  JSON.stringify({ triggeringAlarms: [{ arn: alarmArn(scope, name), state: { value: after.get(name), timestamp: at } }] });

/** `Friday 22 July, 2022 15:57:45 UTC`, as CloudWatch's reasons have it. */
export function spelledOut(at: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: '2-digit',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone: 'UTC',
  }).formatToParts(new Date(at));
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  return `${part('weekday')} ${part('day')} ${part('month')}, ${part('year')} ${part('hour')}:${part('minute')}:${part('second')} UTC`;
}

export interface Suppression {
  readonly by: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod';
}

/**
 * Why the actions of an alarm that is in ALARM are held back (User Guide, "Suppressing composite alarm actions"). A function of the states and
 * the time: nothing has to be kept, and none of it can be missed.
 */
export function suppressionOf(state: ScalingState, composite: CompositeAlarm, at: string): Suppression | undefined {
  const { actionsSuppressor, suppressorWaitSeconds = 0, suppressorExtensionSeconds = 0 } = composite.settings;
  if (actionsSuppressor === undefined || composite.state.value !== 'ALARM') return undefined;
  const suppressor = anyAlarm(state, composite, alarmNameOf(composite, actionsSuppressor));
  if (suppressor?.state.value === 'ALARM') return { by: 'Alarm' };
  const isWithin = ({ updatedAt }: AlarmState, seconds: number) => Date.parse(at) - Date.parse(updatedAt) < seconds * 1_000;
  if (suppressor && hasLeftAlarm(suppressor) && isWithin(suppressor.state, suppressorExtensionSeconds))
    return { by: 'ExtensionPeriod' };
  return isWithin(composite.state, suppressorWaitSeconds) ? { by: 'WaitPeriod' } : undefined;
}

const hasLeftAlarm = ({ history }: Pick<CompositeAlarm, 'history'>): boolean =>
  history.findLast(({ type }) => type === 'StateUpdate')?.summary.startsWith('Alarm updated from ALARM ') === true;
