import type { Room } from './aggregates.js';
import { Distinct } from './distinct.js';
import { compile, compileRegex, type Evaluate } from './expressions.js';
import { parseQuery } from './parse-query.js';
import type { Column, Command } from './query.js';
import { Row } from './row.js';
import { Stats } from './stats.js';
import { compareValues, isTrue, textOf } from './values.js';
import { RE2JS } from 're2js';

/** Rows of a result, each a list of fields that are there. */
export type ResultRows = readonly (readonly { readonly field: string; readonly value: string }[])[];

/** As AWS bounds a result. */
export const MAX_RESULTS = 10_000;

/** Where the rows of a query go: events are pushed, the newest first, and what it comes to can be asked at any time. */
export interface Running {
  /** Whether the event was one of the query's, as `recordsMatched` counts. */
  push(row: Row): boolean;
  /** More events would change no row, and every one of them matches. */
  readonly onlyCounts: boolean;
  results(): ResultRows;
}

/** A step that looks at each row alone; undefined leaves it out. */
type Step = (row: Row) => boolean;

const DEFAULT_COLUMNS = ['@timestamp', '@message'];

/** A query, checked: `start` begins a run of it. Throws AWS's refusal of what cannot be. */
export function planQuery(query: string, limit: number = MAX_RESULTS): { start(room: Room): Running } {
  const commands = parseQuery(query);
  const noRoom: Room = { take: () => undefined };
  run(commands, limit, noRoom);
  return { start: (room) => run(commands, limit, room) };
}

function run(commands: readonly Command[], limit: number, room: Room): Running {
  const firstBlocking = commands.findIndex(({ kind }) => ['stats', 'sort', 'limit', 'tail', 'dedup'].includes(kind));
  const cut = firstBlocking < 0 ? commands.length : firstBlocking;
  const steps = commands.slice(0, cut).flatMap(stepOf);
  const isUnfiltered = commands.slice(0, cut).every(({ kind }) => kind !== 'filter');
  const rest = commands.slice(cut);
  const columns = columnsOf(commands);
  const [first, ...others] = rest;
  const sink = first?.kind === 'stats' ? new Stats(first, room) : new Collected(rest, limit, room);
  const after = (first?.kind === 'stats' ? others : rest).map((command) => transformOf(command, room));
  return {
    push(row) {
      if (!steps.every((step) => step(row))) return false;
      sink.add(row);
      return true;
    },
    get onlyCounts() {
      return isUnfiltered && sink instanceof Collected && sink.isFull;
    },
    results() {
      const rows = after.reduce((all, transform) => transform(all), sink.rows());
      return rows.slice(0, limit).map((row) => shown(row, columns));
    },
  };
}

function shown(row: Row, columns: readonly string[]) {
  const fields = columns.flatMap((field) => {
    const value = textOf(row.get(field));
    return value === undefined ? [] : [{ field, value }];
  });
  const pointer = row.pointer;
  return pointer === undefined ? fields : [...fields, { field: '@ptr', value: pointer }];
}

/** The last `display` says; or `stats`, and what comes behind it; or all of `fields` and `parse`. */
function columnsOf(commands: readonly Command[]): readonly string[] {
  let columns: string[] = [];
  let hasFields = false;
  const add = (names: readonly string[]) => (columns = [...new Set([...columns, ...names])]);
  for (const command of commands) {
    if (command.kind === 'display') [columns, hasFields] = [command.columns.map(({ name }) => name), true];
    else if (command.kind === 'stats') [columns, hasFields] = [[...command.by, ...command.columns].map(({ name }) => name), true];
    else if (command.kind === 'fields') {
      add(command.columns.map(({ name }) => name));
      hasFields = true;
    }
  }
  if (hasFields) return columns;
  return [...DEFAULT_COLUMNS, ...commands.flatMap((command) => (command.kind === 'parse' ? namesOf(command) : []))];
}

/** Commands that look at a row alone. */
function stepOf(command: Command): Step[] {
  switch (command.kind) {
    case 'filter': {
      const test = compile(command.test);
      return [(row) => isTrue(test(row))];
    }
    case 'fields':
    case 'display': {
      const made = command.columns.filter(({ expression, name }) => expression.kind !== 'field' || expression.name !== name);
      const values = made.map(({ name, expression }) => ({ name, value: compile(expression) }));
      return [(row) => (values.forEach(({ name, value }) => row.set(name, value(row))), true)];
    }
    case 'parse':
      return [parseStep(command)];
    default:
      return [];
  }
}

type Parse = Extract<Command, { kind: 'parse' }>;

const groupNames = ({ regex }: Parse): string[] =>
  Array.from(regex!.matchAll(/\(\?P?<([A-Za-z][A-Za-z0-9_]*)>/g), ([, name]) => name!);
const namesOf = (command: Parse): readonly string[] =>
  command.glob === undefined && command.names.length === 0 ? groupNames(command) : command.names;

/** Where it does not fit, the fields are not there. */
function parseStep(command: Parse): Step {
  const from = compile(command.from);
  const names = namesOf(command);
  const pattern = compileRegex(command.glob === undefined ? command.regex! : patternOfGlob(command.glob));
  return (row) => {
    const text = textOf(from(row));
    if (text === undefined) return true;
    const matcher = pattern.matcher(text);
    if (!matcher.find()) return true;
    const isNamed = command.glob === undefined && command.names.length === 0;
    names.forEach((name, index) => {
      if (!isNamed && index + 1 > matcher.groupCount()) return;
      const value = isNamed ? matcher.group(name) : matcher.group(index + 1);
      if (value !== null) row.set(name, value);
    });
    return true;
  };
}

/** Each `*` is a field: as little as fits, the last one at the end everything. */
const patternOfGlob = (glob: string): string => {
  const parts = glob.split('*').map((part) => RE2JS.quote(part));
  return `(?s)${parts.reduce((all, part, index) => `${all}${index === parts.length - 1 && part === '' ? '(.*)$' : '(.*?)'}${part}`)}`;
};

/** What a command makes of all rows. */
function transformOf(command: Command, room: Room): (rows: Row[]) => Row[] {
  switch (command.kind) {
    case 'stats':
      return (rows) => {
        const stats = new Stats(command, room);
        rows.forEach((row) => stats.add(row));
        return stats.rows();
      };
    case 'sort': {
      const order = orderOf(command);
      return (rows) => rows.toSorted(order);
    }
    case 'limit':
      return (rows) => rows.slice(0, command.count);
    case 'tail':
      return (rows) => rows.slice(-command.count || rows.length);
    case 'dedup': {
      const key = keyOf(command.columns);
      return (rows) => {
        const seen = new Distinct({ take: () => undefined });
        return rows.filter((row) => {
          const of = key(row);
          return of === undefined || seen.add(of);
        });
      };
    }
    default: {
      const steps = stepOf(command);
      return (rows) => rows.filter((row) => steps.every((step) => step(row)));
    }
  }
}

function orderOf({ keys }: Extract<Command, { kind: 'sort' }>): (a: Row, b: Row) => number {
  const values = keys.map(({ expression, name, isAscending }) => ({
    value: sorted(expression, name),
    sign: isAscending ? 1 : -1,
  }));
  return (a, b) => {
    for (const { value, sign } of values) {
      const [one, other] = [value(a), value(b)];
      // What is not there comes last in either direction.
      const order = one === undefined || other === undefined ? compareValues(one, other) : sign * compareValues(one, other);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** `sort count(*)` names the column that `stats count(*)` made. */
const sorted = (expression: Column['expression'], name: string): Evaluate =>
  expression.kind === 'call' ? (row) => row.get(name) : compile(expression);

/** Undefined: none of the fields is there, and such a row stays. */
function keyOf(columns: readonly Column[]): (row: Row) => string | undefined {
  const values = columns.map(({ expression }) => compile(expression));
  return (row) => {
    const of = values.map((value) => textOf(value(row)) ?? null);
    return of.every((one) => one === null) ? undefined : JSON.stringify(of);
  };
}

const isNewestFirst = ({ keys: [key, ...others] }: Extract<Command, { kind: 'sort' }>): boolean =>
  others.length === 0 && key!.name === '@timestamp' && !key!.isAscending;

const cellsOf = (rows: readonly Row[]): number => rows.reduce((sum, { cells }) => sum + cells, 0);

/** Rows of events, the newest first: as few of them as what follows can show. */
class Collected {
  private kept: Row[] = [];
  private readonly most: number;
  private readonly order: ((a: Row, b: Row) => number) | undefined;
  private readonly key: ((row: Row) => string | undefined) | undefined;
  private readonly seen: Distinct;

  constructor(
    rest: readonly Command[],
    limit: number,
    private readonly room: Room,
  ) {
    this.seen = new Distinct(room);
    const [first, second] = rest;
    const isLast = (from: number) => rest.slice(from).every(({ kind }) => kind === 'fields' || kind === 'display');
    const bound = (at: Command | undefined, behind: number) =>
      at?.kind === 'limit' ? at.count : isLast(behind) ? limit : Infinity;
    if (first?.kind === 'sort') {
      // Events come in this order anyway, so the first of them are enough.
      if (!isNewestFirst(first)) this.order = orderOf(first);
      this.most = bound(second, 1);
    } else if (first?.kind === 'dedup') {
      this.key = keyOf(first.columns);
      this.most = bound(second, 1);
    } else this.most = bound(first, 0);
  }

  get isFull(): boolean {
    return !this.order && this.kept.length >= this.most;
  }

  add(row: Row): void {
    if (this.isFull) return;
    const key = this.key?.(row);
    if (key !== undefined && !this.seen.add(key)) return;
    this.kept.push(row);
    this.room.take(row.cells);
    if (this.order && this.kept.length > 2 * this.most + 1_000) {
      const before = this.kept;
      this.kept = this.rows();
      this.room.take(cellsOf(this.kept) - cellsOf(before));
    }
  }

  rows(): Row[] {
    const rows = this.order ? this.kept.toSorted(this.order) : this.kept;
    return rows.slice(0, this.most);
  }
}
