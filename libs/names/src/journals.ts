/** The journals, each owned by one app: a stream, a lease, snapshots and a fold each. A revision vector has a member a journal. */
export const JOURNALS = ['ecs', 'load-balancing', 'scaling', 'logging', 'secrets', 'network', 'registry'] as const;
export type JournalName = (typeof JOURNALS)[number];
