import type { Task } from '../model/task.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { taskSetsOf } from '../services/reconcile/task-sets.js';
import type { Subject } from './find-subject.js';

const ofService = (state: EcsState, service: Service): readonly number[] => [
  ...service.revisions,
  ...[...service.deployments, ...taskSetsOf(state, service)].map(({ startedRevision }) => startedRevision),
];

/** The commits that a subject's story is in; those that they name as causes come on top (`causeRevisions`). */
export function commitsToRead(state: EcsState, subject: Subject): ReadonlySet<number> {
  if ('service' in subject) return new Set(ofService(state, subject.service));
  const { task }: { readonly task: Task } = subject;
  const service = task.replica && state.services.get(task.replica.serviceArn);
  return new Set([...task.revisions, ...(service ? ofService(state, service) : [])]);
}
