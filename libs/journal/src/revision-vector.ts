import type { JournalName, RevisionVector } from './port.js';

/** The least vector that covers both. */
export function mergeRevisions(a: RevisionVector, b: RevisionVector): RevisionVector {
  const merged = { ...a };
  for (const [journal, revision] of Object.entries(b) as [JournalName, NonNullable<RevisionVector[JournalName]>][])
    if ((merged[journal] ?? 0) < revision) merged[journal] = revision;
  return merged;
}

/** Whether a state folded as far as `folded` includes everything that `wanted` saw. */
export function coversRevisions(folded: RevisionVector, wanted: RevisionVector): boolean {
  return (Object.entries(wanted) as [JournalName, number][]).every(([journal, revision]) => (folded[journal] ?? 0) >= revision);
}
