/** A line as `SearchLogs` and `TailLogs` tell it. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly taskId?: string;
  readonly container?: string;
}

const SHORT_ID = 6;

/** The parts of a line for people. */
export function logLineOf({ timestamp, message, taskId, container, logStream }: LogLine) {
  const time = new Date(timestamp).toISOString();
  return {
    time: `${time.slice(0, 10)} ${time.slice(11, 23)}`,
    who: taskId === undefined ? logStream : `${taskId.slice(0, SHORT_ID)} ${container}`,
    text: message.replace(/\n$/, ''),
  };
}

/** What those who follow are told again came while the past was read: nobody reads it for longer without a pause. */
const NOTED = 100_000;

/** Lines that were shown already: what came while the past was read is told again by those who follow. */
export class Repeated {
  private readonly counts = new Map<string, number>();

  note(line: LogLine): void {
    const key = keyOf(line);
    const count = (this.counts.get(key) ?? 0) + 1;
    // The newest are the last ones.
    this.counts.delete(key);
    this.counts.set(key, count);
    if (this.counts.size > NOTED) this.counts.delete(this.counts.keys().next().value!);
  }

  /** True once for each time that the line was shown. */
  has(line: LogLine): boolean {
    const key = keyOf(line);
    const left = this.counts.get(key) ?? 0;
    if (left > 0) this.counts.set(key, left - 1);
    return left > 0;
  }
}

const keyOf = ({ timestamp, ingestionTime, logGroup, logStream, message }: LogLine): string =>
  JSON.stringify([timestamp, ingestionTime, logGroup, logStream, message]);
