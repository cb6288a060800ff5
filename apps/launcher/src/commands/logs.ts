import { styleText } from 'node:util';
import { askApi, callApi } from '../api/api-client.js';
import { followEvents } from '../api/event-source.js';
import type { Layout } from '../host/layout.js';
import { regionOf } from '../host/secrets.js';
import { UserFault } from '../terminal/fault.js';
import { sayPainted, visibleLine, warn } from '../terminal/terminal.js';
import { access } from './aws.js';
import { instantSince } from './domain/since.js';
import { type LogLine, logLineOf, Repeated } from './domain/log-lines.js';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly lines?: string;
  readonly since?: string;
  readonly query?: string;
  readonly cluster?: string;
  readonly group?: readonly string[];
  readonly json?: boolean;
}

interface Found {
  readonly events: readonly LogLine[];
  readonly nextToken?: string;
  readonly cursor: string;
}

const DEFAULT_LINES = 100;
const PAGE = 1_000;
const TARGET = 'Longshore_20261122.SearchLogs';

/** Lines of a service, a task or a log group, the oldest first, and with `-f` every new one until Ctrl-C. */
export async function printLogs(layout: Layout, name: string | undefined, options: LogsOptions): Promise<void> {
  if (name === undefined && !options.group) throw new UserFault('Name a service or a task, or a log group with --group.');
  const { endpoint, credentials } = access(layout);
  const region = process.env.AWS_REGION ?? regionOf(layout);
  const call = { endpoint, credentials, region, service: 'longshore', target: TARGET };
  const meant = await meantBy(call, name, options);
  const lineOf = formatter(options.json ?? false);
  const repeated = new Repeated();
  const say = (line: LogLine) => (repeated.note(line), sayPainted(lineOf(line)));
  const { cursor, count } =
    options.lines === undefined && options.since !== undefined
      ? await sayAllSince(call, meant, beginning(options), say)
      : await sayLast(call, meant, beginning(options), linesOf(options), say);
  if (count === 0 && !options.follow && !options.json) warn('There is no such line.');
  if (options.follow) await follow(call, meant, cursor, repeated, lineOf);
}

/** However many they are: a page at a time, the oldest first. */
async function sayAllSince(call: Call, meant: Meant, startTime: number, say: (line: LogLine) => void) {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  for (let nextToken: string | undefined; ;) {
    const input = { ...meant, startTime, limit: PAGE, nextToken, binSeconds: 0, oldestFirst: true };
    const page = (await askApi({ ...call, input })) as Found;
    cursor ??= page.cursor;
    count += page.events.length;
    page.events.forEach(say);
    if (page.nextToken === undefined) return { cursor, count };
    nextToken = page.nextToken;
  }
}

/** The last ones are found from the newest on, and shown from the oldest on. */
async function sayLast(call: Call, meant: Meant, startTime: number, most: number, say: (line: LogLine) => void) {
  const found: LogLine[] = [];
  let cursor: string | undefined;
  for (let nextToken: string | undefined; found.length < most;) {
    const input = { ...meant, startTime, limit: Math.min(PAGE, most - found.length), nextToken, binSeconds: 0 };
    const page = (await askApi({ ...call, input })) as Found;
    cursor ??= page.cursor;
    found.push(...page.events);
    if (page.nextToken === undefined) break;
    nextToken = page.nextToken;
  }
  found.toReversed().forEach(say);
  return { cursor, count: found.length };
}

type Call = Pick<Parameters<typeof askApi>[0], 'endpoint' | 'credentials' | 'region' | 'service' | 'target'>;
type Meant = Readonly<Record<string, unknown>>;

/** A name is a service's; digits that no service is called by are the beginning of a task's id. */
async function meantBy(call: Call, name: string | undefined, { cluster, group, query }: LogsOptions): Promise<Meant> {
  const rest = { ...(query === undefined ? {} : { query }), ...(group ? { logGroups: group } : {}) };
  if (name === undefined) return rest;
  const task = { ...rest, tasks: [name] };
  if (/^arn:.*:task\//.test(name) || /^[0-9a-f]{32}$/.test(name)) return task;
  const service = { ...rest, services: [name], ...(cluster === undefined ? {} : { cluster }) };
  if (!/^[0-9a-f]{6,32}$/.test(name)) return service;
  const answer = await callApi({ ...call, input: { ...service, limit: 1, binSeconds: 0 } });
  return answer.outcome === 'refused' && answer.code === 'ResourceNotFoundException' ? task : service;
}

async function follow(
  call: Call,
  meant: Meant,
  after: string | undefined,
  repeated: Repeated,
  lineOf: (line: LogLine) => string,
): Promise<void> {
  const reader = new AbortController();
  process.once('SIGINT', () => reader.abort());
  const stream = followEvents({
    ...call,
    path: '/logs/search',
    query: [['follow', 'true'], ...queryOf(meant)],
    after,
    signal: reader.signal,
    onAway: (why) => warn(`The lines are away (${why}); waiting for them …`),
    onBack: () => warn('They are back.'),
  });
  for await (const data of stream) {
    const line = JSON.parse(data) as LogLine | { readonly missed: true };
    if ('missed' in line) warn('Lines came faster than they could be shown, or while nobody told them: some are not shown here.');
    else if (!repeated.has(line)) sayPainted(lineOf(line));
  }
}

const PARAMETERS: Readonly<Record<string, string>> = {
  query: 'q',
  logGroups: 'group',
  services: 'service',
  tasks: 'task',
  cluster: 'cluster',
};
const queryOf = (meant: Meant): (readonly [string, string])[] =>
  Object.entries(meant).flatMap(([member, value]) => [value].flat().map((one) => [PARAMETERS[member]!, String(one)] as const));

function linesOf({ lines }: LogsOptions): number {
  if (lines === undefined) return DEFAULT_LINES;
  if (!/^\d{1,9}$/.test(lines)) throw new UserFault('--lines takes a whole number.');
  return Number(lines);
}

/** Without one, the last lines there are. */
function beginning({ since }: LogsOptions): number {
  if (since === undefined) return 0;
  const at = instantSince(since, Date.now());
  if (at === undefined)
    throw new UserFault(`--since takes 15m, 2h, 1d, or an instant like 2026-11-23T15:00:00Z, and not '${since}'.`);
  return at;
}

const COLOURS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'redBright', 'cyanBright', 'greenBright'] as const;

function formatter(json: boolean): (line: LogLine) => string {
  if (json) return (line) => visibleLine(JSON.stringify(line));
  const isPainted = process.stdout.isTTY && process.stdout.hasColors();
  const colours = new Map<string, (typeof COLOURS)[number]>();
  return (line) => {
    const { time, who, text } = logLineOf(line);
    const shown = text.split('\n').map(visibleLine).join('\n');
    const head = `${time}  ${visibleLine(who)}`;
    if (!isPainted) return `${head}  ${shown}`;
    // In the order in which tasks are seen, so that the first eight are told apart.
    const key = line.taskId ?? line.logStream;
    const colour = colours.get(key) ?? COLOURS[colours.size % COLOURS.length]!;
    colours.set(key, colour);
    return `${styleText(colour, head)}  ${shown}`;
  };
}

/** The last lines of a task's containers, the oldest first; none where they cannot be had. */
export async function lastLinesOf(call: Omit<Call, 'target'>, taskArn: string, count: number): Promise<readonly string[]> {
  const input = { tasks: [taskArn], startTime: 0, limit: count, binSeconds: 0 };
  const answer = await callApi({ ...call, target: TARGET, input });
  if (answer.outcome !== 'answer') return [];
  return (answer.output as Found).events.toReversed().map((line) => {
    const { time, who, text } = logLineOf(line);
    return `${time}  ${visibleLine(who)}  ${visibleLine(text)}`;
  });
}
