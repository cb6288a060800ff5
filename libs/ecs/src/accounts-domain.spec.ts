import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commit, Fold, type Revision, UnknownEventError, upcastCommit } from '#lib/journal';
import type { FoldedDomain } from '#lib/kernel';
import { systemClock } from '#lib/platform';
import { ecs, ecsAccounts } from './index.js';

const RECORDED = join(import.meta.dirname, '../../../test/recorded');
const journals = readdirSync(RECORDED).filter((name) => name.endsWith('.journal.json'));
const TABLES = ['accounts', 'accessKeys', 'accountSettings', 'iamRoles', 'iamPolicies'];

function folded<S>(domain: FoldedDomain<S>, commits: readonly Commit[]) {
  const { journal: name, decider } = domain;
  const fold = new Fold({ name, journalId: commits[0]!.journalId, store: domain.newTables(), decider, clock: systemClock });
  commits.forEach((commit, i) => fold.apply(upcastCommit(commit, decider), (i + 1) as Revision));
  const tables = Object.fromEntries([...fold.store.entries()].map(([table, entries]) => [table, [...entries]]));
  return { fold, tables };
}

describe('the accounts of ecs', () => {
  it.each(journals)('are in %s what the whole state says', (name) => {
    const commits = JSON.parse(readFileSync(join(RECORDED, name), 'utf8')) as Commit[];
    const [whole, part] = [folded(ecs, commits), folded(ecsAccounts, commits)];
    expect(part.fold.revision).toBe(whole.fold.revision);
    expect(part.fold.atMs).toBe(whole.fold.atMs);
    for (const table of Object.keys(part.tables))
      expect(part.tables[table]).toEqual(TABLES.includes(table) ? whole.tables[table] : []);
  });

  it('end the fold on an event that this version does not know, whatever it is about', () => {
    const commits = JSON.parse(readFileSync(join(RECORDED, journals[0]!), 'utf8')) as Commit[];
    const transaction = commits.find(({ transactions }) => transactions.length > 0)!.transactions[0]!;
    const later = { ...transaction, events: [{ type: 'TaskPlaced', v: 99, data: {} }] };
    expect(() => folded(ecsAccounts, [{ ...commits[0]!, transactions: [later] }])).toThrow(UnknownEventError);
  });

  it('want their own tables of a snapshot only', () => {
    const store = ecsAccounts.newTables();
    const all = ecs
      .newTables()
      .cut()
      .map(({ table }) => table);
    expect(all.filter((table) => store.wants(table)).sort()).toEqual([...TABLES].sort());
  });
});
