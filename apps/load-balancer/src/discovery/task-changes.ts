import type { EcsState } from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';

interface Data {
  readonly taskArn?: string;
  readonly serviceArn?: string;
}

/**
 * When something of a registry's tasks changed last, by the revision of `ecs`: what DiscoverInstancesRevision answers. A registry of which
 * nothing was heard since the start may have changed up to then. So the number rises with each change, and at most once more with
 * a change of the replica that is asked.
 */
export class TaskChanges {
  private readonly revisions = new Map<string, number>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly ecs: Pick<Fold<EcsState>, 'state' | 'revision' | 'startHead' | 'subscribe'>) {}

  start(): void {
    this.unsubscribe = this.ecs.subscribe((commit, revision) => this.note(commit, revision));
  }

  stop(): void {
    this.unsubscribe?.();
  }

  readonly revisionOf = (registryArn: string): number => this.revisions.get(registryArn) ?? this.ecs.startHead ?? 0;

  private note(commit: Commit, revision: number): void {
    const { tasks, services } = this.ecs.state;
    for (const { events } of commit.transactions) {
      for (const { data } of events) {
        const { taskArn, serviceArn } = data as Data;
        const task = taskArn === undefined ? undefined : tasks.get(taskArn);
        const service = services.get(task?.replica?.serviceArn ?? serviceArn ?? '');
        for (const { serviceRegistries = [] } of service?.deployments ?? []) {
          for (const { registryArn } of serviceRegistries) this.revisions.set(registryArn, revision);
        }
      }
    }
  }
}
