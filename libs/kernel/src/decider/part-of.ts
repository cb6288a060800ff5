import type { StateTables } from '../tables/state-tables.js';
import type { Domain } from './domain.js';

/** What a fold of a part of a domain's state needs: it answers no command and no query. */
export type FoldedDomain<S> = Pick<Domain<S>, 'journal' | 'schemaVersion' | 'newTables' | 'decider'>;

/**
 * Some tables of a domain's state and the events that change them, for an app that reads no others. It is the same reading of the journal:
 * the domain's own `evolve`, of the events that concern the part; an event that nobody knows still ends the fold. The events must
 * change these tables only and need no others.
 */
export function partOf<S extends object, K extends keyof S & string>(
  domain: Domain<S>,
  tables: readonly K[],
  events: readonly string[],
): FoldedDomain<Pick<S, K>> {
  const { journal, schemaVersion, decider } = domain;
  const concerns = new Set(events);
  const kept = new Set<string>(tables);
  const ignores = (event: { readonly type: string; readonly v: number }): boolean =>
    !concerns.has(event.type) && (decider.knows?.(event) ?? true);
  return {
    journal,
    schemaVersion,
    // The tables are all there, and empty: the part is what the type says.
    newTables: () => wantingOnly(domain.newTables(), kept) as unknown as StateTables<Pick<S, K>>,
    decider: {
      ...decider,
      evolve: (state, event, context) => {
        if (!ignores(event)) decider.evolve(state as S, event, context);
      },
      decide: () => {
        throw new Error(`a part of ${journal} decides nothing`);
      },
      reply: () => {
        throw new Error(`a part of ${journal} replies to nothing`);
      },
      check: () => undefined,
      ignores,
    },
  };
}

const wantingOnly = <S>(tables: StateTables<S>, kept: ReadonlySet<string>): StateTables<S> => ({
  state: tables.state,
  draft: () => tables.draft(),
  cut: () => tables.cut(),
  entries: () => tables.entries(),
  clear: () => tables.clear(),
  wants: (table) => kept.has(table),
  load: (table, entries) => tables.load(table, entries),
});
