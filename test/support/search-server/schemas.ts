import { z } from 'zod';

/**
 * What the reference pages of OpenSearch (docs.opensearch.org) and Elasticsearch (elastic.co/guide) say of the requests that Longshore makes, as far as
 * it makes them: anything else is a mistake of ours, and answered 400.
 */
const value = z.union([z.string(), z.number(), z.boolean()]);
const only = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape);
const entry = <Of extends z.ZodType>(of: Of) =>
  z.record(z.string(), of).refine((record) => Object.keys(record).length === 1, 'one field is named');

export type Clause = Readonly<Record<string, any>>;
export const clause: z.ZodType<Clause> = z.lazy(() =>
  z.union([
    only({ match_all: only({}) }),
    only({ term: entry(only({ value })) }),
    only({ terms: entry(z.array(value).max(65_536)) }),
    only({ match_phrase: entry(z.string()) }),
    only({ range: entry(only({ gte: z.number().optional(), lt: z.number().optional(), format: z.literal('epoch_millis') })) }),
    only({
      bool: only({
        filter: z.array(clause).optional(),
        should: z.array(clause).min(1).optional(),
        minimum_should_match: z.number().int().optional(),
      }),
    }),
  ]),
);

const metric = z.union([
  only({ min: only({ field: z.string() }) }),
  only({ max: only({ field: z.string() }) }),
  only({ sum: only({ field: z.string() }) }),
]);
const aggregation = z.union([
  only({
    date_histogram: only({
      field: z.string(),
      fixed_interval: z.string().regex(/^[1-9]\d*(ms|s|m|h|d)$/),
      min_doc_count: z.number().int(),
    }),
  }),
  only({
    composite: only({
      size: z.number().int().min(1).max(65_536),
      sources: z.array(entry(only({ terms: only({ field: z.string() }) }))).length(1),
      after: z.record(z.string(), value).optional(),
    }),
    aggs: z.record(z.string(), metric).optional(),
  }),
]);

/** `index.max_result_window` is 10,000. */
export const searchBody = only({
  size: z.number().int().min(0).max(10_000),
  query: clause,
  sort: z.array(entry(only({ order: z.enum(['asc', 'desc']) }))).optional(),
  search_after: z.array(z.number()).optional(),
  track_total_hits: z.boolean(),
  aggs: z.record(z.string(), aggregation).optional(),
}).refine(
  ({ search_after: after, sort }) => !after || after.length === sort?.length,
  'search_after has as many values as the sort',
);
export type SearchBody = z.infer<typeof searchBody>;

export const bulkAction = only({
  create: only({ _index: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/), _id: z.string().min(1).max(512) }),
});
export const deleteByQueryBody = only({ query: clause });

const field = only({
  type: z.enum(['date', 'long', 'keyword', 'text']),
  format: z.literal('epoch_millis').optional(),
  analyzer: z.string().optional(),
  norms: z.boolean().optional(),
  index: z.boolean().optional(),
}).refine(
  ({ type, analyzer, norms }) => type === 'text' || (analyzer === undefined && norms === undefined),
  'only a text is analysed',
);

export const indexTemplate = only({
  index_patterns: z.array(z.string()).min(1),
  priority: z.number().int().min(0),
  template: only({
    settings: only({
      index: only({
        codec: z.enum(['default', 'best_compression']).optional(),
        translog: only({ durability: z.enum(['request', 'async']) }),
        lifecycle: only({ name: z.string() }).optional(),
      }),
      analysis: only({
        tokenizer: entry(only({ type: z.literal('simple_pattern'), pattern: z.string() })),
        filter: entry(only({ type: z.literal('truncate'), length: z.number().int() })),
        analyzer: entry(only({ type: z.literal('custom'), tokenizer: z.string(), filter: z.array(z.string()) })),
      }).optional(),
    }),
    mappings: only({ dynamic: z.literal('strict'), properties: z.record(z.string(), field) }),
  }),
});
export type IndexTemplate = z.infer<typeof indexTemplate>;

const age = z.string().regex(/^\d+d$/);
export const ismPolicy = only({
  policy: only({
    description: z.string(),
    default_state: z.string(),
    states: z.array(
      only({
        name: z.string(),
        actions: z.array(only({ delete: only({}) })),
        transitions: z.array(only({ state_name: z.string(), conditions: only({ min_index_age: age }) })),
      }),
    ),
    ism_template: z.array(only({ index_patterns: z.array(z.string()), priority: z.number().int() })),
  }),
});
export const ilmPolicy = only({
  policy: only({
    phases: only({ hot: only({ actions: only({}) }), delete: only({ min_age: age, actions: only({ delete: only({}) }) }) }),
  }),
});
