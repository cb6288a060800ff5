import fc from 'fast-check';
import { Store } from './store.js';
import type { Derived, Table } from './table.js';

interface Row {
  readonly owner: string;
  readonly size: number;
}
interface Rows {
  readonly rows: Table<Row>;
}

/** An index of a form of its own: the sizes that there are, in order. */
class Largest implements Derived<Row> {
  private readonly all: number[] = [];

  sizes(): readonly number[] {
    return [...this.all].sort((a, b) => b - a);
  }

  add(_key: string, { size }: Row): void {
    this.all.push(size);
  }

  remove(_key: string, { size }: Row): void {
    this.all.splice(this.all.indexOf(size), 1);
  }

  replace(key: string, before: Row, after: Row): void {
    this.remove(key, before);
    this.add(key, after);
  }
}

const newStore = () =>
  new Store<Rows>({
    rows: {
      owner: (row) => row.owner,
      big: { of: (row) => (row.size > 5 ? 'yes' : undefined), same: (a, b) => a.size > 5 === b.size > 5 },
      both: { of: (row) => [row.owner, 'all'], same: (a, b) => a.owner === b.owner },
      largest: { derive: () => new Largest() },
      total: { of: (row) => [row.owner, 'all'], same: (a, b) => a.owner === b.owner, amount: (row) => row.size },
    },
  });

type Step = readonly ['put', string, Row] | readonly ['delete', string];
const key = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('put' as const), key, fc.record({ owner: fc.constantFrom('x', 'y'), size: fc.nat(10) })),
  fc.tuple(fc.constant('delete' as const), key),
);
const steps = fc.array(step, { maxLength: 20 });

const run = (table: Table<Row>, list: readonly Step[]) => {
  for (const [kind, at, row] of list) {
    if (kind === 'put') table.put(at, row!);
    else table.delete(at);
  }
};

/** Everything that can be read from a table. */
const seen = ({ rows }: Rows) => ({
  size: rows.size,
  entries: [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)),
  byOwner: ['x', 'y'].map((owner) => [...rows.by('owner', owner)].map((row) => JSON.stringify(row)).sort()),
  big: rows.countBy('big', 'yes'),
  owned: rows.countBy('owner', 'x'),
  pages: [undefined, '', 'a', 'bb', 'd'].map((after) => [...rows.ordered('both', 'all', after)]),
  ownPage: [...rows.ordered('both', 'x', 'a')],
  largest: (rows.derived('largest') as Largest).sizes(),
  sums: ['x', 'y', 'all', 'nobody'].map((owner) => rows.sumBy('total', owner)),
});

describe('a table', () => {
  it('gives its entries in the order of their keys, and sums, whatever came and went before and after the first page', () => {
    const many = fc.array(fc.tuple(fc.boolean(), fc.nat(2_000), fc.nat(10)), { maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(many, many, fc.nat(2_000), (before, since, from) => {
        const { rows } = newStore().state;
        const model = new Map<string, Row>();
        const play = (list: readonly (readonly [boolean, number, number])[]) => {
          for (const [isPut, n, size] of list) {
            const row = { owner: n % 2 ? 'x' : 'y', size };
            if (isPut) rows.put(String(n), row);
            else rows.delete(String(n));
            if (isPut) model.set(String(n), row);
            else model.delete(String(n));
          }
        };
        const expectPages = () => {
          const keys = [...model.keys()].sort();
          expect([...rows.ordered('both', 'all')]).toEqual(keys.map((key) => model.get(key)));
          const behind = keys.filter((key) => key > String(from));
          expect([...rows.ordered('both', 'all', String(from))]).toEqual(behind.map((key) => model.get(key)));
          const sum = [...model.values()].reduce((total, { size }) => total + size, 0);
          expect(rows.sumBy('total', 'all')).toBe(sum);
        };
        play(before);
        expectPages();
        play(since);
        expectPages();
      }),
      { numRuns: 30 },
    );
  });
});

describe('a draft', () => {
  it('shows what the store would show with its changes made, and leaves the store alone', () => {
    fc.assert(
      fc.property(steps, steps, (before, changes) => {
        const [store, expected] = [newStore(), newStore()];
        run(store.state.rows, before);
        run(expected.state.rows, [...before, ...changes]);
        const untouched = seen(store.state);
        const draft = store.draft();
        run(draft.state.rows, changes);
        expect(seen(draft.state)).toEqual(seen(expected.state));
        expect(seen(store.state)).toEqual(untouched);
        draft.apply();
        expect(seen(store.state)).toEqual(seen(expected.state));
      }),
    );
  });

  it('forgets a failed command and nothing else when it rolls back to a savepoint', () => {
    fc.assert(
      fc.property(steps, steps, steps, steps, (before, kept, failed, later) => {
        const [store, expected] = [newStore(), newStore()];
        run(store.state.rows, before);
        run(expected.state.rows, [...before, ...kept, ...later]);
        const draft = store.draft();
        run(draft.state.rows, kept);
        const savepoint = draft.savepoint();
        run(draft.state.rows, failed);
        draft.rollbackTo(savepoint);
        run(draft.state.rows, later);
        expect(seen(draft.state)).toEqual(seen(expected.state));
      }),
    );
  });

  it('names an index that does not exist', () => {
    expect(() => [...newStore().draft().state.rows.by('colour', 'red')]).toThrow('no index named colour');
  });
});
