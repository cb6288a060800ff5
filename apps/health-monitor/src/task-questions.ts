import { answerQuery } from '#lib/app';
import { ecs } from '#lib/ecs';
import type { EcsState, ProtectionChange, TaskQuestion, TaskReply } from '#lib/ecs/model';
import { type ApiContext, apiHeaders, type ApiReply, type Bus, fromJson, type SendCommand, toJson } from '#lib/messaging';
import { type AgentName, subjects } from '#lib/names';
import type { Clock, Random } from '#lib/platform';

const ASK_TIMEOUT_MS = 3_000;

export interface TaskQuestionsDeps {
  readonly bus: Pick<Bus, 'request'>;
  readonly state: EcsState;
  readonly journalName: string;
  readonly revision: () => number;
  readonly nowMs: () => number;
  readonly send: SendCommand;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly random: Random;
}

/**
 * What a task asks of itself at its endpoint, by its host's agent. Every answer is an operation's own: there is one rule for it,
 * whoever asks. The caller has made sure that the task is one of the agent's.
 */
export class TaskQuestions {
  constructor(private readonly deps: TaskQuestionsDeps) {}

  /** Undefined: nobody could be asked; it may be asked again. */
  async answer(agent: AgentName, question: TaskQuestion): Promise<TaskReply | undefined> {
    const context = this.contextOf(agent);
    const reply = await this.ask(question, context);
    if ('output' in reply) return { answer: reply.output };
    if (!('rejection' in reply) || reply.rejection.status >= 500) return undefined;
    const { code, message } = reply.rejection;
    return { refused: { code, message } };
  }

  private ask({ taskArn, ...question }: TaskQuestion, context: ApiContext): Promise<ApiReply> | ApiReply {
    switch (question.about) {
      case 'facts':
        return this.query('TaskFacts', { taskArn }, context);
      case 'credentials':
        return this.credentials(taskArn, context);
      case 'protection':
        return question.change
          ? this.protect(taskArn, question.change, context)
          : this.query('GetTaskProtection', { cluster: clusterOf(taskArn), tasks: [taskArn] }, context);
    }
  }

  private query(operation: string, input: object, context: ApiContext): ApiReply {
    return answerQuery(ecs, this.deps.state, operation, { input, context }, new Date(this.deps.nowMs()).toISOString());
  }

  private protect(taskArn: string, change: ProtectionChange, context: ApiContext): Promise<ApiReply> {
    const { requestId, principal, accountId, region, deadlineAtMs } = context;
    const input = { cluster: clusterOf(taskArn), tasks: [taskArn], ...change };
    const operation = 'UpdateTaskProtection';
    return this.deps.send(operation, { id: requestId, requestId, principal, accountId, region, operation, input }, deadlineAtMs);
  }

  /** The state store has the key that they are sealed with. */
  private async credentials(taskArn: string, context: ApiContext): Promise<ApiReply> {
    const outcome = await this.deps.bus.request(subjects.api('longshore', 'IssueTaskCredentials'), toJson({ taskArn }), {
      timeoutMs: ASK_TIMEOUT_MS,
      headers: {
        [apiHeaders.requestId]: context.requestId,
        [apiHeaders.principal]: context.principal,
        [apiHeaders.accountId]: context.accountId,
        [apiHeaders.region]: context.region,
        [apiHeaders.timeout]: String(ASK_TIMEOUT_MS),
        // The task may have been placed a moment ago.
        [apiHeaders.revisions]: JSON.stringify(context.revisions),
      },
    });
    return outcome.outcome === 'reply' ? (fromJson(outcome.payload) as ApiReply) : { unavailable: outcome.outcome };
  }

  private contextOf({ accountId, region, instanceId }: AgentName): ApiContext {
    const { clock, random, journalName, revision } = this.deps;
    return {
      requestId: random.hex(16),
      principal: `agent/${instanceId}`,
      accountId,
      region,
      deadlineAtMs: clock.monotonicMs() + ASK_TIMEOUT_MS,
      revisions: { [journalName]: revision() },
    };
  }
}

/** `…:task/<cluster>/<id>`; in the form without a cluster the id alone finds it in none, and the default one is asked. */
const clusterOf = (taskArn: string): string => /:task\/([^/]+)\//.exec(taskArn)?.[1] ?? 'default';
