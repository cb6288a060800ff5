import type { Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import { groupNamed, nameIn } from '../domain/lookup.js';
import type { LogGroup } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import type { LoggingState } from '../domain/state.js';
import { answered } from '../events/answered.js';
import { groupRef, keptFrom } from '../events/log-events.js';
import type { LogStore } from '../store/log-store.js';
import { planQuery } from './query/plan.js';
import { QueryRun, type QueryStatus } from './query-run.js';

export interface InsightsDeps {
  readonly state: LoggingState;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** 8 hex digits, with which the ids of this process's queries begin. */
  readonly process: string;
}

interface StartInput {
  readonly queryLanguage?: string;
  readonly logGroupName?: string;
  readonly logGroupNames?: readonly string[];
  readonly logGroupIdentifiers?: readonly string[];
  readonly startTime: number;
  readonly endTime: number;
  readonly queryString: string;
  readonly limit?: number;
}

export interface DescribeInput {
  readonly logGroupName?: string;
  readonly status?: string;
  readonly queryLanguage?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

interface Query {
  readonly id: string;
  readonly scope: Scope;
  readonly text: string;
  readonly groups: readonly LogGroup[];
  readonly createdAtMs: number;
  readonly run: QueryRun;
  endedAtMs?: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: queries of an account that are not over. */
const MAX_CONCURRENT = 30;
/** At a time, of all accounts: the store has two readers, and others want to be answered too. */
const RUNNING_AT_ONCE = 2;
const TIMEOUT_MS = 3_600_000;
/** AWS has results for seven days, and these are in memory: a program asks within seconds. */
const KEPT_MS = 3_600_000;
const MAX_KEPT = 200;
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
const MAX_GROUPS = 50;
/** Times beyond are milliseconds, which is what people mean by them. */
const LATEST_SECOND = 100_000_000_000;
/** Copied from the reader's thread as a whole: larger ones are no faster, and take more memory. */
const PAGE = { limit: 2_000, maxBytes: 524_288, budgetBytes: 32 * 1024 * 1024 };

/** Logs Insights: queries that run by themselves, with partial results; known to this process alone, as long as it lives. */
export class Insights {
  private readonly queries = new Map<string, Query>();
  private waiting: Query[] = [];
  private running = 0;

  constructor(private readonly deps: InsightsDeps) {}

  start({ input, context }: ApiRequest<StartInput>): Promise<ApiReply> {
    return answered(async () => {
      const { clock, random, state, store } = this.deps;
      const scope = scopeOf(context);
      if (input.queryLanguage !== undefined && input.queryLanguage !== 'CWLI')
        throw refusals.invalid(`Longshore's Logs Insights reads CWLI, and no ${input.queryLanguage}.`);
      const groups = groupsOf(state, scope, input);
      const plan = planQuery(input.queryString, input.limit);
      const [from, to] = [millisecondsOf(input.startTime), millisecondsOf(input.endTime, 999) + 1];
      if (from >= to) throw refusals.invalid('The query start time must be before its end time.');
      this.forget();
      const own = [...this.queries.values()].filter((query) => isOf(query, scope) && !query.run.isOver);
      if (own.length >= MAX_CONCURRENT) throw refusals.limitExceeded();
      const scans = groups.map((group) => ({
        group,
        scan: {
          ...PAGE,
          group: groupRef(group),
          from: Math.max(from, keptFrom(group, clock.now()) ?? 0),
          to,
          backward: true,
        },
      }));
      const id = uuidOf(this.deps.process + random.hex(12));
      const run = new QueryRun((room) => plan.start(room), scans, { store, logs: state });
      const query = { id, scope, text: input.queryString, groups, createdAtMs: clock.now(), run };
      this.queries.set(id, query);
      this.waiting.push(query);
      this.next();
      return { queryId: id };
    });
  }

  results({ input, context }: ApiRequest<{ queryId: string; nextToken?: string; maxItems?: number }>): Promise<ApiReply> {
    return answered(async () => {
      const { run } = this.queryOf(scopeOf(context), input.queryId);
      const [results, status] = [run.results(), run.status];
      const from = input.nextToken === undefined ? 0 : Number(input.nextToken);
      if (!Number.isSafeInteger(from) || from < 0) throw refusals.badToken();
      const to = input.maxItems === undefined || input.maxItems === 0 ? results.length : from + input.maxItems;
      return {
        queryLanguage: 'CWLI',
        results: results.slice(from, to),
        statistics: run.statistics,
        status,
        ...(to < results.length ? { nextToken: String(to) } : {}),
      };
    });
  }

  stop({ input, context }: ApiRequest<{ queryId: string }>): Promise<ApiReply> {
    return answered(async () => {
      const query = this.queryOf(scopeOf(context), input.queryId);
      if (!query.run.end('Cancelled')) throw refusals.invalid(`Query has already ended with status ${query.run.status}`);
      this.ended(query);
      return { success: true };
    });
  }

  /** `others`: the queries of other processes. */
  describe(
    { input, context }: ApiRequest<DescribeInput>,
    others: () => Promise<readonly QueryView[]> = async () => [],
  ): Promise<ApiReply> {
    return answered(async () => {
      const { maxResults = 1_000, nextToken } = input;
      const all = [...this.views(scopeOf(context), input), ...(await others())].sort(newestFirst);
      const from = nextToken === undefined ? 0 : all.findIndex(({ queryId }) => queryId === nextToken) + 1;
      const queries = all.slice(from, from + maxResults);
      const more = from + queries.length < all.length;
      return { queries, ...(more ? { nextToken: queries.at(-1)!.queryId } : {}) };
    });
  }

  /** Those of this process. */
  views(scope: Scope, { logGroupName, status, queryLanguage }: DescribeInput): readonly QueryView[] {
    this.forget();
    return [...this.queries.values()]
      .filter((query) => isOf(query, scope) && (status === undefined || query.run.status === status))
      .filter(({ groups }) => logGroupName === undefined || groups.some(({ name }) => name === logGroupName))
      .filter(() => queryLanguage === undefined || queryLanguage === 'CWLI')
      .map(viewOf)
      .toReversed();
  }

  /** Nothing runs any more. */
  close(): void {
    for (const { run } of this.queries.values()) run.end('Cancelled');
    this.waiting = [];
  }

  private next(): void {
    while (this.running < RUNNING_AT_ONCE && this.waiting.length > 0) {
      const query = this.waiting.shift()!;
      if (query.run.isOver) continue;
      this.running++;
      const cancel = this.deps.clock.after(TIMEOUT_MS, () => query.run.end('Timeout'));
      query.run
        .run()
        .catch((error: unknown) => this.deps.logger.error({ err: error, queryId: query.id }, 'a query over lines failed'))
        .finally(() => {
          cancel();
          this.running--;
          if (query.run.failure) this.deps.logger.info({ queryId: query.id }, `a query over lines failed: ${query.run.failure}`);
          this.ended(query);
          this.next();
        });
    }
  }

  private ended(query: Query): void {
    query.endedAtMs ??= this.deps.clock.now();
  }

  private queryOf(scope: Scope, id: string): Query {
    this.forget();
    const query = this.queries.get(id);
    if (!query || !isOf(query, scope)) throw refusals.notFound(`Invalid query id: ${id}`);
    return query;
  }

  /** Those that are over, the oldest first. */
  private forget(): void {
    const now = this.deps.clock.now();
    let bytes = 0;
    for (const { run } of this.queries.values()) bytes += run.resultBytes;
    // The newest result is there whatever its size: somebody waits for it.
    const newest = [...this.queries.values()].findLast(({ endedAtMs }) => endedAtMs !== undefined);
    for (const [id, query] of this.queries) {
      const { endedAtMs, run } = query;
      if (endedAtMs === undefined) continue;
      const isTooMuch = query !== newest && (this.queries.size > MAX_KEPT || bytes > MAX_KEPT_BYTES);
      if (now - endedAtMs <= KEPT_MS && !isTooMuch) continue;
      this.queries.delete(id);
      bytes -= run.resultBytes;
    }
  }
}

export const scopeOf = ({ accountId, region }: ApiRequest['context']): Scope => ({ accountId, region }) as Scope;
const isOf = ({ scope }: Query, { accountId, region }: Scope) => scope.accountId === accountId && scope.region === region;

function groupsOf(state: LoggingState, scope: Scope, input: StartInput): readonly LogGroup[] {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = input;
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers].filter(
    (names) => names !== undefined,
  );
  if (given.length !== 1) {
    throw refusals.invalid('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.');
  }
  const names = [...new Set(given[0]!.map((name) => nameIn(scope, name)))];
  if (names.length === 0 || names.length > MAX_GROUPS) throw refusals.invalid(`A query can be of 1 to ${MAX_GROUPS} log groups.`);
  return names.map((name) => groupNamed(state, scope, name));
}

/** `rest`: of the last second all of it is meant. */
const millisecondsOf = (time: number, rest = 0): number => (time >= LATEST_SECOND ? time : time * 1_000 + rest);

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export interface QueryView {
  readonly queryLanguage: 'CWLI';
  readonly queryId: string;
  readonly queryString: string;
  readonly status: QueryStatus;
  /** Milliseconds. */
  readonly createTime: number;
  readonly logGroupName: string;
}

/** Of one process they come in the order in which they were started. */
const newestFirst = (a: QueryView, b: QueryView) => b.createTime - a.createTime;

const viewOf = ({ id, text, run, createdAtMs, groups }: Query): QueryView => ({
  queryLanguage: 'CWLI',
  queryId: id,
  queryString: text,
  status: run.status,
  createTime: createdAtMs,
  logGroupName: groups[0]!.name,
});
