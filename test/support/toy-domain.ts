import { type Command, type Decider, type Decision, type EventContext, type EventRecord, Store, type Table } from '#lib/kernel';

/** A small domain for the journal's tests and benches: accounts with money, no overdraft. */
export interface Account {
  readonly balance: number;
  readonly owner: string;
  /** `<revision>.<index>` of the event that opened it. */
  readonly openedBy?: string;
}

export interface ToyState {
  readonly accounts: Table<Account>;
  readonly totals: Table<{ readonly moves: number }>;
}

export type ToyInput =
  | { readonly open: string; readonly owner: string }
  | { readonly move: string; readonly amount: number }
  | { readonly look: string }
  | { readonly grow: number }
  | { readonly throwIn: 'decide' | 'evolve' | 'check' };

interface Moved {
  readonly name: string;
  readonly amount: number;
}

export const newToyStore = (): Store<ToyState> =>
  new Store<ToyState>({ accounts: { owner: (account) => account.owner }, totals: {} });

const refuse = (message: string): Decision => ({ rejection: { code: 'ClientException', status: 400, message } });
const one = (type: string, data: unknown): Decision => ({ events: [{ type, v: 1, data }] });

function decide(state: ToyState, command: Command): Decision {
  const input = command.input as ToyInput;
  if ('open' in input) {
    if (state.accounts.has(input.open)) return refuse(`${input.open} exists`);
    return one('AccountOpened', { name: input.open, owner: input.owner, note: undefined });
  }
  if ('move' in input) {
    const account = state.accounts.get(input.move);
    if (!account) return refuse(`no account ${input.move}`);
    if (account.balance + input.amount < 0) return refuse(`only ${account.balance} left`);
    return one('MoneyMoved', { name: input.move, amount: input.amount });
  }
  if ('look' in input) return { events: [] };
  if ('grow' in input) return one('Grown', { blob: 'x'.repeat(input.grow) });
  if (input.throwIn === 'decide') throw new Error('decide is broken');
  return one('Thrown', { where: input.throwIn });
}

function evolve(state: ToyState, event: EventRecord, { revision, index }: EventContext): void {
  switch (event.type) {
    case 'AccountOpened': {
      const { name, ...rest } = event.data as { name: string; owner: string };
      return state.accounts.put(name, { balance: 0, openedBy: `${revision}.${index}`, ...rest });
    }
    case 'MoneyMoved': {
      const { name, amount } = event.data as Moved;
      const account = state.accounts.get(name)!;
      state.accounts.put(name, { ...account, balance: account.balance + amount });
      return state.totals.put('all', { moves: (state.totals.get('all')?.moves ?? 0) + 1 });
    }
    case 'Thrown':
      state.totals.put('half-done', { moves: -1 });
      if ((event.data as { where: string }).where === 'evolve') throw new Error('evolve is broken');
  }
}

const KNOWN = new Set(['AccountOpened', 'MoneyMoved', 'Grown', 'Thrown']);

export const toyDecider: Decider<ToyState> = {
  decide,
  evolve,
  reply: (state, command) => {
    const input = command.input as ToyInput;
    const name = 'open' in input ? input.open : 'move' in input ? input.move : 'look' in input ? input.look : '';
    return { balance: state.accounts.get(name)?.balance };
  },
  check: (_state, events) => {
    if (events.some((event) => event.type === 'Thrown')) throw new Error('check found a broken invariant');
  },
  knows: (event) => KNOWN.has(event.type) && event.v === 1,
};

export function toyCommand(id: string, input: ToyInput, caller: Partial<Command> = {}): Command {
  return {
    id,
    name: 'Toy',
    actor: 'gateway',
    principal: 'arn:aws:iam::000000000001:root',
    accountId: '000000000001',
    region: 'here',
    requestId: `request-${id}`,
    operation: 'Toy',
    input,
    ...caller,
  };
}
