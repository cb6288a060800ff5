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

/** Lines that were shown already: what came while the past was read is told again by those who follow. */
export class Repeated {
  private readonly counts = new Map<string, number>();

  constructor(shown: readonly LogLine[]) {
    for (const line of shown) this.counts.set(keyOf(line), (this.counts.get(keyOf(line)) ?? 0) + 1);
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
