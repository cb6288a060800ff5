/**
 * What a process said last, as one sentence for people: of the JSON lines of an app the newest warning or error, else an uncaught
 * error's line, else the last line of all. Undefined when it said nothing.
 */
export function lastWords(log: string): string | undefined {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const sentences = lines.map(sentenceOf);
  const gravest = sentences.findLast((sentence) => sentence.isGrave) ?? sentences.findLast(({ text }) => text !== '');
  return gravest && shortened(gravest.text);
}

/** Pino's levels: 40 warns, 50 is an error, 60 fatal. */
const GRAVE_LEVEL = 40;
const LONGEST = 300;

const shortened = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);

function sentenceOf(line: string): { readonly text: string; readonly isGrave: boolean } {
  const entry = jsonLine(line);
  if (entry) {
    const reason = entry.err?.message ?? entry.error;
    const text = typeof reason === 'string' && !entry.msg.includes(reason) ? `${entry.msg}: ${reason}` : entry.msg;
    return { text, isGrave: entry.level >= GRAVE_LEVEL };
  }
  // `Error: …` of an uncaught exception, and what nats-server says of a fault.
  const broker = /^\[\d+\] \S+ \S+ \[(FTL|ERR)\] (.*)$/.exec(line);
  if (broker) return { text: broker[2]!, isGrave: true };
  const isGrave = /^(\w*Error\b.*: |nats-server: )/.test(line);
  // The frames of a stack and node's last line say nothing to people.
  const isNoise = /^(at |Node\.js v|\^|[{}])/.test(line);
  return { text: isNoise ? '' : line, isGrave };
}

interface LogEntry {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly message?: unknown };
  readonly error?: unknown;
}

function jsonLine(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<LogEntry>;
    return typeof entry.msg === 'string' && typeof entry.level === 'number' ? (entry as LogEntry) : undefined;
  } catch {
    // Half a line: the process died in it, or the tail begins in it.
    return undefined;
  }
}
