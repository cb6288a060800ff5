import type { Task } from '../model/entities.js';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { Subject } from './find-subject.js';

const ofService = ({ revisions, deployments }: Service): readonly number[] => [
  ...revisions,
  ...deployments.map(({ startedRevision }) => startedRevision),
];

/** The commits that a subject's story is in; those that they name as causes come on top (`causeRevisions`). */
export function commitsToRead(state: EcsState, subject: Subject): ReadonlySet<number> {
  if ('service' in subject) return new Set(ofService(subject.service));
  const { task }: { readonly task: Task } = subject;
  const service = task.replica && state.services.get(task.replica.serviceArn);
  return new Set([...task.revisions, ...(service ? ofService(service) : [])]);
}
