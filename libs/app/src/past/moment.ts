import type { Rejection } from '#lib/kernel';
import { JOURNALS, type JournalName } from '#lib/names';

/** A moment of the past: a revision of the journal, or an instant (the last commit at or before it). */
export type Moment = { readonly revision: number } | { readonly instantMs: number };

const REVISION = /^([a-z-]+)\.r(\d{1,15})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * `2026-11-22T11:00:00Z` (UTC when no zone is given), `2026-11-22`, or `ecs.r48213`. An instant is one in every journal; a revision is
 * one of its own journal's, and says nothing about the others.
 */
export function parseMoment(text: string, journal: JournalName): Moment | { readonly rejection: Rejection } {
  const [, named, revision] = REVISION.exec(text) ?? [];
  if (named === journal) return { revision: Number(revision) };
  if (JOURNALS.some((name) => name === named)) {
    return refusal(`"${text}" is a revision of the ${named} journal, and this is answered from ${journal}: give an instant.`);
  }
  if (INSTANT.test(text)) {
    const zoned = /T/.test(text) && !/(Z|[+-]\d{2}:\d{2})$/.test(text) ? `${text}Z` : text;
    const instantMs = Date.parse(zoned);
    if (!Number.isNaN(instantMs)) return { instantMs };
  }
  const message = `"${text}" is not a moment. Write an instant, as in /as-of/2026-11-22T11:00:00Z, or a revision, as in /as-of/${journal}.r48213.`;
  return refusal(message);
}

const refusal = (message: string) => ({ rejection: { code: 'InvalidParameterException', message, status: 400 } });
