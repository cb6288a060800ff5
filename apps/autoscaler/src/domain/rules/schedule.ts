import { refusable } from '#lib/kernel';
import { type Schedule, lastDue, scheduleOf } from '../targets/schedule.js';
import type { Rule } from './model.js';
import { ruleRefusals as refusals } from './refusals.js';

/** Throws unless it is an expression of a rule: `rate(…)`, in the number that its unit has, or `cron(…)`, which is in UTC. */
export function checkExpression(expression: string): void {
  const [, value, plural] = /^rate\((\d+) (?:minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const isRate = value !== undefined && (Number(value) === 1) === (plural === '');
  const isKnown = isRate || /^cron\(.+\)$/.test(expression);
  if (!isKnown || 'rejection' in refusable(() => scheduleOf(expression, 'UTC', 0).next(0)))
    throw refusals.validation('Parameter ScheduleExpression is not valid.');
}

/** One with a pattern has none. */
const momentsOf = ({ settings: { scheduleExpression }, scheduledAt }: Rule): Schedule | undefined =>
  scheduleExpression === undefined ? undefined : scheduleOf(scheduleExpression, 'UTC', Date.parse(scheduledAt));

const firsts = new WeakMap<Rule, { readonly dueMs: number | undefined }>();

/** When it is next to be triggered (ms); undefined: never. Looked for once: a rule that changes is another object. */
function dueMs(rule: Rule): number | undefined {
  const known = firsts.get(rule);
  if (known) return known.dueMs;
  const due = rule.settings.isEnabled && rule.targets.length > 0 ? momentsOf(rule)?.next(Date.parse(rule.doneUntil)) : undefined;
  firsts.set(rule, { dueMs: due });
  return due;
}

/** Of the moments up to `nowMs`, which may be many when no autoscaler ran, the last one: tasks that were missed are run once. */
export function ruleDueMs(rule: Rule, nowMs: number): number | undefined {
  const first = dueMs(rule);
  const moments = momentsOf(rule);
  return !moments || first === undefined || first > nowMs ? undefined : lastDue(moments, first, nowMs);
}
