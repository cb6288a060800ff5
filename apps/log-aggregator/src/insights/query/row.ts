import { Instant, type Value } from './values.js';

/** An event as a query sees it. */
export interface QueriedEvent {
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
  readonly logStream: string;
  /** `account:group`. */
  readonly log: string;
  readonly pointer: string;
}

/** What a query works on: an event's fields and those that commands have made, or a line of statistics. */
export class Row {
  private json: unknown;
  private isParsed = false;

  private constructor(
    private readonly event: QueriedEvent | undefined,
    private readonly made: Map<string, Value>,
  ) {}

  static ofEvent = (event: QueriedEvent): Row => new Row(event, new Map());
  static ofValues = (values: Iterable<readonly [string, Value]>): Row => new Row(undefined, new Map(values));

  get pointer(): string | undefined {
    return this.event?.pointer;
  }

  /** What it takes, in cells of 64 bytes: the message, what may be read in it, and what is beside it. */
  get cells(): number {
    return 8 + (2 * (this.event?.message.length ?? 0)) / 64;
  }

  set(name: string, value: Value): void {
    this.made.set(name, value);
  }

  get(name: string): Value {
    if (this.made.has(name)) return this.made.get(name);
    if (!this.event) return undefined;
    switch (name) {
      case '@timestamp':
        return new Instant(this.event.timestamp);
      case '@ingestionTime':
        return new Instant(this.event.ingestedAt);
      case '@message':
        return this.event.message;
      case '@logStream':
        return this.event.logStream;
      case '@log':
        return this.event.log;
      case '@ptr':
        return this.event.pointer;
      default:
        return valueOf(at(this.parsed(), name));
    }
  }

  private parsed(): unknown {
    if (!this.isParsed) {
      this.isParsed = true;
      this.json = jsonOf(this.event!.message);
    }
    return this.json;
  }
}

function jsonOf(message: string): unknown {
  // Cheaper than a parser's exception, which is what most lines of other forms would be.
  if (!/^\s*\{/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `a.b.0`: a key with dots in it, or one inside the other. */
function at(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(value, key)) continue;
    const found = at((value as Record<string, unknown>)[key], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueOf(value: unknown): Value {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return JSON.stringify(value);
}
