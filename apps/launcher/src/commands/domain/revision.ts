/** A commit, and its journal where the text names it. */
export interface NamedRevision {
  readonly revision: number;
  readonly journal?: string;
}

const WRITTEN = /^(?:([a-z-]+)(?:\.r|:)|r)?(\d{1,15})(?:\.\d+)?$/;

/** As people have it before them: `42`, `r42`, `ecs.r42` of an as-of path, `ecs:42.3` of an event's id. Undefined for anything else. */
export function revisionIn(text: string): NamedRevision | undefined {
  const [, journal, digits] = WRITTEN.exec(text) ?? [];
  const revision = Number(digits);
  if (!(revision >= 1)) return undefined;
  return journal === undefined ? { revision } : { revision, journal };
}
