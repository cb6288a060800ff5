import { endpointPath } from '../as-of-path.js';
import { logTailFeed } from '../logs/log-tail-feed.js';
import { eventsFeed, loadBalancingEventsFeed, scalingEventsFeed } from './events-request.js';
import type { Feed } from './feed.js';

const FEEDS: readonly Feed[] = [eventsFeed, loadBalancingEventsFeed, scalingEventsFeed, logTailFeed];

/** The feed that a request is for, and whether it asks for it as of a moment. */
export function feedOf(method: string, target: string): { readonly feed: Feed; readonly isAsOf: boolean } | undefined {
  if (method !== 'GET') return undefined;
  const [path, query = ''] = target.split('?', 2) as [string, string?];
  const { rest, ...moment } = endpointPath(path);
  const feed = FEEDS.find((one) => one.isAsked(rest, new URLSearchParams(query)));
  return feed && { feed, isAsOf: 'asOf' in moment || 'badAsOf' in moment };
}
