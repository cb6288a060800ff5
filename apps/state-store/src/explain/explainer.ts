import { type AccountId, refusable, type Region, scopeKey } from '#lib/kernel';
import {
  causeRevisions,
  commitsToRead,
  concernsTask,
  eventOf,
  type ExplainInput,
  explainService,
  explainTask,
  type FailedHost,
  type Explanation,
  findSubject,
  type PlacementAnswers,
  type PlacementQuestion,
  questionOf,
  renderExplanation,
  type Subject,
  told,
  toldOfService,
} from '#lib/ecs/explain';
import { type EcsState, groupNameOf, type Task, waitsForCapacity } from '#lib/ecs/model';
import type { Commit, Journal, Revision } from '#lib/journal';
import type { ApiReply, ApiRequest } from '#lib/messaging';

/** Asks the container instances as they were at a revision: the basis that a placement was planned on. */
export type AskPast = (revision: number, question: PlacementQuestion, request: ApiRequest) => Promise<PlacementAnswers>;

/** What became of the last host that the group was to get, where that failed. */
export type AskGroup = (group: string, request: ApiRequest) => Promise<FailedHost | undefined>;

/** Tells the story of a task or a service: the state says which commits it is in, the journal what they say. */
export class Explainer {
  constructor(
    private readonly journal: Pick<Journal, 'read'>,
    private readonly askPast: AskPast,
    /** Undefined: of a past moment nobody else can be asked. */
    private readonly askGroup?: AskGroup,
  ) {}

  /** `at`: the instant that the state stands for. */
  async explain(state: EcsState, request: ApiRequest, at: string): Promise<ApiReply> {
    const { context, input } = request;
    const scope = { accountId: context.accountId as AccountId, region: context.region as Region };
    const found = refusable(() => findSubject(state, scope, input as ExplainInput));
    if ('rejection' in found) return found;
    const explanation = await this.explanationOf(state, found.ok, request, at);
    return { output: { ...explanation, text: renderExplanation(explanation) } };
  }

  private async explanationOf(state: EcsState, subject: Subject, request: ApiRequest, at: string): Promise<Explanation> {
    const commits = await this.read(commitsToRead(state, subject));
    if ('service' in subject) {
      const { service } = subject;
      await this.readMore(commits, causeRevisions(toldOfService(commits, service.serviceArn)));
      return explainService({ state, service, at, commits });
    }
    const { task } = subject;
    await this.readMore(commits, causeRevisions(told(commits, concernsTask(task.taskArn))));
    const placement = await this.placementOf(task, commits, request);
    const failedHost = await this.failedHostOf(state, task, request);
    return explainTask({ state, task, at, commits, ...(placement ? { placement } : {}), ...(failedHost ? { failedHost } : {}) });
  }

  /** What the container instances said when the task was planned; undefined when its commit does not tell. */
  private async placementOf(
    task: Task,
    commits: ReadonlyMap<number, Commit>,
    request: ApiRequest,
  ): Promise<PlacementAnswers | undefined> {
    for (const { events, transaction } of told(commits, concernsTask(task.taskArn))) {
      const placed = eventOf(events, 'TaskPlaced');
      const { basisRevision } = transaction;
      if (placed && basisRevision) return this.askPast(basisRevision, questionOf(placed), request);
    }
    return undefined;
  }

  private async failedHostOf(state: EcsState, task: Task, request: ApiRequest): Promise<FailedHost | undefined> {
    if (!this.askGroup || !waitsForCapacity(task)) return undefined;
    const provider = [...state.capacityProviders.by('scope', scopeKey(task))].find(
      ({ name }) => name === task.capacityProviderName,
    );
    return provider && this.askGroup(groupNameOf(provider.autoScalingGroupProvider.autoScalingGroupArn), request);
  }

  private async read(revisions: Iterable<number>): Promise<Map<number, Commit>> {
    const commits = new Map<number, Commit>();
    await this.readMore(commits, revisions);
    return commits;
  }

  private async readMore(commits: Map<number, Commit>, revisions: Iterable<number>): Promise<void> {
    const missing = [...new Set(revisions)].filter((revision) => !commits.has(revision));
    const read = await Promise.all(missing.map((revision) => this.journal.read(revision as Revision)));
    missing.forEach((revision, i) => {
      const commit = read[i];
      if (commit) commits.set(revision, commit);
    });
  }
}
