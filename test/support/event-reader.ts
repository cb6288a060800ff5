import type { PublicEvent } from '#lib/kernel';
import { callApi, presignedUrl } from '../../apps/launcher/src/api/api-client.js';
import { eventsUrl } from '../../apps/launcher/src/api/event-source.js';
import { SseParser } from '../../apps/launcher/src/api/sse-parser.js';
import { type Keys, type Longshore, REGION } from './longshore.js';

export type EventsQuery = Readonly<Record<string, string>>;

/** A URL of `GET /events` that needs no header, as a browser's EventSource is given one. */
export async function presignedEvents(
  longshore: Longshore,
  query: EventsQuery = {},
  keys: Keys = longshore.keys,
): Promise<string> {
  const url = eventsUrl(longshore.endpoint, Object.entries(query));
  const credentials = { ...keys, accountId: '000000000000' };
  return presignedUrl({ credentials, region: REGION, service: 'longshore' }, url, 3_600);
}

/** Reads `GET /events` as a browser does, and can be cut off at any event. What it was given is in `events`, over all connections. */
export class EventReader {
  readonly events: PublicEvent[] = [];
  lastId: string | undefined;

  constructor(private readonly url: string) {}

  /**
   * Reads on from the last id until `enough` of an event, and drops what else had arrived already. False when the stream ended, or
   * could not be had, before.
   */
  async read(enough: (event: PublicEvent) => boolean): Promise<boolean> {
    const cut = new AbortController();
    try {
      const headers: Record<string, string> = this.lastId === undefined ? {} : { 'last-event-id': this.lastId };
      const response = await fetch(this.url, { headers, signal: cut.signal });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      const parser = new SseParser();
      for await (const text of response.body!.pipeThrough(new TextDecoderStream()))
        for (const { id, data } of parser.push(text)) {
          this.lastId = id ?? this.lastId;
          if (data === undefined) continue;
          const event = JSON.parse(data) as PublicEvent;
          this.events.push(event);
          if (enough(event)) return true;
        }
      return false;
    } catch (error) {
      // A connection that is refused, reset or ends in a chunk.
      if (error instanceof TypeError) return false;
      throw error;
    } finally {
      cut.abort();
    }
  }
}

/** All events after `after`, by the plain operation. */
export async function readEvents(longshore: Longshore, after: string): Promise<PublicEvent[]> {
  const events: PublicEvent[] = [];
  for (let from = after; ;) {
    const page = await askEvents(longshore, { after: from, maxResults: 500 });
    events.push(...page.events);
    if (page.caughtUp) return events;
    from = page.cursor;
  }
}

export async function askEvents(longshore: Longshore, input: object) {
  const answer = await callApi({
    endpoint: longshore.endpoint,
    credentials: { ...longshore.keys, accountId: '000000000000' },
    region: REGION,
    service: 'longshore',
    target: 'Longshore_20261122.ReadEvents',
    input,
  });
  if (answer.outcome !== 'answer') throw new Error(`ReadEvents: ${JSON.stringify(answer)}`);
  return answer.output as { events: PublicEvent[]; cursor: string; caughtUp: boolean };
}
