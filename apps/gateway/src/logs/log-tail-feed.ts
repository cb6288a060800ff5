import { longshoreModel } from '#lib/aws-api';
import type { Feed } from '../events/feed.js';
import { sse } from '../events/sse.js';
import { parseSearch, SEARCH_PATH } from './search-request.js';

interface TailOutput {
  readonly events: readonly object[];
  readonly cursor: string;
  readonly missed: boolean;
  readonly caughtUp: boolean;
}

/** `GET /logs/search?follow&q=…`: lines as they come. */
export const logTailFeed: Feed = {
  operation: longshoreModel.operation('TailLogs')!,
  isAsked: (path, query) => path === SEARCH_PATH && query.has('follow') && query.get('follow') !== 'false',
  parse({ target, headers }) {
    // A browser resumes with the header and the URL that it began with, so the header is the newer of the two.
    let after = headers['last-event-id'] || undefined;
    const parsed = parseSearch(new URLSearchParams(target.split('?', 2)[1] ?? ''), (name, value) => {
      if (name !== 'after') return undefined;
      after ??= value;
      return {};
    });
    if ('rejection' in parsed) return parsed;
    return { filter: parsed.input, ...(after ? { after } : {}) };
  },
  inputOf: ({ filter, after, waitMs }) => ({ ...filter, ...(after === undefined ? {} : { after }), waitMs }),
  pageOf(output) {
    const { events, cursor, missed, caughtUp } = output as TailOutput;
    // The place is behind the last line of the page: who breaks off within it gets the page again.
    const lines = events.map((line, index) =>
      index === events.length - 1 ? sse.event(cursor, 'line', line) : sse.unplaced('line', line),
    );
    const text = (missed ? sse.unplaced('missed', { missed: true }) : '') + lines.join('');
    return { text, count: events.length, cursor, caughtUp };
  },
  notAsOf: {
    code: 'InvalidParameterException',
    message: 'Lines are followed as they come, not as of a moment.',
    status: 400,
  },
};
