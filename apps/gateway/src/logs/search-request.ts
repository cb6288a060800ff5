import { type Call, DEFAULT_PROTOCOL, longshoreModel } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';

export const SEARCH_PATH = '/logs/search';

/** Query parameter → member of `SearchLogs` and `TailLogs`. */
const NAMES = { group: 'logGroups', service: 'services', task: 'tasks', clusters: 'clusters' } as const;
const PARAMETERS = 'q, group, service, task, cluster, clusters, since, from, to, limit, next, bin, follow and after';

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

export type SearchInput = Readonly<Record<string, unknown>>;

/** What of a search both the answer and the live tail know: `q=…&service=web&group=/ecs/web`. Names may be repeated or separated by commas. */
export function parseSearch(
  query: URLSearchParams,
  others: (name: string, value: string) => SearchInput | { readonly rejection: Rejection } | undefined,
): { readonly input: SearchInput } | { readonly rejection: Rejection } {
  const input: Record<string, unknown> = {};
  for (const [name, value] of query) {
    if (name.startsWith('X-Amz-') || name === 'follow') continue;
    if (name === 'q') input.query = value;
    else if (name === 'cluster') input.cluster = value;
    else if (isName(name)) input[NAMES[name]] = [...((input[NAMES[name]] as string[] | undefined) ?? []), ...valuesOf(value)];
    else {
      const other = others(name, value);
      if (!other) return refuse(`There is no parameter '${name.slice(0, 100)}' here. The parameters are ${PARAMETERS}.`);
      if ('rejection' in other) return other as { readonly rejection: Rejection };
      Object.assign(input, other);
    }
  }
  return { input };
}

const isName = (name: string): name is keyof typeof NAMES => Object.hasOwn(NAMES, name);
const valuesOf = (list: string) =>
  list
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** `GET /logs/search?…` as a call of `SearchLogs`; undefined for every other request, and for one with `follow`. */
export function searchCall(
  method: string,
  path: string,
  query: string,
  nowMs: number,
): Call | { readonly rejection: Rejection } | undefined {
  if (method !== 'GET' || path !== SEARCH_PATH) return undefined;
  const parsed = parseSearch(new URLSearchParams(query), (name, value) => timesAndPages(name, value, nowMs));
  if ('rejection' in parsed) return parsed;
  const form = Buffer.from(JSON.stringify(parsed.input));
  return { protocol: DEFAULT_PROTOCOL, model: longshoreModel, operationName: 'SearchLogs', form };
}

function timesAndPages(name: string, value: string, nowMs: number): SearchInput | { readonly rejection: Rejection } | undefined {
  switch (name) {
    case 'since': {
      const seconds = secondsOf(value);
      const at = seconds === undefined ? instantOf(value) : nowMs - seconds * 1_000;
      return at === undefined
        ? refuse(`'since' takes 15m, 2h, 1d, or an instant, and not '${value.slice(0, 100)}'.`)
        : { startTime: at };
    }
    case 'from':
    case 'to': {
      const at = instantOf(value);
      if (at === undefined) return refuse(`'${name}' takes an instant like 2026-11-28T10:00:00Z, or milliseconds since 1970.`);
      return name === 'from' ? { startTime: at } : { endTime: at };
    }
    case 'limit':
      return /^\d{1,9}$/.test(value) ? { limit: Number(value) } : refuse("'limit' takes a whole number.");
    case 'bin': {
      const seconds = value === 'none' ? 0 : secondsOf(value);
      return seconds === undefined
        ? refuse("'bin' takes the length of a bin, like 30s, 5m or 1h, or none.")
        : { binSeconds: seconds };
    }
    case 'next':
      return { nextToken: value };
    default:
      return undefined;
  }
}

function secondsOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNIT_S[unit!]!;
}

function instantOf(text: string): number | undefined {
  if (/^\d{10,16}$/.test(text)) return Number(text);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : at;
}

const refuse = (message: string) => ({ rejection: { code: 'InvalidParameterException', message, status: 400 } });
