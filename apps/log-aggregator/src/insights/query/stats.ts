import { type Aggregate, aggregateOf, type Room } from './aggregates.js';
import { compile, type Evaluate } from './expressions.js';
import { malformed } from './malformed.js';
import type { Command } from './query.js';
import { Row } from './row.js';
import { textOf, type Value } from './values.js';

interface Group {
  readonly by: readonly Value[];
  readonly aggregates: readonly Aggregate[];
}

/** A `stats` command: rows in, one line a group out, at any time. */
export class Stats {
  private readonly groups = new Map<string, Group>();
  private readonly by: readonly { readonly name: string; readonly value: Evaluate }[];
  private readonly columns: readonly { readonly name: string; readonly value: Evaluate }[];
  private readonly makers: ((room: Room) => Aggregate)[] = [];
  private current: Group | undefined;

  constructor(
    { columns, by }: Extract<Command, { kind: 'stats' }>,
    private readonly room: Room,
  ) {
    this.by = by.map(({ name, expression }) => ({ name, value: compile(expression) }));
    // An expression of aggregates (`sum(a) / count(*)`) has a place for each of them.
    this.columns = columns.map(({ name, expression }) => {
      const before = this.makers.length;
      const value = compile(expression, (call) => {
        const make = aggregateOf(call);
        if (!make) return undefined;
        const place = this.makers.push(make) - 1;
        return () => this.current!.aggregates[place]!.result();
      });
      if (this.makers.length === before)
        throw malformed(`stats expects an aggregate function and not ${name}`, { start: 0, end: 0 });
      return { name, value };
    });
  }

  add(row: Row): void {
    const values = this.by.map(({ value }) => value(row));
    const key = JSON.stringify(values.map((value) => textOf(value) ?? null));
    let group = this.groups.get(key);
    if (!group) {
      this.room.take(2 + this.makers.length + key.length / 32);
      group = { by: values, aggregates: this.makers.map((make) => make(this.room)) };
      this.groups.set(key, group);
    }
    for (const aggregate of group.aggregates) aggregate.add(row);
  }

  rows(): Row[] {
    return Array.from(this.groups.values(), (group) => {
      this.current = group;
      const none = Row.ofValues([]);
      return Row.ofValues([
        ...this.by.map(({ name }, index) => [name, group.by[index]] as const),
        ...this.columns.map(({ name, value }) => [name, value(none)] as const),
      ]);
    });
  }
}
