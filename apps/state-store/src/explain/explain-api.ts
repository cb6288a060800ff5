import type { EcsState } from '#lib/ecs/model';
import type { PlacementAnswers } from '#lib/ecs/explain';
import type { Fold, Journal } from '#lib/journal';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import type { OwnerQuestions, PastReader } from '#lib/app';
import { type AskGroup, type AskPast, Explainer } from './explainer.js';

/** Of the time that the caller still waits, what a past state may take: without it the rest of the story is told all the same. */
const SHARE_FOR_THE_PAST = 0.6;

/** The newest come first. */
interface ActivityView {
  readonly Description: string;
  readonly StatusCode: string;
  readonly StatusMessage?: string;
  readonly StartTime: string;
  readonly EndTime?: string;
}

/** `Explain` on the live fold; of a past moment on the reader of the past, which has an explainer of its own. */
export class ExplainApi {
  private readonly explainer: Explainer;

  constructor(
    private readonly fold: Fold<EcsState>,
    journal: Pick<Journal, 'read'>,
    private readonly past: PastReader,
    private readonly clock: Clock,
    private readonly questions: Pick<OwnerQuestions, 'ask'>,
  ) {
    this.explainer = new Explainer(journal, this.askPast, this.askGroup);
  }

  explain(request: ApiRequest): Promise<ApiReply> {
    if (request.context.asOf) return this.past.query('Explain', request);
    return this.explainer.explain(this.fold.state, request, new Date(this.fold.nowMs()).toISOString());
  }

  /** Whatever the autoscaler says: without it the rest of the story is told all the same. */
  private readonly askGroup: AskGroup = async (group, { context }) => {
    const about = `activities of the Auto Scaling group ${group}`;
    const input = { AutoScalingGroupName: group, MaxRecords: 20 };
    const question = { service: 'autoscaling', operation: 'DescribeScalingActivities', input, owner: 'the autoscaler', about };
    const answer = await this.questions.ask<{ readonly Activities: readonly ActivityView[] }>(question, new Set(), context);
    const activities = 'output' in answer ? (answer.output?.Activities ?? []) : [];
    const last = activities.find(({ Description }) => Description.startsWith('Launching'));
    return last?.StatusCode === 'Failed'
      ? { group, at: last.EndTime ?? last.StartTime, why: last.StatusMessage ?? '' }
      : undefined;
  };

  private readonly askPast: AskPast = async (revision, question, { context }) => {
    const nowMs = this.clock.monotonicMs();
    const deadlineAtMs = nowMs + (context.deadlineAtMs - nowMs) * SHARE_FOR_THE_PAST;
    const asked = { input: question, context: { ...context, asOf: `ecs.r${revision}`, deadlineAtMs } };
    const reply = await this.past.query('ExplainPlacement', asked);
    if ('output' in reply) return { ...(reply.output as PlacementAnswers), revision };
    const unavailable = 'rejection' in reply ? reply.rejection.message : reply.unavailable;
    return { revision, asked: 0, willing: 0, refusals: [], unavailable };
  };
}
