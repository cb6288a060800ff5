import type { AssignmentText, FoundAssignment } from '#lib/ecs/model';

export interface StoredAssignment {
  /** Undefined: what is there is no assignment, and is replaced. */
  readonly assignment: FoundAssignment | undefined;
  /** The bucket's revision of the key: what the next put has to name. */
  readonly bucketRevision: number;
}

/** One key an instance. Memory storage: whatever is lost is written again from the fold. */
export interface AssignmentBucket {
  /** `expected`: what is likely there; the same then comes back without being read anew. */
  get(instanceId: string, expected?: FoundAssignment): Promise<StoredAssignment | undefined>;
  /** Stores when the key is still at `previous` (0: absent). Returns the new bucket revision, or undefined on a conflict. Throws when the bucket is out of reach. */
  put(instanceId: string, assignment: AssignmentText, previous: number): Promise<number | undefined>;
  /** The instances that have a key. */
  ids(): Promise<readonly string[]>;
  /** Takes the key away unless it has changed since `bucketRevision`. */
  remove(instanceId: string, bucketRevision: number): Promise<void>;
  /** Called after the bucket may have lost its contents (reconnect, server restart). */
  onReset(listener: () => void): void;
}
