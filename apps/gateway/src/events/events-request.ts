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

type Filter = keyof typeof FILTERS;

const PAGE = 100;

/** Public events of a journal, by the operation that reads them. `example`: the id of one. */
const eventsOf = (path: string, operation: string, filters: readonly Filter[], example: string): Feed => ({
  operation: longshoreModel.operation(operation)!,
  isAsked: (asked) => asked === path,
  parse: (request) => parseEventsRequest(request, filters, example),
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
    message: `Events are not read as of a moment, but after one of them: GET ${path}?after=<event id>, for example ${example}.`,
    status: 400,
  },
});

const ALL_FILTERS = Object.keys(FILTERS) as readonly Filter[];
const ECS_EXAMPLE = 'ecs:48213.0';

/** `GET /events`. */
export const eventsFeed = eventsOf('/events', 'ReadEvents', ALL_FILTERS, ECS_EXAMPLE);

/** `GET /events/load-balancing`: another journal, so another order and other ids; nothing of it is in a cluster. */
export const loadBalancingEventsFeed = eventsOf(
  '/events/load-balancing',
  'ReadLoadBalancingEvents',
  ['detail-type', 'resource'],
  'load-balancing:12.0',
);

/** `GET /events/scaling`: alarms' states and scaling activities, of a journal of their own too. */
export const scalingEventsFeed = eventsOf('/events/scaling', 'ReadScalingEvents', ['detail-type', 'resource'], 'scaling:7.0');

/** Filters may be repeated or separated by commas: no name, ARN or detail-type has a comma in it. */
export function parseEventsRequest(
  { target, headers }: HttpRequest,
  filters: readonly Filter[] = ALL_FILTERS,
  example = ECS_EXAMPLE,
): EventsRequest | { readonly rejection: Rejection } {
  const query = new URLSearchParams(target.split('?', 2)[1] ?? '');
  const filter: { -readonly [member in keyof EventFilter]: string[] } = {};
  // A browser resumes with the header and the URL that it began with, so the header is the newer of the two.
  let after = headers['last-event-id'] || undefined;
  for (const [name, value] of query) {
    if (name.startsWith('X-Amz-')) continue;
    const known = filters.find((one) => one === name);
    if (name === 'after') after ??= value;
    else if (known) (filter[FILTERS[known]] ??= []).push(...valuesOf(value));
    else return refuse(`There is no parameter '${name.slice(0, 100)}' here. The parameters are ${filters.join(', ')} and after.`);
  }
  // `cluster=` names nothing, and nobody means "the events of no cluster".
  const empty = Object.entries(FILTERS).find(([, member]) => filter[member]?.length === 0);
  if (empty) return refuse(`'${empty[0]}' names nothing. Leave it out to get all.`);
  if (after === '') return refuse(`'after' takes the id of an event, like ${example}. Leave it out to begin now.`);
  return after === undefined ? { filter } : { after, filter };
}

const valuesOf = (list: string) =>
  list
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

const refuse = (message: string) => ({ rejection: { code: 'InvalidParameterException', message, status: 400 } });
