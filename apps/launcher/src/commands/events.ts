import { styleText } from 'node:util';
import type { EventFilter, PublicEvent, ReadEventsInput, ReadEventsOutput } from '#lib/kernel';
import type { JournalName } from '#lib/names';
import { askApi, presignedUrl } from '../api/api-client.js';
import { access, type Access } from './aws.js';
import { EventDescriber, type EventLine } from './domain/describe-event.js';
import { type EventFeed, feedsFor, inOrder } from './domain/event-feeds.js';
import { instantSince } from './domain/since.js';
import { eventsUrl, followEvents } from '../api/event-source.js';
import { UserFault } from '../terminal/fault.js';
import { revisionBefore } from './journal.js';
import type { Layout } from '../host/layout.js';
import { regionOf } from '../host/secrets.js';
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
  const region = process.env.AWS_REGION ?? regionOf(layout);
  const feeds = feedsFor(filterOf(options), options.after);
  if (options.url) {
    const [feed, filter] = feeds[0]!;
    const after = options.after === undefined ? [] : [['after', options.after] as const];
    const url = eventsUrl(endpoint, [...queryOf(filter), ...after], feed.path);
    return say(await presignedUrl({ credentials, region, service: 'longshore' }, url, URL_SECONDS));
  }
  const lines = linesOf(options);
  const places = await Promise.all(feeds.map(([{ journal }]) => beginning(layout, options, journal)));
  const lineOf = formatter(options.json ?? false);
  const last: string[] = [];
  let count = 0;
  const past = inOrder(
    feeds.map(([feed, filter], at) => eventsAfter({ endpoint, credentials, region }, feed, filter, places[at]!)),
  );
  let event = await past.next();
  for (; !event.done; event = await past.next()) {
    count += 1;
    // Also of those that are not shown: a line says what has changed since the one before.
    const line = lineOf(event.value);
    if (lines === undefined) sayPainted(line);
    else if (last.push(line) > lines) last.shift();
  }
  last.forEach(sayPainted);
  if (!options.follow) {
    if (count === 0 && !options.json) warn('There was no such event in that time. --since looks further back.');
    return;
  }
  const reader = new AbortController();
  process.once('SIGINT', () => reader.abort());
  const cursors = event.value;
  const away = new Set<EventFeed>();
  const follow = async ([feed, filter]: (typeof feeds)[number], at: number) => {
    const stream = followEvents({
      endpoint,
      credentials,
      region,
      path: feed.path,
      query: queryOf(filter),
      after: cursors[at],
      signal: reader.signal,
      onAway: (why) => {
        if (away.size === 0) warn(`The events are away (${why}); waiting for them …`);
        away.add(feed);
      },
      onBack: () => {
        away.delete(feed);
        if (away.size === 0) warn('They are back.');
      },
    });
    for await (const data of stream) sayPainted(lineOf(JSON.parse(data) as PublicEvent));
  };
  await Promise.all(feeds.map(follow)).finally(() => reader.abort());
}

/** Everything from `begin` up to now, page by page; answers the place behind it. */
async function* eventsAfter(
  from: Access & { readonly region: string },
  { operation }: EventFeed,
  filter: EventFilter,
  begin: string,
): AsyncGenerator<PublicEvent, string> {
  for (let after = begin; ;) {
    const input: ReadEventsInput = { ...filter, after, maxResults: PAGE };
    const target = `Longshore_20261122.${operation}`;
    const page = (await askApi({ ...from, service: 'longshore', target, input })) as ReadEventsOutput;
    yield* page.events;
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

/** The place in a journal that the events follow. */
async function beginning(layout: Layout, { since, after }: EventsOptions, journal: JournalName): Promise<string> {
  if (since !== undefined && after !== undefined)
    throw new UserFault('--since and --after are two ways to say one thing: give one.');
  if (after !== undefined) return after;
  const at = instantSince(since ?? DEFAULT_SINCE, Date.now());
  if (at === undefined)
    throw new UserFault(`--since takes 15m, 2h, 1d, or an instant like 2026-11-23T15:00:00Z, and not '${since}'.`);
  return `${journal}:${await revisionBefore(layout, at, journal)}`;
}

const filterOf = (options: EventsOptions): EventFilter => ({
  detailTypes: options.detailType,
  clusters: options.cluster,
  services: options.service,
  groups: options.group,
  resources: options.resource,
});

const queryOf = (filter: EventFilter): (readonly [string, string])[] =>
  (
    [
      ['detail-type', filter.detailTypes],
      ['cluster', filter.clusters],
      ['service', filter.services],
      ['group', filter.groups],
      ['resource', filter.resources],
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
