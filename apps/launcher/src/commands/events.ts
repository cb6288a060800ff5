import { styleText } from 'node:util';
import type { EventFilter, PublicEvent, ReadEventsInput, ReadEventsOutput } from '#lib/kernel';
import { askApi, presignedUrl } from '../api/api-client.js';
import { access, type Access } from './aws.js';
import { EventDescriber, type EventLine } from './domain/describe-event.js';
import { instantSince } from './domain/since.js';
import { eventsUrl, followEvents } from '../api/event-source.js';
import { UserFault } from '../terminal/fault.js';
import { revisionBefore } from './journal.js';
import type { Layout } from '../host/layout.js';
import { DEFAULT_REGION } from '../host/secrets.js';
import { say, sayPainted, visibleLine, warn } from '../terminal/terminal.js';

export interface EventsOptions {
  readonly follow?: boolean;
  readonly lines?: string;
  readonly since?: string;
  readonly after?: string;
  readonly json?: boolean;
  readonly url?: boolean;
  readonly detailType?: readonly string[];
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
  readonly group?: readonly string[];
  readonly resource?: readonly string[];
}

const DEFAULT_SINCE = '15m';
const DEFAULT_LINES = 100;
const PAGE = 500;
const URL_SECONDS = 3_600;

/** `events`: the last public events, and with `-f` every new one until Ctrl-C. */
export async function printEvents(layout: Layout, options: EventsOptions): Promise<void> {
  const { endpoint, credentials } = access(layout);
  const region = process.env.AWS_REGION ?? DEFAULT_REGION;
  const query = queryOf(options);
  if (options.url) {
    const after = options.after === undefined ? [] : [['after', options.after] as const];
    const url = eventsUrl(endpoint, [...query, ...after]);
    return say(await presignedUrl({ credentials, region, service: 'longshore' }, url, URL_SECONDS));
  }
  const lines = linesOf(options);
  const begin = await beginning(layout, options);
  const lineOf = formatter(options.json ?? false);
  let last: string[] = [];
  let count = 0;
  const cursor = await past({ endpoint, credentials, region }, filterOf(options), begin, (events) => {
    count += events.length;
    // Also of those that are not shown: a line says what has changed since the one before.
    const all = events.map(lineOf);
    if (lines === undefined) all.forEach(sayPainted);
    else last = [...last, ...all].slice(-lines || Infinity);
  });
  last.forEach(sayPainted);
  if (!options.follow) {
    if (count === 0 && !options.json) warn('There was no such event in that time. --since looks further back.');
    return;
  }
  const reader = new AbortController();
  process.once('SIGINT', () => reader.abort());
  const stream = followEvents({
    endpoint,
    credentials,
    region,
    query,
    after: cursor,
    signal: reader.signal,
    onAway: (why) => warn(`The events are away (${why}); waiting for them …`),
    onBack: () => warn('They are back.'),
  });
  for await (const data of stream) sayPainted(lineOf(JSON.parse(data) as PublicEvent));
}

/** Gives everything from `begin` up to now, page by page, and answers the place behind it. */
async function past(
  from: Access & { readonly region: string },
  filter: EventFilter,
  begin: string,
  take: (events: readonly PublicEvent[]) => void,
): Promise<string> {
  for (let after = begin; ;) {
    const input: ReadEventsInput = { ...filter, after, maxResults: PAGE };
    const target = 'Longshore_20261122.ReadEvents';
    const page = (await askApi({ ...from, service: 'longshore', target, input })) as ReadEventsOutput;
    take(page.events);
    if (page.caughtUp) return page.cursor;
    after = page.cursor;
  }
}

/** Undefined: all. */
function linesOf({ lines, since, after }: EventsOptions): number | undefined {
  if (lines === undefined) return since === undefined && after === undefined ? DEFAULT_LINES : undefined;
  if (!/^\d{1,9}$/.test(lines)) throw new UserFault('--lines takes a whole number.');
  return Number(lines);
}

/** The place that the events follow. */
async function beginning(layout: Layout, { since, after }: EventsOptions): Promise<string> {
  if (since !== undefined && after !== undefined)
    throw new UserFault('--since and --after are two ways to say one thing: give one.');
  if (after !== undefined) return after;
  const at = instantSince(since ?? DEFAULT_SINCE, Date.now());
  if (at === undefined)
    throw new UserFault(`--since takes 15m, 2h, 1d, or an instant like 2026-11-23T15:00:00Z, and not '${since}'.`);
  return `ecs:${await revisionBefore(layout, at)}`;
}

const filterOf = (options: EventsOptions): EventFilter => ({
  detailTypes: options.detailType,
  clusters: options.cluster,
  services: options.service,
  groups: options.group,
  resources: options.resource,
});

const queryOf = (options: EventsOptions): (readonly [string, string])[] =>
  (
    [
      ['detail-type', options.detailType],
      ['cluster', options.cluster],
      ['service', options.service],
      ['group', options.group],
      ['resource', options.resource],
    ] as const
  ).flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as const));

function formatter(json: boolean): (event: PublicEvent) => string {
  if (json) return (event) => visibleLine(JSON.stringify(event));
  const describer = new EventDescriber();
  // `hasColors` also heeds NO_COLOR.
  const paint = process.stdout.isTTY && process.stdout.hasColors() ? coloured : plain;
  return (event) => paint(describer.describe(event));
}

const columns = ({ time, what, resource }: EventLine): string =>
  visibleLine(`${time}  ${what.padEnd(10)}  ${resource.padEnd(20)}`);
const plain = (line: EventLine): string => `${columns(line)}  ${visibleLine(line.text)}`;

const COLOURS = { good: 'green', bad: 'red', warning: 'yellow', plain: 'reset' } as const;
const coloured = (line: EventLine): string =>
  `${styleText('dim', columns(line))}  ${line.tone === 'plain' ? visibleLine(line.text) : styleText(COLOURS[line.tone], visibleLine(line.text))}`;
