import type { Rejection } from '#lib/kernel';

/** A moment of the past: a revision of the journal, or an instant (the last commit at or before it). */
export type Moment = { readonly revision: number } | { readonly instantMs: number };

const REVISION = /^ecs\.r(\d{1,15})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `2026-11-22T11:00:00Z` (UTC when no zone is given), `2026-11-22`, or `ecs.r48213`. */
export function parseMoment(text: string): Moment | { readonly rejection: Rejection } {
  const revision = REVISION.exec(text)?.[1];
  if (revision !== undefined) return { revision: Number(revision) };
  if (INSTANT.test(text)) {
    const zoned = /T/.test(text) && !/(Z|[+-]\d{2}:\d{2})$/.test(text) ? `${text}Z` : text;
    const instantMs = Date.parse(zoned);
    if (!Number.isNaN(instantMs)) return { instantMs };
  }
  const message = `"${text}" is not a moment. Write an instant, as in /as-of/2026-11-22T11:00:00Z, or a revision, as in /as-of/ecs.r48213.`;
  return { rejection: { code: 'InvalidParameterException', message, status: 400 } };
}
