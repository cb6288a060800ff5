import type { Scope } from '#lib/kernel';
import peggy from 'peggy';
import { alarmArn } from '../alarm-arn.js';
import type { AlarmStateValue } from '../model.js';
import { refusals } from '../refusals.js';
import { ALARM_RULE_GRAMMAR } from './grammar.js';

export type AlarmRule =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly AlarmRule[] }
  | { readonly kind: 'not'; readonly part: AlarmRule }
  | { readonly kind: 'state'; readonly state: AlarmStateValue; readonly alarm: string }
  | ({
      readonly kind: 'atLeast';
      readonly state: AlarmStateValue;
      /** Of those that are not in the state. */
      readonly isNot: boolean;
      readonly alarms: readonly string[];
    } & ({ readonly count: number } | { readonly percent: number }))
  | { readonly kind: 'constant'; readonly value: boolean };

/** Alarms, constants and parentheses together, and alarms alone (API Reference, PutCompositeAlarm). */
const MOST_ELEMENTS = 500;
const MOST_CHILDREN = 100;

const parser = peggy.generate(ALARM_RULE_GRAMMAR, { cache: true });

/** Throws CloudWatch's refusal of a rule that cannot be read. */
export function parseAlarmRule(text: string): AlarmRule {
  // Before it is parsed: parentheses are what makes a rule deep.
  if (text.split('(').length - 1 > MOST_ELEMENTS)
    throw refusals.validation(`AlarmRule must have at most ${MOST_ELEMENTS} elements.`);
  let rule: AlarmRule;
  try {
    rule = parser.parse(text) as AlarmRule;
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    const { location, found } = error as unknown as { location: { start: { offset: number } }; found: string | null };
    const what = found === null || found === undefined ? 'it ends too early' : `'${found}' was not expected`;
    throw refusals.validation(`AlarmRule cannot be read at character ${location.start.offset + 1}: ${what}.`);
  }
  checkLeast(rule);
  if (new Set(alarmsOfRule(rule)).size > MOST_CHILDREN)
    throw refusals.validation(`AlarmRule must not reference more than ${MOST_CHILDREN} alarms.`);
  return rule;
}

/** What could never be so, or always is, is a mistake. */
function checkLeast(rule: AlarmRule): void {
  if (rule.kind === 'and' || rule.kind === 'or') rule.parts.forEach(checkLeast);
  if (rule.kind === 'not') checkLeast(rule.part);
  if (rule.kind !== 'atLeast') return;
  const [given, most] = 'percent' in rule ? [rule.percent, 100] : [rule.count, rule.alarms.length];
  if (given < 1 || given > most)
    throw refusals.validation(`AT_LEAST of AlarmRule takes 1 to ${most}${'percent' in rule ? '%' : ', as many as it lists'}.`);
}

/** As the rule writes them: names and ARNs. */
export function alarmsOfRule(rule: AlarmRule): readonly string[] {
  switch (rule.kind) {
    case 'and':
    case 'or':
      return rule.parts.flatMap(alarmsOfRule);
    case 'not':
      return alarmsOfRule(rule.part);
    case 'state':
      return [rule.alarm];
    case 'atLeast':
      return rule.alarms;
    case 'constant':
      return [];
  }
}

/** An alarm that is gone is in no state. */
export function holds(rule: AlarmRule, stateOf: (alarm: string) => AlarmStateValue | undefined): boolean {
  switch (rule.kind) {
    case 'and':
      return rule.parts.every((part) => holds(part, stateOf));
    case 'or':
      return rule.parts.some((part) => holds(part, stateOf));
    case 'not':
      return !holds(rule.part, stateOf);
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'atLeast': {
      const met = rule.alarms.filter((alarm) => (stateOf(alarm) === rule.state) !== rule.isNot).length;
      return 'percent' in rule ? met * 100 >= rule.percent * rule.alarms.length : met >= rule.count;
    }
    case 'constant':
      return rule.value;
  }
}

/** The name that is meant by a name or an ARN. What is of another account or region has no name here. */
export function alarmNameOf(scope: Scope, nameOrArn: string): string {
  const prefix = alarmArn(scope, '');
  return nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : nameOrArn;
}
