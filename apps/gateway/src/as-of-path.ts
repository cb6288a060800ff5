/**
 * `http://host:4566/as-of/2026-11-22T11:00:00Z` and `…/as-of/ecs.r48213` are endpoints that answer from the past. A path prefix,
 * because every unmodified client can be given an endpoint URL.
 */
export type EndpointPath =
  /** `asOf`: an ISO instant with milliseconds, or `<journal>.r<revision>`. `rest` starts with a slash. */
  { readonly rest: string; readonly asOf?: string } | { readonly badAsOf: string; readonly rest: string };

const REVISION = /^[a-z][a-z-]{0,30}\.r[1-9]\d{0,14}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export function endpointPath(path: string): EndpointPath {
  const prefixed = /^\/as-of(?:\/([^/]*)(\/.*)?)?$/s.exec(path);
  if (!prefixed) return { rest: path };
  const rest = prefixed[2] ?? '/';
  const moment = decoded(prefixed[1] ?? '');
  if (REVISION.test(moment)) return { rest, asOf: moment };
  const at = INSTANT.test(moment) ? new Date(moment) : undefined;
  return at && !Number.isNaN(at.getTime()) ? { rest, asOf: at.toISOString() } : { rest, badAsOf: moment.slice(0, 100) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    // Not percent-encoding at all: then it is no moment either.
    if (error instanceof URIError) return segment;
    throw error;
  }
}
