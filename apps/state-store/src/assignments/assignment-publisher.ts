import { type ContainerInstance, type ContainerInstanceArn, type EcsState, instanceIdOf } from '#lib/ecs/model';
import { registrationOfHost } from '#lib/ecs/lookup';
import type { Commit, Fold } from '#lib/journal';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import { Assignments, saysTheSame, touched } from './assignment.js';
import type { AssignmentBucket, StoredAssignment } from './assignment-bucket.js';

/** The writer compares every key with its fold this often: what an event missed, this finds. */
const COMPARE_INTERVAL_MS = 30_000;
/** In so many parts: thousands of keys at once would hold up every reader. */
const COMPARE_PARTS = 150;
const RETRY_PAUSE_MS = 250;
/** So many keys are read or put at the same time; the others wait their turn. */
const MAX_IN_FLIGHT = 64;

/** A host has one key, whichever clusters it was in: what its earlier registrations say does not count. */
const isCurrent = (state: EcsState, instance: ContainerInstance) =>
  registrationOfHost(state, instance, instance.instanceId)?.containerInstanceArn === instance.containerInstanceArn;

/**
 * Keeps the assignments what the fold says, while this replica is the writer. One put in flight per instance, the changes
 * meanwhile coalesced; a generation is never lowered, so a replica that lost the lease without knowing changes nothing.
 */
export class AssignmentPublisher {
  private readonly dirty = new Set<string>();
  private readonly inFlight = new Set<string>();
  private readonly assignments: Assignments;
  /** By instance id, as the keys are. */
  private readonly stored = new Map<string, StoredAssignment>();
  /** Of those, the ones that the bucket has to confirm. */
  private readonly doubted = new Set<string>();
  private readonly comparing: Periodic;
  /** What is still to be compared in this round, how much of it at once, and which part is next. */
  private uncompared: string[] = [];
  private compareAtOnce = 0;
  private part = 0;

  constructor(
    private readonly fold: Fold<EcsState>,
    private readonly bucket: AssignmentBucket,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.comparing = new Periodic(clock, COMPARE_INTERVAL_MS / COMPARE_PARTS, () => this.compareSome(), {
      first: 'after-interval',
    });
    this.assignments = new Assignments(fold.state);
    fold.subscribe((commit) => this.onCommit(commit));
    bucket.onReset(() => this.compareAll());
  }

  /** On promotion. */
  start(): void {
    this.comparing.start();
    this.compareAll();
  }

  /** On losing the lease. Puts in flight end by themselves. */
  pause(): void {
    this.comparing.stop();
    this.dirty.clear();
    this.uncompared = [];
    this.part = 0;
  }

  private onCommit(commit: Commit): void {
    if (!this.comparing.isRunning) return;
    for (const { events } of commit.transactions)
      for (const change of touched(this.fold.state, events)) {
        this.assignments.change(change);
        this.mark(change.containerInstanceArn);
      }
  }

  private compareAll(): void {
    if (!this.comparing.isRunning) return;
    // A writer that is held up may lose its lease and get it back, again and again: what it knows costs less to confirm than to learn anew.
    for (const id of this.stored.keys()) this.doubted.add(id);
    this.assignments.doubt();
    void this.forgetOthers();
    for (const instance of this.fold.state.containerInstances.values()) this.mark(instance.containerInstanceArn);
  }

  /** By what the bucket says, not by what this replica believes of it. */
  private compareSome(): void {
    if (this.part === 0) this.beginRound();
    this.part = (this.part + 1) % COMPARE_PARTS;
    for (const arn of this.uncompared.splice(-this.compareAtOnce)) {
      this.doubted.add(instanceIdOf(arn as ContainerInstanceArn));
      this.assignments.change({ containerInstanceArn: arn });
      this.mark(arn);
    }
  }

  private beginRound(): void {
    const instances = [...this.fold.state.containerInstances.values()];
    this.uncompared = instances.map(({ containerInstanceArn }) => containerInstanceArn);
    this.assignments.keepOnly(new Set(this.uncompared));
    this.compareAtOnce = Math.ceil(instances.length / COMPARE_PARTS);
    const known = new Set<string>(instances.map(({ instanceId }) => instanceId));
    for (const ids of [this.stored, this.doubted]) for (const id of ids.keys()) if (!known.has(id)) ids.delete(id);
    void this.forgetOthers();
  }

  /** Hosts that the fold has forgotten need no key: who registers again gets a new one. */
  private async forgetOthers(): Promise<void> {
    const { state, journalId, revision } = this.fold;
    try {
      for (const id of await this.bucket.ids()) {
        if (state.containerInstances.countBy('instanceId', id) > 0) continue;
        const there = await this.bucket.get(id);
        // That of a newer writer may be of a host that this fold does not know yet.
        const { generation } = there?.assignment ?? {};
        if (!there || !generation || generation.journalId !== journalId || generation.revision > revision) continue;
        if (this.comparing.isRunning && state.containerInstances.countBy('instanceId', id) === 0) await this.remove(id, there);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'assignments of forgotten hosts could not be taken away; the next look tries again');
    }
  }

  private async remove(id: string, { bucketRevision }: StoredAssignment): Promise<void> {
    await this.bucket.remove(id, bucketRevision);
    this.stored.delete(id);
    // It may have come back meanwhile, and its assignment been found unchanged.
    for (const { containerInstanceArn } of this.fold.state.containerInstances.by('instanceId', id))
      this.mark(containerInstanceArn);
  }

  private mark(arn: string): void {
    this.dirty.add(arn);
    this.publishNext();
  }

  private publishNext(): void {
    if (!this.comparing.isRunning) return;
    for (const arn of this.dirty) {
      if (this.inFlight.size >= MAX_IN_FLIGHT) return;
      if (!this.inFlight.has(arn)) void this.publish(arn);
    }
  }

  private async publish(arn: string): Promise<void> {
    this.inFlight.add(arn);
    try {
      while (this.comparing.isRunning && this.dirty.delete(arn)) {
        const instance = this.fold.state.containerInstances.get(arn);
        if (instance && isCurrent(this.fold.state, instance)) await this.putOnce(instance);
      }
    } finally {
      this.inFlight.delete(arn);
      this.publishNext();
    }
  }

  /** What the bucket says. */
  private read(id: string): Promise<StoredAssignment | undefined> {
    const expected = this.stored.get(id)?.assignment;
    this.stored.delete(id);
    this.doubted.delete(id);
    return this.bucket.get(id, expected);
  }

  /** Puts what the fold says now, if the key says something else; what fails is tried again. */
  private async putOnce(instance: ContainerInstance): Promise<void> {
    const { fold } = this;
    const arn = instance.containerInstanceArn;
    const id = instanceIdOf(arn as ContainerInstanceArn);
    try {
      const known = (this.doubted.has(id) ? undefined : this.stored.get(id)) ?? (await this.read(id));
      const wanted = this.assignments.at(instance, fold.journalId, fold.revision);
      const there = known?.assignment;
      if (there && saysTheSame(there, wanted)) return void this.stored.set(id, known);
      if (
        there &&
        there.generation.journalId === wanted.generation.journalId &&
        there.generation.revision > wanted.generation.revision
      ) {
        return; // A newer writer was here.
      }
      if (known && !there)
        this.logger.error({ containerInstance: arn }, 'what is kept as its assignment is none; it is replaced');
      const bucketRevision = await this.bucket.put(id, wanted, known?.bucketRevision ?? 0);
      if (bucketRevision !== undefined) return void this.stored.set(id, { assignment: wanted, bucketRevision });
      this.stored.delete(id);
      this.dirty.add(arn);
    } catch (error) {
      this.logger.warn({ err: error, containerInstance: arn }, 'an assignment could not be put; trying again');
      this.stored.delete(id);
      this.dirty.add(arn);
      await this.clock.sleep(RETRY_PAUSE_MS);
    }
  }
}
