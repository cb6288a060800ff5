import type { EngineRecord } from './domain/line-assembler.js';
import type { Chunk } from './engine-log.js';

const NEWLINE = 0x0a;

/** The records of whole lines of a `json-file`. What is none (the engine was killed while it wrote) is left out and counted. */
export function parseRecords({ bytes, at }: Chunk): { records: EngineRecord[]; damaged: number } {
  const records: EngineRecord[] = [];
  let damaged = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    const parsed = parse(bytes.toString('utf8', start, end));
    if (parsed) {
      const { log, stream, time } = parsed;
      const place = { file: at.file, offset: at.offset + end };
      records.push({ log, stream, timestampMs: Date.parse(time), bytes: end - start, end: place });
    } else damaged++;
    start = end;
  }
  return { records, damaged };
}

function parse(line: string): { log: string; stream: string; time: string } | undefined {
  try {
    const value = JSON.parse(line) as { log?: unknown; stream?: unknown; time?: unknown } | null;
    const { log, stream, time } = value ?? {};
    if (typeof log !== 'string' || typeof time !== 'string' || Number.isNaN(Date.parse(time))) return undefined;
    return { log, stream: typeof stream === 'string' ? stream : 'stdout', time };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
