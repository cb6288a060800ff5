import { z } from 'zod';
import type { Assignment, AssignmentEntry, Generation } from './agent-protocol.js';

/**
 * How an assignment is written: a host has hundreds of tasks, and all of them are written, sent and read again whenever one comes or goes.
 * So ARNs are without what they share with the instance's, the digest of a definition stands there once, and what is as with most tasks
 * is left out.
 */
interface WrittenEntry {
  readonly task: string;
  readonly definition: string;
  readonly group: string;
  readonly containers: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly overrides?: AssignmentEntry['overrides'];
  /** Absent: RUNNING. */
  readonly desiredStatus?: 'STOPPED';
  readonly stopReason?: string;
  readonly logMode?: 'blocking';
}

/** What an assignment says, but for when: equal texts ask the same of the same instance. */
export interface AssignmentText {
  readonly generation: Generation;
  readonly body: string;
}

/** What begins the ARNs of one instance's tasks. */
const prefixesOf = (containerInstanceArn: string, clusterName: string) => {
  const base = containerInstanceArn.slice(0, Math.max(0, containerInstanceArn.indexOf('container-instance/')));
  return {
    task: `${base}task/${clusterName}/`,
    definition: `${base}task-definition/`,
    containersOf: (taskId: string) => `${base}container/${clusterName}/${taskId}/`,
  };
};

const isWhole = (text: string) => text.startsWith('arn:');
const shorten = (arn: string, prefix: string): string =>
  arn.startsWith(prefix) && !isWhole(arn.slice(prefix.length)) ? arn.slice(prefix.length) : arn;
const lengthen = (text: string, prefix: string): string => (isWhole(text) ? text : prefix + text);
const mapValues = (values: Readonly<Record<string, string>>, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

/** One task, as it stands in the assignment of that instance. */
export function entryText(
  entry: AssignmentEntry,
  { containerInstanceArn, clusterName }: Omit<Assignment, 'entries' | 'generation'>,
): string {
  const prefixes = prefixesOf(containerInstanceArn, clusterName);
  const task = shorten(entry.taskArn, prefixes.task);
  const own = prefixes.containersOf(task);
  const written: WrittenEntry = {
    task,
    definition: shorten(entry.taskDefinitionArn, prefixes.definition),
    group: entry.group,
    containers: mapValues(entry.containerArns, (arn) => shorten(arn, own)),
    ...(Object.keys(entry.overrides).length > 0 ? { overrides: entry.overrides } : {}),
    ...(entry.desiredStatus === 'STOPPED' ? { desiredStatus: 'STOPPED' } : {}),
    ...(entry.stopReason === undefined ? {} : { stopReason: entry.stopReason }),
    ...(entry.logMode ? { logMode: entry.logMode } : {}),
  };
  return JSON.stringify(written);
}

/**
 * Around and between the tasks, each of which is on a line of its own, so that a reader finds those that it knows. It is JSON all the
 * same: versions that know nothing of lines read it whole.
 */
const BEFORE_TASKS = ',"tasks":[\n';
const BETWEEN_TASKS = ',\n';
const AFTER_TASKS = '\n]}';

/** `digests`: of each definition, by its ARN. */
export function assignmentText(
  { generation, containerInstanceArn, clusterName }: Omit<Assignment, 'entries'>,
  digests: ReadonlyMap<string, string>,
  entries: readonly string[],
): AssignmentText {
  const { definition } = prefixesOf(containerInstanceArn, clusterName);
  const definitions = Object.fromEntries([...digests].map(([arn, digest]) => [shorten(arn, definition), digest]));
  const head = JSON.stringify({ containerInstanceArn, clusterName, definitions }).slice(1, -1);
  return { generation, body: head + BEFORE_TASKS + entries.join(BETWEEN_TASKS) + AFTER_TASKS };
}

/** As a writer finds it. Without a body: another version has written it. */
export type FoundAssignment = Pick<AssignmentText, 'generation'> & Partial<AssignmentText>;

const beginning = (generation: Generation): string => `{"generation":${JSON.stringify(generation)},`;

export const writeAssignment = ({ generation, body }: AssignmentText): string => beginning(generation) + body;

/** Undefined when it is no assignment. `expected`: what is likely there, which then needs no parsing. */
export function readAssignmentText(value: Uint8Array, expected?: FoundAssignment): FoundAssignment | undefined {
  const text = new TextDecoder().decode(value);
  if (expected?.body !== undefined && text === writeAssignment({ ...expected, body: expected.body })) return expected;
  const generation = parseAssignment(value)?.generation;
  if (!generation) return undefined;
  const begins = beginning(generation);
  return { generation, ...(text.startsWith(begins) ? { body: text.slice(begins.length) } : {}) };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every(isText);

/**
 * By hand: each assignment is read whole whenever a task comes to its host or goes, and with a schema two thirds of reading one with
 * many tasks were this. (Its spec holds it against the schema.)
 */
function isWritten(value: unknown): value is WrittenEntry {
  if (!isObject(value)) return false;
  const { task, definition, group, containers, overrides, desiredStatus, logMode, stopReason } = value;
  return (
    isText(task) &&
    isText(definition) &&
    isText(group) &&
    isTexts(containers) &&
    (overrides === undefined || isObject(overrides)) &&
    (desiredStatus === undefined || desiredStatus === 'STOPPED') &&
    (stopReason === undefined || isText(stopReason)) &&
    (logMode === undefined || logMode === 'blocking')
  );
}

const head = z.looseObject({
  generation: z.object({ journalId: z.string(), revision: z.int().min(0) }),
  containerInstanceArn: z.string(),
  clusterName: z.string(),
  definitions: z.record(z.string(), z.string()),
});
type Head = z.infer<typeof head>;
const shape = head.extend({
  tasks: z.custom<readonly WrittenEntry[]>((tasks) => Array.isArray(tasks) && tasks.every(isWritten)),
});

function entryOf(written: WrittenEntry, prefixes: ReturnType<typeof prefixesOf>, digests: Readonly<Record<string, string>>) {
  const { task, definition, group, containers, overrides = {}, desiredStatus = 'RUNNING', stopReason, logMode } = written;
  const own = prefixes.containersOf(task);
  const entry: AssignmentEntry = {
    taskArn: lengthen(task, prefixes.task),
    taskDefinitionArn: lengthen(definition, prefixes.definition),
    taskDefinitionDigest: digests[definition] ?? '',
    overrides,
    desiredStatus,
    ...(stopReason === undefined ? {} : { stopReason }),
    containerArns: mapValues(containers, (text) => lengthen(text, own)),
    group,
    ...(logMode ? { logMode } : {}),
  };
  return entry;
}

/** What is no JSON is nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const assignmentOf = (
  { generation, containerInstanceArn, clusterName }: Head,
  entries: readonly AssignmentEntry[],
): Assignment => ({
  generation,
  containerInstanceArn,
  clusterName,
  entries,
});

/** The value of a key of the assignments bucket; undefined when it is none: an agent ignores it, the writer replaces it. */
export function parseAssignment(value: Uint8Array): Assignment | undefined {
  const read = shape.safeParse(parsed(new TextDecoder().decode(value)));
  if (!read.success) return undefined;
  const { containerInstanceArn, clusterName, definitions, tasks } = read.data;
  const prefixes = prefixesOf(containerInstanceArn, clusterName);
  return assignmentOf(
    read.data,
    tasks.map((task) => entryOf(task, prefixes, definitions)),
  );
}

/** What was read the last time, line by line. */
interface Lines {
  /** What ARNs are written without. */
  readonly of: string;
  readonly texts: readonly string[];
  readonly definitions: readonly string[];
  readonly entries: readonly AssignmentEntry[];
}

/**
 * Reads the assignments of one host, one after another. All of its tasks are told anew whenever one comes or goes: a line that was there
 * the last time is the entry that it was then, the very object, and only what is new is parsed.
 */
export class AssignmentReader {
  private last: Lines | undefined;
  private lastText: string | undefined;

  /** As `parseAssignment`, which reads what is not written a task a line; 'same' when it is what was read the last time. */
  read(value: Uint8Array): Assignment | 'same' | undefined {
    const text = new TextDecoder().decode(value);
    if (text === this.lastText) return 'same';
    const assignment = this.readLines(text) ?? parseAssignment(value);
    if (assignment) this.lastText = text;
    return assignment;
  }

  private readLines(text: string): Assignment | undefined {
    const begin = text.indexOf(BEFORE_TASKS) + BEFORE_TASKS.length;
    if (begin < BEFORE_TASKS.length || !text.endsWith(AFTER_TASKS)) return undefined;
    const read = head.safeParse(parsed(`${text.slice(0, begin)}]}`));
    if (!read.success) return undefined;
    const { containerInstanceArn, clusterName, definitions } = read.data;
    const of = `${containerInstanceArn} ${clusterName}`;
    const before = this.last?.of === of ? this.last : undefined;
    const prefixes = prefixesOf(containerInstanceArn, clusterName);
    const tasks = text.slice(begin, -AFTER_TASKS.length);
    const now = {
      of,
      texts: tasks === '' ? [] : tasks.split(BETWEEN_TASKS),
      definitions: [] as string[],
      entries: [] as AssignmentEntry[],
    };
    let next = 0;
    for (const line of now.texts) {
      const known = before?.texts[next] === line ? next : (before?.texts.indexOf(line, next) ?? -1);
      let [definition, entry] = [before?.definitions[known], before?.entries[known]];
      if (definition !== undefined && entry?.taskDefinitionDigest === (definitions[definition] ?? '')) next = known + 1;
      else {
        const written = parsed(line);
        if (!isWritten(written)) return undefined;
        [definition, entry] = [written.definition, entryOf(written, prefixes, definitions)];
      }
      now.definitions.push(definition);
      now.entries.push(entry!);
    }
    this.last = now;
    return assignmentOf(read.data, now.entries);
  }
}
