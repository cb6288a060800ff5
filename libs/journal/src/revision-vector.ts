import type { RevisionVector } from './port.js';
import type { JournalName } from '#lib/names';

/** The least vector that covers both. */
export function mergeRevisions(a: RevisionVector, b: RevisionVector): RevisionVector {
  const merged = { ...a };
  for (const [journal, revision] of Object.entries(b) as [JournalName, NonNullable<RevisionVector[JournalName]>][])
    if ((merged[journal] ?? 0) < revision) merged[journal] = revision;
  return merged;
}
