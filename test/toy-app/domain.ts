import {
  type CommandRule,
  type CommandRules,
  type Decider,
  deciderOf,
  type Domain,
  type EventRecord,
  type PublicEvents,
  type QueryRule,
  refuse,
  type Scope,
  scopeKey,
  Store,
  type Table,
} from '#lib/kernel';
import type { JournalName } from '#lib/names';

/** A real journal has a row in `JOURNALS`, and the app that owns it one in `APPS`. */
const JOURNAL = 'toy' as JournalName;

interface Counter extends Scope {
  readonly name: string;
  readonly value: number;
  /** The commits that its story is in. */
  readonly revisions: readonly number[];
}
export interface ToyState {
  readonly counters: Table<Counter>;
}

interface ToyEvents {
  CounterCounted: Scope & { readonly name: string; readonly by: number };
}

const keyOf = (scope: Scope, name: string) => `${scopeKey(scope)}/${name}`;

const count: CommandRule<ToyState, EventRecord, { name: string; by: number }> = {
  actors: ['toy'],
  decide(state, { name, by }, { accountId, region }) {
    const value = state.counters.get(keyOf({ accountId, region }, name))?.value ?? 0;
    if (value + by < 0) throw refuse('InvalidParameterException', `${name} is at ${value}: it cannot go down by ${-by}.`);
    return [{ type: 'CounterCounted', v: 2, data: { accountId, region, name, by } }];
  },
  reply: (state, { name }, _events, caller) => ({ value: state.counters.get(keyOf(caller, name))!.value }),
};

const describeCounter: QueryRule<ToyState, { name: string }> = (state, { name }, caller) => {
  const counter = state.counters.get(keyOf(caller, name));
  if (!counter) throw refuse('ResourceNotFoundException', `There is no counter ${name}.`);
  return { name, value: counter.value };
};

export const decider: Decider<ToyState> = deciderOf<ToyState, ToyEvents>({
  commands: { Count: count } as CommandRules<ToyState, EventRecord>,
  evolvers: {
    CounterCounted: (state, { name, by, accountId, region }, { revision }) => {
      const key = keyOf({ accountId, region }, name);
      const { value, revisions } = state.counters.get(key) ?? { value: 0, revisions: [] };
      state.counters.put(key, { accountId, region, name, value: value + by, revisions: [...revisions, revision] });
    },
  },
  // Version 1 counted by one.
  upcasts: { CounterCounted: [(data: object) => ({ ...data, by: 1 })] },
  invariants: (state) => {
    for (const { name, value } of state.counters.values()) if (value < 0) throw new Error(`${name} is below zero`);
  },
});

export const toy: Domain<ToyState> = {
  journal: JOURNAL,
  schemaVersion: 1,
  newTables: () => new Store<ToyState>({ counters: { scope: (counter) => scopeKey(counter) } }),
  decider,
  queries: { DescribeCounter: describeCounter },
};

/** Every count is public. */
export const toyEvents: PublicEvents<ToyState, Counter> = {
  detailTypes: ['Counter Counted'],
  noting: (base, note) => ({
    ...base,
    evolve(state, event, context) {
      base.evolve(state, event, context);
      const { name, ...scope } = event.data as ToyEvents['CounterCounted'];
      note(context, [state.counters.get(keyOf(scope, name))!]);
    },
  }),
  ownerOf: (counter) => counter,
  subjectOf: ({ name }) => ({ detailType: 'Counter Counted', resource: `counter/${name}` }),
  render: ({ name, value, accountId, region }, { revision, index, at }) => ({
    version: '0',
    id: `${JOURNAL}:${revision}.${index}`,
    'detail-type': 'Counter Counted',
    source: 'toy',
    account: accountId,
    time: at,
    region,
    resources: [`counter/${name}`],
    detail: { name, value },
  }),
};

/** What `explain` needs of the state: which commits to read. */
export const revisionsOf = (state: ToyState, scope: Scope, name: string): readonly number[] =>
  state.counters.get(keyOf(scope, name))?.revisions ?? [];
