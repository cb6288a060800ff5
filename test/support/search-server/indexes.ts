import type { Clause, IndexTemplate, SearchBody } from './schemas.js';

export interface Document {
  readonly id: string;
  readonly source: Readonly<Record<string, any>>;
  readonly version: number;
}

/** What is wrong with a request, as the server says it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    reason: string,
  ) {
    super(reason);
  }
}

const illegal = (reason: string) => new Refused(400, 'illegal_argument_exception', reason);

/** One index: what is written is there by its id at once, and is searched after a refresh. */
export class Index {
  private readonly written = new Map<string, Document>();
  private searched: readonly Document[] = [];
  private readonly known = new Map<string, readonly string[]>();

  constructor(private readonly template: IndexTemplate) {}

  get size(): number {
    return this.written.size;
  }

  get(id: string): Document | undefined {
    return this.written.get(id);
  }

  create(id: string, source: Document['source']): boolean {
    this.check(source);
    if (this.written.has(id)) return false;
    this.written.set(id, { id, source, version: 1 });
    return true;
  }

  /** `version_type=external`: a version that is not higher than what is there is a conflict. */
  put(id: string, source: Document['source'], version: number): boolean {
    this.check(source);
    if ((this.written.get(id)?.version ?? -1) >= version) return false;
    this.written.set(id, { id, source, version });
    return true;
  }

  delete(id: string): void {
    this.written.delete(id);
  }

  refresh(): void {
    this.searched = [...this.written.values()].sort((a, b) => compareBy(a, valuesOf(b), 1));
  }

  /** In the one order that is asked for: by time, run and index; or the other way round. */
  *found(query: Clause, isBackward = false): Iterable<Document> {
    const matches = this.matcher(query);
    for (const document of isBackward ? this.searched.toReversed() : this.searched) if (matches(document.source)) yield document;
  }

  private check(source: Document['source']): void {
    const { properties } = this.template.template.mappings;
    for (const [name, value] of Object.entries(source)) {
      const type = properties[name]?.type;
      if (!type) throw new Refused(400, 'strict_dynamic_mapping_exception', `introduction of [${name}] is not allowed`);
      const isSound = type === 'long' || type === 'date' ? Number.isSafeInteger(value) : typeof value === 'string';
      if (!isSound) throw new Refused(400, 'mapper_parsing_exception', `failed to parse field [${name}] of type [${type}]`);
      if (type === 'text' && this.words(name, value as string).some((word) => Buffer.byteLength(word) > 32_766))
        throw illegal(`Document contains at least one immense term in field="${name}"`);
      if (type === 'keyword' && Buffer.byteLength(value as string) > 32_766) throw illegal(`immense term in field="${name}"`);
    }
  }

  /** As the field's analyzer has it, which the index's template defines. */
  private words(name: string, text: string): readonly string[] {
    const words = this.known.get(text) ?? this.analysed(name, text);
    this.known.set(text, words);
    return words;
  }

  private analysed(name: string, text: string): readonly string[] {
    const { analysis } = this.template.template.settings;
    const analyzer = analysis?.analyzer[this.template.template.mappings.properties[name]?.analyzer ?? ''];
    if (!analysis || !analyzer) throw illegal(`analyzer of [${name}] has not been configured in mappings`);
    const { pattern } = analysis.tokenizer[analyzer.tokenizer]!;
    let words: readonly string[] = text.match(new RegExp(pattern, 'g')) ?? [];
    for (const filter of analyzer.filter) {
      const length = analysis.filter[filter]?.length;
      if (filter === 'lowercase') words = words.map((word) => word.toLowerCase());
      else if (length !== undefined) words = words.map((word) => word.slice(0, length));
      else throw illegal(`failed to find filter [${filter}]`);
    }
    return words;
  }

  private typeOf(name: string): string {
    const field = this.template.template.mappings.properties[name];
    if (!field) throw illegal(`No mapping found for [${name}]`);
    if (field.index === false) throw illegal(`Cannot search on field [${name}] since it is not indexed.`);
    return field.type;
  }

  /** Made once for all documents. */
  private matcher(query: Clause): (source: Document['source']) => boolean {
    const [[kind, given]] = Object.entries(query) as [[string, any]];
    if (kind === 'match_all') return () => true;
    if (kind === 'bool') {
      const { filter = [], should = [], minimum_should_match: least = 0 } = given;
      const [all, some] = [filter, should].map((clauses: Clause[]) => clauses.map((clause) => this.matcher(clause)));
      return (source) => all!.every((one) => one(source)) && (least === 0 || some!.filter((one) => one(source)).length >= least);
    }
    const [[name, asked]] = Object.entries(given) as [[string, any]];
    const type = this.typeOf(name);
    if (kind === 'range') {
      if (type !== 'date') throw illegal(`format is of dates, and [${name}] is none`);
      const { gte = -Infinity, lt = Infinity } = asked;
      return (source) => source[name] >= gte && source[name] < lt;
    }
    if (kind === 'terms') return (source) => asked.includes(source[name]);
    if (kind === 'term' && type !== 'text') return (source) => source[name] === asked.value;
    const phrase = kind === 'term' ? [asked.value] : this.words(name, asked);
    return (source) => {
      const words = this.words(name, source[name]);
      return words.some((_word, at) => phrase.every((word, index) => words[at + index] === word));
    };
  }
}

const number = (document: Document, field: string): number => document.source[field] as number;

const ORDER = ['@timestamp', 'run', 'index'];
const valuesOf = (document: Document) => ORDER.map((field) => number(document, field));
const compareBy = (document: Document, values: readonly number[], direction: 1 | -1) => {
  for (const [at, field] of ORDER.entries()) {
    const difference = number(document, field) - values[at]!;
    if (difference !== 0) return direction * difference;
  }
  return 0;
};

/** Answers of `_search` over some indexes of days that follow each other. Where there is none, there are no aggregations either. */
export function answerOf(body: SearchBody, indexes: readonly Index[]) {
  const sort = (body.sort ?? []).map((one) => Object.entries(one)[0]!);
  if (sort.length > 0 && sort.map(([field]) => field).join() !== ORDER.join())
    throw illegal(`the double sorts by ${ORDER.join()} only`);
  const isBackward = sort[0]?.[1].order === 'desc';
  const documents = function* (): Iterable<Document> {
    for (const index of isBackward ? indexes.toReversed() : indexes) yield* index.found(body.query, isBackward);
  };
  const hits: object[] = [];
  for (const document of body.size > 0 ? documents() : []) {
    if (body.search_after && compareBy(document, body.search_after, isBackward ? -1 : 1) <= 0) continue;
    hits.push({ _index: 'i', _id: document.id, _score: null, _source: document.source, sort: valuesOf(document) });
    if (hits.length === body.size) break;
  }
  const all = body.track_total_hits || body.aggs ? [...documents()] : [];
  return {
    took: 1,
    timed_out: false,
    _shards: { total: indexes.length, successful: indexes.length, skipped: 0, failed: 0 },
    hits: { ...(body.track_total_hits ? { total: { value: all.length, relation: 'eq' } } : {}), max_score: null, hits },
    ...(body.aggs && indexes.length > 0
      ? { aggregations: Object.fromEntries(Object.entries(body.aggs).map(([name, one]) => [name, aggregated(one, all)])) }
      : {}),
  };
}

function aggregated(aggregation: NonNullable<SearchBody['aggs']>[string], documents: readonly Document[]) {
  if ('date_histogram' in aggregation) {
    const { field, fixed_interval: interval } = aggregation.date_histogram;
    const ms = Number(/^(\d+)ms$/.exec(interval)![1]);
    const counts = new Map<number, number>();
    for (const document of documents) {
      const key = Math.floor(number(document, field) / ms) * ms;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    if (counts.size > 65_536) throw new Refused(400, 'too_many_buckets_exception', 'Trying to create too many buckets.');
    return { buckets: [...counts].map(([key, count]) => ({ key, key_as_string: String(key), doc_count: count })) };
  }
  const { size, sources, after } = aggregation.composite;
  const [[name, { terms }]] = Object.entries(sources[0]!) as [[string, { terms: { field: string } }]];
  const groups = new Map<string, Document[]>();
  for (const document of documents) {
    const key = document.source[terms.field] as string;
    groups.set(key, [...(groups.get(key) ?? []), document]);
  }
  const keys = [...groups.keys()].sort().filter((key) => !after || key > (after[name] as string));
  const buckets = keys.slice(0, size).map((key) => ({
    key: { [name]: key },
    doc_count: groups.get(key)!.length,
    ...Object.fromEntries(
      Object.entries(aggregation.aggs ?? {}).map(([label, metric]) => [label, { value: measured(metric, groups.get(key)!) }]),
    ),
  }));
  return { ...(buckets.length > 0 ? { after_key: buckets.at(-1)!.key } : {}), buckets };
}

function measured(metric: object, documents: readonly Document[]): number {
  const [[kind, { field }]] = Object.entries(metric) as [[string, { field: string }]];
  const values = documents.map((document) => number(document, field));
  if (kind === 'sum') return values.reduce((a, b) => a + b, 0);
  return kind === 'min' ? Math.min(...values) : Math.max(...values);
}
