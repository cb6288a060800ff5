import type { EventContext, EventRecord } from '#lib/kernel';
import type { EcsState } from '../model/state.js';

/**
 * Which commits an entity's story is in: the index that makes the journal readable by task and by service. The first ones (who
 * asked for it) stay, of the others the newest.
 */
const KEPT_FIRST = { task: 4, service: 1 } as const;
const KEPT = { task: 20, service: 50 } as const;

/** The list with `revision` in it; the same list when it is there already. */
export function withRevision(revisions: readonly number[], revision: number, of: keyof typeof KEPT = 'task'): readonly number[] {
  if (revisions.at(-1) === revision) return revisions;
  if (revisions.length < KEPT[of]) return [...revisions, revision];
  const first = KEPT_FIRST[of];
  return [...revisions.slice(0, first), ...revisions.slice(first + 1), revision];
}

/** After the evolver: every event that names a service belongs to its story. (Tasks are too many for a second put an event.) */
export function noteService(state: EcsState, { data }: EventRecord, { revision }: EventContext): void {
  const { serviceArn } = data as { readonly serviceArn?: string };
  const service = serviceArn === undefined ? undefined : state.services.get(serviceArn);
  if (!service) return;
  const revisions = withRevision(service.revisions, revision, 'service');
  if (revisions !== service.revisions) state.services.put(service.serviceArn, { ...service, revisions });
}
