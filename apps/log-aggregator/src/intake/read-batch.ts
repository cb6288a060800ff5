import { type LogBatch, type LogOpening, MAX_BATCH_BYTES } from '#lib/logs';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isName = (value: unknown): value is string => typeof value === 'string' && value.length >= 1 && value.length <= 512;
/** As the model bounds them: `api-constraints`, CreateLogGroup and CreateLogStream. */
const GROUP = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM = /^[^:*]+$/;
const REGION = /^[a-z0-9-]{1,32}$/;

export type ReadBatch = { readonly batch: LogBatch } | { readonly opening: LogOpening } | { readonly problem: string };

/**
 * A batch, or what is wrong with it. It comes from a host that is not ours, and there are thousands of events a second: looked at by hand,
 * each member once.
 */
export function readBatch(payload: Uint8Array): ReadBatch {
  if (payload.byteLength > MAX_BATCH_BYTES + 1024) return { problem: `A batch has at most ${MAX_BATCH_BYTES} bytes.` };
  let batch: LogBatch | LogOpening;
  try {
    batch = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()) as LogBatch | LogOpening;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: 'The batch is no JSON.' };
  }
  const problem = problemOfStream(batch);
  if (problem !== undefined) return { problem };
  if ('opens' in batch) return { opening: batch };
  const ofLines = problemOfLines(batch);
  return ofLines === undefined ? { batch } : { problem: ofLines };
}

function problemOfStream(batch: Partial<LogBatch | LogOpening> | null): string | undefined {
  if (typeof batch !== 'object' || batch?.v !== 1) return 'The batch has another version than 1.';
  const { region, logGroup, logStream, create } = batch;
  if (typeof region !== 'string' || !REGION.test(region)) return 'region is none.';
  if (!isName(logGroup) || !GROUP.test(logGroup)) return 'logGroup is no name of a log group.';
  if (!isName(logStream) || !STREAM.test(logStream)) return 'logStream is no name of a log stream.';
  if (typeof create?.group !== 'boolean') return 'create.group must be true or false.';
  return undefined;
}

function problemOfLines({ source, events, dropped }: Partial<LogBatch>): string | undefined {
  if (!isName(source?.container) || !isCount(source.from) || !isCount(source.to) || source.to < source.from)
    return 'source must be a range of lines of a container.';
  if (dropped !== undefined && !isCount(dropped?.count)) return 'dropped.count must be a number.';
  if (!Array.isArray(events)) return 'events must be a list.';
  let before = source.from - 1;
  for (const event of events as (Partial<LogBatch['events'][number]> | null)[]) {
    if (!isCount(event?.n) || event.n < before || event.n < source.from || event.n > source.to)
      return 'events must have ordinals of the range, in order.';
    before = event.n;
    if (typeof event.timestamp !== 'number' || !Number.isFinite(event.timestamp) || typeof event.message !== 'string')
      return 'an event has a timestamp and a message.';
  }
  return undefined;
}
