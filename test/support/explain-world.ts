import { createEcsStore, type Task } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { explainPlacement, type Explanation, type FailedHost } from '#lib/ecs/explain';
import { type Commit, Fold, type Revision } from '#lib/journal';
import type { ApiContext, ApiReply } from '#lib/messaging';
import { systemClock } from '#lib/platform';
import { Explainer } from '../../apps/state-store/src/explain/explainer.js';
import type { Outcome } from './ecs-world.js';
import { ServiceWorld } from './service-world.js';

/** A world whose past can be read: `explain` on what its journal would hold. */
export class ExplainWorld extends ServiceWorld {
  private readonly explainer = new Explainer(
    { read: (revision) => Promise.resolve(this.commits[revision - 1]) },
    (revision, question) => Promise.resolve({ ...explainPlacement(this.stateAt(revision), question), revision }),
    async (group) => this.failedHost && { group, ...this.failedHost },
  );
  /** What the autoscaler says of the last host of any group. */
  failedHost: Omit<FailedHost, 'group'> | undefined;

  /** What apps do by themselves is not done in a caller's name. */
  override command(name: string, input: unknown, actor = 'state-store', id?: string, caller = this.scope): Outcome {
    const isOwn = actor !== 'state-store' && name !== 'PlaceTasks';
    return super.command(name, input, actor, id, isOwn ? { ...caller, principal: actor } : caller);
  }

  /** The task's essential container ends, and with it the task. */
  containerEnds(task: Task, end: { readonly exitCode?: number; readonly reason?: string }): void {
    this.report(task, 'STOPPED', {
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'web', lastStatus: 'STOPPED', networkBindings: [], healthStatus: 'UNKNOWN', restartCount: 0, ...end }],
    });
  }

  ask(input: object, scope = this.scope): Promise<ApiReply> {
    const context: ApiContext = { ...scope, requestId: 'ask', deadlineAtMs: 10_000, revisions: {} };
    return this.explainer.explain(this.state, { input, context }, new Date(this.now).toISOString());
  }

  async explain(input: object): Promise<Explanation & { readonly text: string }> {
    const reply = await this.ask(input);
    if (!('output' in reply)) throw new Error(JSON.stringify(reply));
    return reply.output as Explanation & { readonly text: string };
  }

  private stateAt(revision: number) {
    const store = createEcsStore();
    const fold = new Fold({ name: 'ecs', journalId: 'world', store, decider: ecs.decider, clock: systemClock });
    this.commits.slice(0, revision).forEach((commit: Commit, i) => fold.apply(commit, (i + 1) as Revision));
    return store.state;
  }
}
