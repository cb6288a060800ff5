import type { HttpRequest } from '#lib/aws-api';
import type { EventFilter, Rejection } from '#lib/kernel';
import { endpointPath } from '../as-of-path.js';

/** What a reader asks for: the input of `ReadEvents` without its paging. */
export interface EventsRequest {
  /** An event id or a cursor; absent: from now on. */
  readonly after?: string;
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

/** Whether the request is for the event stream, and whether it asks for it as of a moment. */
export function eventsPath(method: string, target: string): 'events' | 'events-as-of' | undefined {
  const { rest, ...moment } = endpointPath(target.split('?', 1)[0]!);
  if (method !== 'GET' || rest !== EVENTS_PATH) return undefined;
  return 'asOf' in moment || 'badAsOf' in moment ? 'events-as-of' : 'events';
}

const EVENTS_PATH = '/events';

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
