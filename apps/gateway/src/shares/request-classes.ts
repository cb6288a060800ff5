import { isRead } from '#lib/aws-api';
import type { Rate } from '#lib/platform';

/**
 * ECS counts requests by kinds of operations ("cluster read", "service modify", …), each with a bucket of its own for an account
 * [developer guide, "Request throttling for the Amazon ECS API"]. The kinds here are its, by what an operation is named after.
 */
const KINDS = ['cluster', 'service', 'task-definition', 'cluster-resource', 'settings', 'tags', 'other'] as const;
type Kind = (typeof KINDS)[number];
export type RequestClass = `${Kind}-${'read' | 'modify'}`;

export const REQUEST_CLASSES: readonly RequestClass[] = KINDS.flatMap((kind) => [`${kind}-read`, `${kind}-modify`] as const);

/** The first that fits. Tasks and instances are the resources of a cluster. */
const NAMED_AFTER: readonly (readonly [RegExp, Kind])[] = [
  [/TaskDefinition/, 'task-definition'],
  [/Service|TaskSet/, 'service'],
  [/Setting(s|Default)?$/, 'settings'],
  [/Task|ContainerInstance|Attributes|Explain|Read\w*Events|Submit|Poll/, 'cluster-resource'],
  [/Cluster|CapacityProvider/, 'cluster'],
  [/Tag|Untag/, 'tags'],
];

export function classOf(operation: string): RequestClass {
  const kind = operation === 'UpdateClusterSettings' ? 'cluster' : NAMED_AFTER.find(([pattern]) => pattern.test(operation))?.[1];
  return `${kind ?? 'other'}-${isRead(operation) ? 'read' : 'modify'}`;
}

export type Rates = Readonly<Record<RequestClass, Rate>>;

/**
 * Above what one machine answers (about 600 RunTask and 2,000 ListClusters a second, `npm run bench`): nothing that works on ECS, and no
 * measurement here, is held back; what is held back is an account that would take all of it for long.
 */
const GENEROUS = { read: { capacity: 20_000, refillPerSecond: 5_000 }, modify: { capacity: 10_000, refillPerSecond: 2_500 } };

export const DEFAULT_RATES: Rates = ratesOf({});

export type RatesOutcome = { readonly rates: Rates } | { readonly problem: string };

/** `read=1000/100,service-modify=50/5`: capacity and refill a second, of all reads (or all changes) and of single kinds. */
export function parseRates(text: string): RatesOutcome {
  const given: Record<string, Rate> = {};
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [, name, capacity, refill] = /^\s*([a-z-]+)=([1-9]\d{0,8})\/([1-9]\d{0,8})\s*$/.exec(part) ?? [];
    if (name === undefined || !(name === 'read' || name === 'modify' || REQUEST_CLASSES.some((known) => known === name)))
      return {
        problem: `"${part}" is no rate: name=capacity/refill a second, the name read, modify, or one of ${REQUEST_CLASSES.join(', ')}`,
      };
    given[name] = { capacity: Number(capacity), refillPerSecond: Number(refill) };
  }
  return { rates: ratesOf(given) };
}

function ratesOf(given: Readonly<Partial<Record<string, Rate>>>): Rates {
  const rateOf = (name: RequestClass): Rate => {
    const side = name.endsWith('-read') ? 'read' : 'modify';
    return given[name] ?? given[side] ?? GENEROUS[side];
  };
  return Object.fromEntries(REQUEST_CLASSES.map((name) => [name, rateOf(name)])) as Rates;
}
