import { type HttpRequest, longshoreModel } from '#lib/aws-api';
import type { EventFilter, ReadEventsInput, ReadEventsOutput, Rejection } from '#lib/kernel';
import type { Feed, FeedRequest } from './feed.js';
import { sse } from './sse.js';

/** What a reader asks for: the input of `ReadEvents` without its paging. */
export interface EventsRequest extends FeedRequest {
  readonly filter: EventFilter;
}

/** Query parameter → member of `ReadEvents`. */
const FILTERS = {
  'detail-type': 'detailTypes',
  cluster: 'clusters',
  service: 'services',
  group: 'groups',
  resource: 'resources',
} as const satisfies Record<string, keyof EventFilter>;

const PAGE = 100;

/** `GET /events`. */
export const eventsFeed: Feed = {
  operation: longshoreModel.operation('ReadEvents')!,
  isAsked: (path) => path === '/events',
  parse: parseEventsRequest,
  inputOf: ({ filter, after, waitMs }): ReadEventsInput => ({
    ...filter,
    ...(after === undefined ? {} : { after }),
    maxResults: PAGE,
    waitMs,
  }),
  pageOf(output) {
    const { events, cursor, caughtUp } = output as ReadEventsOutput;
    const text = events.map((event) => sse.event(event.id, event['detail-type'], event)).join('');
    return { text, count: events.length, cursor, caughtUp };
  },
  notAsOf: {
    code: 'InvalidParameterException',
    message: 'Events are not read as of a moment, but after one of them: GET /events?after=<event id>, for example ecs:48213.0.',
    status: 400,
  },
};

/** Filters may be repeated or separated by commas: no name, ARN or detail-type has a comma in it. */
export function parseEventsRequest({ target, headers }: HttpRequest): EventsRequest | { readonly rejection: Rejection } {
  const query = new URLSearchParams(target.split('?', 2)[1] ?? '');
  const filter: { -readonly [member in keyof EventFilter]: string[] } = {};
  // A browser resumes with the header and the URL that it began with, so the header is the newer of the two.
  let after = headers['last-event-id'] || undefined;
  for (const [name, value] of query) {
    if (name.startsWith('X-Amz-')) continue;
    if (name === 'after') after ??= value;
    else if (isFilter(name)) (filter[FILTERS[name]] ??= []).push(...valuesOf(value));
    else return refuse(`There is no parameter '${name.slice(0, 100)}' here. The parameters are ${NAMES}.`);
  }
  // `cluster=` names nothing, and nobody means "the events of no cluster".
  const empty = Object.entries(FILTERS).find(([, member]) => filter[member]?.length === 0);
  if (empty) return refuse(`'${empty[0]}' names nothing. Leave it out to get all.`);
  if (after === '') return refuse("'after' takes the id of an event, like ecs:48213.0. Leave it out to begin now.");
  return after === undefined ? { filter } : { after, filter };
}

const NAMES = `${Object.keys(FILTERS).join(', ')} and after`;
const isFilter = (name: string): name is keyof typeof FILTERS => Object.hasOwn(FILTERS, name);
const valuesOf = (list: string) =>
  list
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

const refuse = (message: string) => ({ rejection: { code: 'InvalidParameterException', message, status: 400 } });
