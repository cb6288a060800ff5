import type { Revision } from './port.js';
import type { JournalName } from '#lib/names';

/** A snapshot by its name: `<journal>/<revision>-<ms since the epoch of its last commit>/…`. */
export interface SnapshotId {
  readonly journal: JournalName;
  readonly revision: Revision;
  readonly atMs: number;
}

export const folderOf = ({ journal, revision, atMs }: SnapshotId): string =>
  `${journal}/${String(revision).padStart(12, '0')}-${atMs}`;

/** What belongs to a snapshot of `journal`: which one, and the rest of the name. */
export function parseName(journal: JournalName, name: string): { id: SnapshotId; file: string } | undefined {
  const [, of, revision, atMs, file] = /^([a-z-]+)\/(\d+)-(\d+)\/(.+)$/.exec(name) ?? [];
  if (of !== journal) return undefined;
  return { id: { journal, revision: Number(revision) as Revision, atMs: Number(atMs) }, file: file! };
}

export const newestFirst = (a: SnapshotId, b: SnapshotId): number => b.revision - a.revision || b.atMs - a.atMs;

const HOUR_MS = 3_600_000;
const LATEST = 3;
const RUNGS: readonly (readonly [everyMs: number, count: number])[] = [
  [HOUR_MS, 24],
  [24 * HOUR_MS, 30],
];

/**
 * Which snapshots to keep: the latest three, then one an hour for a day and one a day for a month, each time the newest of its
 * hour or day. Time travel into the last day replays at most an hour of commits, into the last month at most a day.
 */
export function ladder(ids: readonly SnapshotId[]): ReadonlySet<SnapshotId> {
  const sorted = [...ids].sort(newestFirst);
  const kept = new Set(sorted.slice(0, LATEST));
  const newest = sorted[0];
  if (!newest) return kept;
  for (const [everyMs, count] of RUNGS) {
    const rungs = new Set<number>();
    for (const id of sorted) {
      const rung = Math.floor(id.atMs / everyMs);
      if (rungs.has(rung) || rung <= Math.floor(newest.atMs / everyMs) - count) continue;
      rungs.add(rung);
      kept.add(id);
    }
  }
  return kept;
}
