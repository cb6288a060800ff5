import type { Filter } from '../../domain/filter-pattern/filter.js';
import { DAY_MS, dayOf, END_OF_TIME, type Position, type Selection, type Sweep } from '../log-store.js';

/** A clause of the query language that OpenSearch and Elasticsearch share. */
export type Clause = Readonly<Record<string, unknown>>;

const bool = (filter: readonly Clause[]): Clause => ({ bool: { filter } });
const anyOf = (should: readonly Clause[]): Clause => ({ bool: { should, minimum_should_match: 1 } });
const times = (bounds: { readonly gte?: number; readonly lt?: number }): Clause => ({
  range: { '@timestamp': { ...bounds, format: 'epoch_millis' } },
});

/** `index.max_terms_count`, of both servers: more in one clause are refused. */
const MOST_TERMS = 65_536;

function isOneOf(field: 'group' | 'stream', values: readonly string[]): Clause {
  if (values.length <= MOST_TERMS) return { terms: { [field]: values } };
  const parts = Array.from({ length: Math.ceil(values.length / MOST_TERMS) }, (_, n) =>
    values.slice(n * MOST_TERMS, (n + 1) * MOST_TERMS),
  );
  return anyOf(parts.map((part) => ({ terms: { [field]: part } })));
}

/** A word, or two neighbours: there they are next to each other. */
const ofToken = (token: string): Clause =>
  token.includes('~') ? { match_phrase: { message: token.replace('~', ' ') } } : { term: { message: { value: token } } };

/** Where events of the selection can be: whoever gets one looks at its message. */
export const selected = ({ group, streams, from, to }: Selection, { narrowing }: Filter): Clause =>
  bool([
    { term: { group: { value: group.id } } },
    times({ gte: Math.max(from, -END_OF_TIME), lt: Math.min(to, END_OF_TIME) }),
    ...(streams ? [isOneOf('stream', streams)] : []),
    ...(narrowing ? [anyOf(narrowing.map((tokens) => bool(tokens.map(ofToken))))] : []),
  ]);

/** The total order of a group's events. */
export const inOrder = (backward: boolean) =>
  ['@timestamp', 'run', 'index'].map((field) => ({ [field]: { order: backward ? 'desc' : 'asc' } }));

export const searchAfter = ({ timestamp, run, index }: Position): readonly number[] => [timestamp, run, index];

/** What a sweep lets go, with one clause for all groups that keep the same days. */
export function swept({ erase, expire }: Sweep): readonly Clause[] {
  const byDay = new Map<number, string[]>();
  for (const { id, before } of expire) byDay.set(dayOf(before), [...(byDay.get(dayOf(before)) ?? []), id]);
  return [
    ...(erase.length > 0
      ? [
          bool([
            isOneOf(
              'group',
              erase.map(({ id }) => id),
            ),
          ]),
        ]
      : []),
    ...[...byDay].map(([day, groups]) => bool([isOneOf('group', groups), times({ lt: day * DAY_MS })])),
  ];
}

/** Events that are counted without being looked at, by the begin of their bin. */
export const histogram = (binMs: number) => ({
  bins: { date_histogram: { field: '@timestamp', fixed_interval: `${binMs}ms`, min_doc_count: 1 } },
});

/** One bucket for each value of a keyword, in pages. */
export const byKeyword = (
  field: 'group' | 'stream',
  aggs: Readonly<Record<string, Clause>>,
  after: Readonly<Record<string, string>> | undefined,
) => ({
  values: { composite: { size: 1_000, sources: [{ [field]: { terms: { field } } }], ...(after ? { after } : {}) }, aggs },
});
