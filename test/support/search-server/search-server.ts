import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import { answerOf, type Document, Index, Refused } from './indexes.js';
import * as schemas from './schemas.js';

type Answer = readonly [status: number, body: unknown];
type Query = Readonly<Record<string, string>>;
interface Request {
  readonly query: Query;
  readonly text: string;
  readonly parts: readonly string[];
}

/**
 * Stands for an OpenSearch or an Elasticsearch: keeps documents, and answers what Longshore asks by the documented schema; what the schema does not have
 * it refuses, loudly. It is a double, written by who wrote the adapter: it proves that both read the documents alike, not that a server does.
 */
export class SearchServer {
  private readonly server: Server;
  readonly indexes = new Map<string, Index>();
  readonly templates = new Map<string, schemas.IndexTemplate>();
  readonly policies = new Map<string, { readonly body: unknown; readonly seqNo: number }>();
  /** Requests that were none, by the schema. */
  readonly mistakes: string[] = [];
  /** Answers to the next documents of bulks, one each; `undefined` takes the document. */
  itemStatuses: (number | undefined)[] = [];
  /** Every document of a bulk is answered 429. */
  isFull = false;
  /** Everything is answered so. */
  down: Answer | undefined;
  readonly asked: string[] = [];

  private constructor(
    readonly kind: 'opensearch' | 'elasticsearch',
    private readonly password: string,
  ) {
    this.server = createServer((request, response) => {
      void this.answer(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
        response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
      });
    });
  }

  static async open(kind: SearchServer['kind'], password = 'secret'): Promise<SearchServer> {
    const double = new SearchServer(kind, password);
    double.server.listen(0, '127.0.0.1');
    await once(double.server, 'listening');
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, this.url);
    const what = `${request.method} ${decodeURIComponent(url.pathname)}`;
    this.asked.push(what);
    if (this.down) return this.down;
    const login = `Basic ${Buffer.from(`longshore:${this.password}`).toString('base64')}`;
    if (request.headers.authorization !== login) return refusal(new Refused(401, 'security_exception', 'missing authentication'));
    const query = Object.fromEntries(url.searchParams);
    const text = Buffer.concat(chunks).toString();
    const parts = url.pathname.slice(1).split('/').map(decodeURIComponent);
    try {
      const type = request.headers['content-type'] ?? '';
      const wanted = parts.at(-1) === '_bulk' ? 'application/x-ndjson' : 'application/json';
      if (text !== '' && !type.startsWith(wanted))
        throw new Refused(406, 'media_type_header_exception', `Content-Type [${type}]`);
      for (const [route, allowed, handle] of this.routes()) {
        if (!route.test(what)) continue;
        const unknown = Object.keys(query).filter((name) => !allowed.includes(name));
        if (unknown.length > 0)
          throw new Refused(400, 'illegal_argument_exception', `unrecognized parameters: [${unknown.join()}]`);
        return handle({ query, text, parts });
      }
      throw new Refused(400, 'illegal_argument_exception', `no handler found for [${what}]`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 400 || error.status === 406) this.mistakes.push(`${what}: ${error.message} ${text.slice(0, 500)}`);
      return refusal(error);
    }
  }

  /** By https://docs.opensearch.org/latest/api-reference/; the same in Elasticsearch but for the policies. */
  private routes(): readonly [RegExp, readonly string[], (request: Request) => Answer][] {
    const policies: [RegExp, readonly string[], (request: Request) => Answer][] =
      this.kind === 'opensearch'
        ? [
            [/^GET \/_plugins\/_ism\/policies\/[^/]+$/, [], (request) => this.getPolicy(request)],
            [/^PUT \/_plugins\/_ism\/policies\/[^/]+$/, ['if_seq_no', 'if_primary_term'], (request) => this.putIsm(request)],
          ]
        : [[/^PUT \/_ilm\/policy\/[^/]+$/, [], (request) => this.putIlm(request)]];
    return [
      [/^GET \/$/, [], () => [200, this.info()]],
      ...policies,
      [/^PUT \/_index_template\/[^/]+$/, ['create'], (request) => this.putTemplate(request)],
      [/^POST \/_bulk$/, ['refresh'], (request) => this.bulk(request)],
      [/^GET \/[^/_][^/]*\/_doc\/[^/]+$/, ['realtime'], (request) => this.getDocument(request)],
      [/^PUT \/[^/_][^/]*\/_doc\/[^/]+$/, ['version', 'version_type'], (request) => this.putDocument(request)],
      [/^POST \/[^/_][^/]*\/_refresh$/, ['ignore_unavailable', 'allow_no_indices'], (request) => this.refresh(request)],
      [/^POST \/[^/_][^/]*\/_search$/, ['allow_partial_search_results', 'ignore_unavailable'], (request) => this.search(request)],
      [
        /^POST \/[^/_][^/]*\/_delete_by_query$/,
        ['conflicts', 'refresh', 'ignore_unavailable'],
        (request) => this.deleteByQuery(request),
      ],
      [/^GET \/_cat\/indices\/[^/]+$/, ['format', 'h'], (request) => this.catIndices(request)],
      [/^DELETE \/[^/_*]+$/, [], (request) => this.deleteIndex(request)],
    ];
  }

  private info() {
    const version =
      this.kind === 'opensearch'
        ? { distribution: 'opensearch', number: '2.19.1' }
        : { number: '8.17.0', build_flavor: 'default' };
    return { name: 'node', cluster_name: 'double', cluster_uuid: 'u', version };
  }

  private getPolicy({ parts }: Request): Answer {
    const policy = this.policies.get(parts.at(-1)!);
    if (!policy) return [404, { error: { type: 'status_exception', reason: 'Policy not found' }, status: 404 }];
    return [200, { _id: parts.at(-1), _version: 1, _seq_no: policy.seqNo, _primary_term: 1, policy: policy.body }];
  }

  private putIsm({ parts, query, text }: Request): Answer {
    const body = parsed(schemas.ismPolicy, text);
    const known = this.policies.get(parts.at(-1)!);
    const isSeen = known
      ? Number(query.if_seq_no) === known.seqNo && query.if_primary_term === '1'
      : query.if_seq_no === undefined;
    if (!isSeen) return refusal(new Refused(409, 'version_conflict_engine_exception', 'version conflict'));
    const seqNo = (known?.seqNo ?? 0) + 1;
    this.policies.set(parts.at(-1)!, { body: body.policy, seqNo });
    return [known ? 200 : 201, { _id: parts.at(-1), _version: seqNo, _seq_no: seqNo, _primary_term: 1, policy: body }];
  }

  private putIlm({ parts, text }: Request): Answer {
    this.policies.set(parts.at(-1)!, { body: parsed(schemas.ilmPolicy, text).policy, seqNo: 0 });
    return [200, { acknowledged: true }];
  }

  private putTemplate({ parts, text }: Request): Answer {
    this.templates.set(parts.at(-1)!, parsed(schemas.indexTemplate, text));
    return [200, { acknowledged: true }];
  }

  /** Written into for the first time an index is made, by the template that fits it best. */
  private indexNamed(name: string): Index {
    const known = this.indexes.get(name);
    if (known) return known;
    const [template] = [...this.templates.values()]
      .filter((one) => one.index_patterns.some((pattern) => fits(name, pattern)))
      .sort((a, b) => b.priority - a.priority);
    if (!template) throw new Refused(400, 'illegal_argument_exception', `[${name}] is of no template`);
    const index = new Index(template);
    this.indexes.set(name, index);
    return index;
  }

  private named(expression: string): [string, Index][] {
    return [...this.indexes].filter(([name]) => expression.split(',').some((pattern) => fits(name, pattern)));
  }

  private bulk({ text }: Request): Answer {
    if (!text.endsWith('\n'))
      throw new Refused(400, 'illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');
    const lines = text.slice(0, -1).split('\n');
    const items: object[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { _index: name, _id: id } = parsed(schemas.bulkAction, lines[at]!).create;
      const source = JSON.parse(lines[at + 1]!) as Document['source'];
      const status = this.isFull ? 429 : this.itemStatuses.shift();
      if (status !== undefined) {
        const error = { type: status === 429 ? 'es_rejected_execution_exception' : 'cluster_block_exception', reason: 'double' };
        items.push({ create: { _index: name, _id: id, status, error } });
        continue;
      }
      const isNew = this.indexNamed(name).create(id, source);
      const conflict = {
        type: 'version_conflict_engine_exception',
        reason: `[${id}]: version conflict, document already exists`,
      };
      items.push({
        create: {
          _index: name,
          _id: id,
          status: isNew ? 201 : 409,
          ...(isNew ? { _version: 1, result: 'created' } : { error: conflict }),
        },
      });
    }
    return [200, { took: 1, errors: JSON.stringify(items).includes('"error":'), items }];
  }

  private getDocument({ parts }: Request): Answer {
    const [name, , id] = parts as [string, string, string];
    const index = this.indexes.get(name);
    if (!index) return refusal(new Refused(404, 'index_not_found_exception', `no such index [${name}]`));
    const document = index.get(id);
    return document
      ? [200, { _index: name, _id: id, _version: document.version, found: true, _source: document.source }]
      : [404, { _index: name, _id: id, found: false }];
  }

  private putDocument({ parts, query, text }: Request): Answer {
    const [name, , id] = parts as [string, string, string];
    if (query.version_type !== 'external')
      throw new Refused(400, 'action_request_validation_exception', 'internal versioning can not be used');
    const version = Number(query.version);
    if (this.indexNamed(name).put(id, JSON.parse(text) as Document['source'], version))
      return [201, { _index: name, _id: id, _version: version }];
    return refusal(new Refused(409, 'version_conflict_engine_exception', `[${id}]: version conflict`));
  }

  private refresh({ parts }: Request): Answer {
    for (const [, index] of this.named(parts[0]!)) index.refresh();
    return [200, { _shards: { total: 2, successful: 1, failed: 0 } }];
  }

  private search({ parts, text }: Request): Answer {
    const body = parsed(schemas.searchBody, text);
    const indexes = this.named(parts[0]!).sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      200,
      answerOf(
        body,
        indexes.map(([, index]) => index),
      ),
    ];
  }

  private deleteByQuery({ parts, query, text }: Request): Answer {
    const body = parsed(schemas.deleteByQueryBody, text);
    const indexes = this.named(parts[0]!);
    if (indexes.length === 0 && !parts[0]!.includes('*') && query.ignore_unavailable !== 'true')
      return refusal(new Refused(404, 'index_not_found_exception', `no such index [${parts[0]}]`));
    let deleted = 0;
    for (const [, index] of indexes) {
      for (const { id } of index.found(body.query)) {
        index.delete(id);
        deleted++;
      }
      if (query.refresh === 'true') index.refresh();
    }
    return [200, { took: 1, timed_out: false, total: deleted, deleted, batches: 1, version_conflicts: 0, failures: [] }];
  }

  private catIndices({ parts, query }: Request): Answer {
    if (query.format !== 'json') throw new Refused(400, 'illegal_argument_exception', 'the double answers JSON only');
    return [200, this.named(parts.at(-1)!).map(([index, { size }]) => ({ index, 'docs.count': String(size) }))];
  }

  private deleteIndex({ parts }: Request): Answer {
    if (!this.indexes.delete(parts[0]!))
      return refusal(new Refused(404, 'index_not_found_exception', `no such index [${parts[0]}]`));
    return [200, { acknowledged: true }];
  }
}

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

const refusal = ({ status, type, message }: Refused): Answer => [
  status,
  { error: { root_cause: [{ type, reason: message }], type, reason: message }, status },
];

function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const read = schema.safeParse(JSON.parse(text || 'null'));
  if (!read.success) throw new Refused(400, 'parsing_exception', read.error.message);
  return read.data;
}
