import { Cron, type CronOptions } from 'croner';
import { refusable, type Refusal } from '#lib/kernel';
import { targetRefusals as refusals } from './refusals.js';

/** The instants (ms) of a schedule. Undefined: there is none any more. */
export interface Schedule {
  /** The first one after `afterMs`. */
  next(afterMs: number): number | undefined;
}

/** One round catches up with a week of minutes, the next one with more. */
const MOST_CAUGHT_UP = 10_080;

/** The last moment up to `nowMs`. `firstMs`: one of them. */
export function lastDue(moments: Schedule, firstMs: number, nowMs: number): number {
  let last = firstMs;
  for (let steps = 0; steps < MOST_CAUGHT_UP; steps++) {
    const next = moments.next(last);
    if (next === undefined || next > nowMs) break;
    last = next;
  }
  return last;
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * `at(yyyy-mm-ddThh:mm:ss)`, `rate(value unit)`, or `cron(minute hour day-of-month month day-of-week year)`, which are AWS's; cron and at are in
 * the time zone. `originMs`: what a rate counts from.
 */
export function scheduleOf(text: string, timezone: string | undefined, originMs: number): Schedule {
  const zone = checkedZone(timezone ?? 'UTC');
  const [, kind, expression = ''] = /^(at|rate|cron)\((.+)\)$/.exec(text.trim()) ?? [];
  switch (kind) {
    case 'at':
      return once(expression, zone, text);
    case 'rate':
      return every(expression, originMs, text);
    case 'cron':
      return cron(expression, zone, text);
    default:
      throw invalid(text);
  }
}

const invalid = (text: string) => refusals.validation(`Schedule expression is not valid: ${text}`);

function checkedZone(timezone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refusals.validation(
      `Invalid time zone: ${timezone}. Use a canonical name of the IANA database, such as Etc/GMT+9 or Pacific/Tahiti.`,
    );
  }
}

function once(instant: string, timezone: string, text: string): Schedule {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(instant)) throw invalid(text);
  const job = parsed(instant, { timezone }, text);
  return nextOf(job);
}

function every(rate: string, originMs: number, text: string): Schedule {
  const [, value = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate.trim()) ?? [];
  const count = Number(value);
  if (count < 1 || unit === '') throw invalid(text);
  const periodMs = count * UNITS_MS[unit]!;
  return {
    next: (afterMs) => (afterMs < originMs ? originMs : originMs + (Math.floor((afterMs - originMs) / periodMs) + 1) * periodMs),
  };
}

function cron(expression: string, timezone: string, text: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  // AWS has no pattern of both days: one of them says "?".
  if (fields.length !== 6 || (fields[2] === '?') === (fields[4] === '?')) throw invalid(text);
  const options = { mode: '7-part', alternativeWeekdays: true, sloppyRanges: true, timezone } as const;
  return nextOf(parsed(`0 ${fields.join(' ')}`, options, text));
}

/** The five fields of cron that Auto Scaling groups have; `refused`: by what is said of another text. */
export function recurrenceOf(text: string, timezone: string | undefined, refused: (message: string) => Refusal): Schedule {
  const isFive = text.trim().split(/\s+/).length === 5;
  const read = refusable(() => parsed(text.trim(), { mode: '5-part', timezone: checkedZone(timezone ?? 'UTC') }, text));
  if (!isFive || !('ok' in read))
    throw refused(`The recurrence "${text}" is no cron expression, or ${timezone ?? 'UTC'} no time zone.`);
  return nextOf(read.ok);
}

function parsed(pattern: string, options: CronOptions, text: string): Cron {
  try {
    return new Cron(pattern, options);
  } catch {
    // Whatever croner cannot read is the caller's to mend.
    throw invalid(text);
  }
}

const nextOf = (job: Cron): Schedule => ({ next: (afterMs) => job.nextRun(new Date(afterMs))?.getTime() });
