import { refusals } from '../domain/refusals.js';
import { DAY_MS } from '../store/log-store.js';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAX_BATCH_BYTES = 1_048_576;
const BYTES_OF_EVENT = 26;
const MAX_SPAN_MS = DAY_MS;
const MAX_AGE_MS = 14 * DAY_MS;
const MAX_AHEAD_MS = 2 * 3_600_000;

export interface InputLogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Of a batch that is in order: which of it is not taken, as AWS says it. */
export interface RejectedLogEventsInfo {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

export interface AcceptedEvents {
  readonly events: readonly InputLogEvent[];
  readonly rejected?: RejectedLogEventsInfo;
}

/** `keptFrom`: the group keeps nothing older. */
export function acceptEvents(events: readonly InputLogEvent[], nowMs: number, keptFrom: number | undefined): AcceptedEvents {
  let bytes = 0;
  for (const [index, { timestamp, message }] of events.entries()) {
    bytes += Buffer.byteLength(message) + BYTES_OF_EVENT;
    if (index > 0 && timestamp < events[index - 1]!.timestamp) {
      throw refusals.invalid('Log events in a single PutLogEvents request must be in chronological order.');
    }
  }
  if (bytes > MAX_BATCH_BYTES) throw refusals.invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  if (events.at(-1)!.timestamp - events[0]!.timestamp > MAX_SPAN_MS) {
    throw refusals.invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  const countBefore = (limit: number) => events.filter(({ timestamp }) => timestamp < limit).length;
  const tooOld = countBefore(nowMs - MAX_AGE_MS);
  const expired = keptFrom === undefined ? 0 : countBefore(keptFrom);
  const tooNew = countBefore(nowMs + MAX_AHEAD_MS + 1);
  const rejected = {
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
  const accepted = events.slice(Math.max(tooOld, expired), tooNew);
  return { events: accepted, ...(Object.keys(rejected).length > 0 ? { rejected } : {}) };
}

/** When a container's own time cannot be meant, it is the time at which its line came: no line is lost for its clock. */
export const plausibleTime = (timestamp: number, nowMs: number): number =>
  timestamp < nowMs - MAX_AGE_MS || timestamp > nowMs + MAX_AHEAD_MS ? nowMs : timestamp;
