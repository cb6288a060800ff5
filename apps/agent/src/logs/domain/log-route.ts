import { multilineProblem, patternOfDatetime } from './multiline.js';

/**
 * Where a container's lines go, and how. It is made with the container and kept in a label of it: whoever finds the container, on
 * whatever disk, knows it.
 */
export interface LogRoute {
  readonly v: 1;
  readonly region: string;
  readonly group: string;
  /** Absent: the container's id, as Docker's awslogs names it. */
  readonly stream?: string;
  readonly createGroup: boolean;
  readonly mode: 'blocking' | 'non-blocking';
  /** How much of the engine's file may wait in non-blocking mode. */
  readonly bufferBytes: number;
  /** RE2: a line in which it is found begins an event. */
  readonly multiline?: string;
}

export interface LogSubject {
  readonly containerName: string;
  readonly taskArn: string;
  readonly family: string;
}

const MIB = 1024 * 1024;
/** ECS's since June 2025, when non-blocking became what nobody asks for (`defaultLogDriverMode`). */
const DEFAULT_BUFFER_BYTES = 10 * MIB;
const FILE_MIB = 10;
/**
 * What is kept of a container in blocking mode while no agent reads: an engine that takes 300,000 lines of 150 bytes a second
 * (measured) needs four seconds for it.
 */
const BLOCKING_WINDOW = { 'max-size': '20m', 'max-file': '12' } as const;
/** A container's files together, however large a buffer its definition asks for. */
const MOST_BUFFER_BYTES = 200 * MIB;
/** The prefix that the console of ECS proposes. */
const DEFAULT_PREFIX = 'ecs';

const KNOWN = new Set([
  'awslogs-group',
  'awslogs-region',
  'awslogs-stream',
  'awslogs-stream-prefix',
  'awslogs-create-group',
  'awslogs-create-stream',
  'awslogs-multiline-pattern',
  'awslogs-datetime-format',
  // They say when Docker's driver sends, and how much it holds: here lines are sent at once and wait on the disk.
  'awslogs-force-flush-interval-seconds',
  'awslogs-max-buffered-events',
  'mode',
  'max-buffer-size',
]);

type Options = Readonly<Record<string, string>>;

/** What Docker would say of the options of `awslogs` (moby `daemon/logger/awslogs`, `loggerutils`), in its words. */
export function awslogsProblem(options: Options): string | undefined {
  const unknown = Object.keys(options).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) return `unknown log opt '${unknown}' for awslogs log driver`;
  const group = options['awslogs-group'];
  if (!group) return "must specify a value for log opt 'awslogs-group'";
  // CloudWatch Logs' names (CreateLogGroup, CreateLogStream): what it would refuse is refused before the container runs.
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(group)) return `InvalidParameterException: invalid log group name: '${group}'`;
  const stream = options['awslogs-stream'] ?? options['awslogs-stream-prefix'] ?? '';
  if (/[:*]/.test(stream) || stream.length > 200) return `InvalidParameterException: invalid log stream name: '${stream}'`;
  for (const name of ['awslogs-create-group', 'awslogs-create-stream']) {
    const value = options[name];
    if (value && goBoolean(value) === undefined)
      return `must specify valid value for log opt '${name}': invalid syntax: "${value}"`;
  }
  if (options['awslogs-create-stream'] && goBoolean(options['awslogs-create-stream']) === false) {
    return "log opt 'awslogs-create-stream' cannot be false here: a container's stream is made with its first line";
  }
  const { mode = '', 'max-buffer-size': size } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode)) return `logger: logging mode not supported: ${mode}`;
  if (size !== undefined && mode === 'blocking') {
    return "logger: max-buffer-size option is only supported with 'mode=non-blocking'";
  }
  if (size !== undefined && bytesOf(size) === undefined) return `error parsing option max-buffer-size: invalid size: '${size}'`;
  return problemOfPattern(options);
}

function problemOfPattern(options: Options): string | undefined {
  const { 'awslogs-datetime-format': datetime, 'awslogs-multiline-pattern': pattern } = options;
  if (datetime !== undefined && pattern !== undefined) {
    return "you cannot configure log opt 'awslogs-datetime-format' and 'awslogs-multiline-pattern' at the same time";
  }
  const source = patternOf(options);
  const problem = source === undefined ? undefined : multilineProblem(source);
  return problem === undefined
    ? undefined
    : `awslogs could not parse multiline pattern key ${JSON.stringify(source)}: ${problem}`;
}

const patternOf = (options: Options): string | undefined => {
  const datetime = options['awslogs-datetime-format'];
  return (datetime ? patternOfDatetime(datetime) : options['awslogs-multiline-pattern']) || undefined;
};

/** Of options without a problem. `defaultMode`: where they name none. */
export function awslogsRoute(options: Options, subject: LogSubject, defaultMode: LogRoute['mode'] = 'non-blocking'): LogRoute {
  const prefix = options['awslogs-stream-prefix'];
  return {
    v: 1,
    region: options['awslogs-region'] || regionOf(subject.taskArn),
    group: options['awslogs-group']!,
    stream: options['awslogs-stream'] || (prefix ? streamOf(prefix, subject) : undefined),
    createGroup: goBoolean(options['awslogs-create-group'] ?? '') ?? false,
    mode: (options.mode as LogRoute['mode'] | undefined) || defaultMode,
    bufferBytes: Math.min(bytesOf(options['max-buffer-size'] ?? '') ?? DEFAULT_BUFFER_BYTES, MOST_BUFFER_BYTES),
    multiline: patternOf(options),
  };
}

/** Of a container whose definition says nothing of logs. */
export const defaultRoute = (subject: LogSubject): LogRoute => ({
  v: 1,
  region: regionOf(subject.taskArn),
  group: `/longshore/${subject.family}`,
  stream: streamOf(DEFAULT_PREFIX, subject),
  createGroup: true,
  mode: 'non-blocking',
  bufferBytes: DEFAULT_BUFFER_BYTES,
});

/** The engine's part: files on the host's disk, of which the newest are kept. */
export function engineLogOptions({ mode, bufferBytes }: Pick<LogRoute, 'mode' | 'bufferBytes'>): Record<string, string> {
  if (mode === 'blocking') return { ...BLOCKING_WINDOW };
  // One file is being written, another may have been begun just now.
  return { 'max-size': `${FILE_MIB}m`, 'max-file': String(Math.ceil(bufferBytes / (FILE_MIB * MIB)) + 2) };
}

const streamOf = (prefix: string, { containerName, taskArn }: LogSubject): string =>
  `${prefix}/${containerName}/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;

const regionOf = (taskArn: string): string => taskArn.split(':')[3]!;

/** Go's `strconv.ParseBool`. */
function goBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}

/** Docker's `units.RAMInBytes`: `10m`, `1.5 GiB`. */
function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}
