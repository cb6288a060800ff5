import { type Bus, type BusRequest, fromJson, type SendCommand, type Subscription, toJson } from '#lib/messaging';
import {
  decodeHostGrant,
  type ContainerInstance,
  type EcsState,
  type RegisterReply,
  type RegisterRequest,
  type StraysReply,
  type StraysRequest,
  type TaskDefinitionPayload,
  type TaskDefinitionRequest,
  type TaskArn,
  type TaskQuestion,
  type TaskReport,
} from '#lib/ecs/model';
import { registrationOfHost } from '#lib/ecs/lookup';
import { type AgentName, type AgentVerb, parseAgentSubject, subjects, token } from '#lib/names';
import type { Clock, Logger, Random } from '#lib/platform';
import type { z } from 'zod';
import { agentMessages, taskReport } from './agent-messages.js';
import { Beats } from './beats.js';
import type { IntakeMetrics } from './intake-metrics.js';
import type { Heartbeats } from './heartbeats.js';
import type { LostCommits } from './lost-commits.js';
import type { ReportGatherer } from './report-gatherer.js';
import type { TaskQuestions } from './task-questions.js';

const SEND_TIMEOUT_MS = 8_000;
/** How long an answer about a stray waits for this replica's fold to be current. */
const CAUGHT_UP_TIMEOUT_MS = 2_000;

export interface IntakeDeps {
  readonly bus: Bus;
  readonly state: EcsState;
  readonly journalId: string;
  /** The time of the newest commit that this replica has folded (ISO-8601). */
  readonly knownAt: () => string;
  /** Resolves when this replica has folded what was in the journal at the moment of the call; false when it could not. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly send: SendCommand;
  readonly gatherer: ReportGatherer;
  readonly heartbeats: Heartbeats;
  readonly questions: TaskQuestions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: IntakeMetrics;
  readonly lostCommits?: LostCommits;
}

/** The replicas share the agents' requests; each hears every heartbeat. */
const QUEUE = 'health-monitor';

type Answer = object | undefined;
/** What the subject proves: which instance speaks, and when it registers, for which cluster. */
type SpokenFor = ReturnType<typeof parseAgentSubject>;
type Answering<Input> = (agent: SpokenFor, input: Input) => Promise<Answer>;

/**
 * What agents say. The subject proves the sender (its NATS user may publish only its own); here is checked that what it speaks
 * of is its own too. No answer means: not known to be true, say it again.
 */
export class Intake {
  private subscriptions: Subscription[] = [];
  private readonly beats = new Beats();

  constructor(private readonly deps: IntakeDeps) {}

  start(): void {
    const on = <Input>(verb: AgentVerb, shape: z.ZodType<Input>, answer: Answering<Input>) =>
      this.deps.bus.subscribe(subjects.allAgents(verb), (message) => this.take(message, shape, answer), { queue: QUEUE });
    const { register, report, taskDefinition, strays, task } = agentMessages;
    this.subscriptions = [
      on('register', register, (agent, input) => this.register(agent, input)),
      on('report', report, (agent, input) => this.report(agent, input)),
      on('task-definition', taskDefinition, (agent, input) => this.taskDefinition(agent, input)),
      on('strays', strays, (agent, input) => this.strays(agent, input)),
      on('task', task, (agent, input) => this.task(agent, input)),
      this.deps.bus.subscribe(subjects.allAgents('heartbeat'), (message) => this.heartbeat(message)),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  private heartbeat(message: BusRequest): void {
    const heard = async () => {
      const read = () => this.read(message, agentMessages.heartbeat);
      const { instanceId, heartbeat } = this.beats.of(message.subject, message.payload, read);
      this.deps.heartbeats.beat(instanceId, heartbeat);
      // Who asks is answered by one replica.
      const reply = message.respond && this.deps.heartbeats.interval();
      if (reply) message.respond!(toJson(reply));
      await this.deps.lostCommits?.heard(instanceId, heartbeat.assigned);
    };
    heard().catch((error: unknown) => this.cannotAnswer(error, message));
  }

  private take<Input>(message: BusRequest, shape: z.ZodType<Input>, answer: Answering<Input>): void {
    const agent = parseAgentSubject(message.subject);
    const answered = async () => {
      const input = this.read(message, shape);
      // Only now: what is no message of an agent is no sign of its life.
      this.deps.heartbeats.heard(agent.instanceId);
      const reply = await answer(agent, input);
      if (reply) message.respond?.(toJson(reply));
    };
    answered().catch((error: unknown) => this.cannotAnswer(error, message));
  }

  private cannotAnswer(error: unknown, { subject }: BusRequest): void {
    this.deps.logger.warn({ err: error, subject }, 'an agent could not be answered');
  }

  private read<Input>({ payload }: BusRequest, shape: z.ZodType<Input>): Input {
    try {
      return shape.parse(fromJson(payload));
    } catch (error) {
      this.deps.metrics?.refused('message');
      throw error;
    }
  }

  private async register(agent: SpokenFor, request: RegisterRequest): Promise<Answer> {
    if (agent.clusterToken !== token(request.cluster))
      return { error: `This agent's user is not for the cluster ${request.cluster}.` };
    const grant = agent.grant === undefined ? undefined : decodeHostGrant(agent.grant);
    if (agent.grant !== undefined && !grant) return { error: 'What this host may say of itself cannot be read.' };
    const { clock, random, journalId, knownAt } = this.deps;
    const requestId = random.hex(16);
    const reply = await this.deps.send(
      'RegisterAgentInstance',
      {
        id: requestId,
        requestId,
        principal: `agent/${agent.instanceId}`,
        accountId: agent.accountId,
        region: agent.region,
        operation: 'RegisterContainerInstance',
        input: { instanceId: agent.instanceId, request, knownAt: knownAt(), ...(grant ? { grant } : {}) },
      },
      clock.monotonicMs() + SEND_TIMEOUT_MS,
    );
    if ('rejection' in reply) {
      this.deps.metrics?.refused('registration');
      return { error: reply.rejection.message };
    }
    if (!('output' in reply)) return undefined;
    const { containerInstanceArn, clusterName } = reply.output as Omit<RegisterReply, 'journalId'>;
    return { containerInstanceArn, clusterName, journalId } satisfies RegisterReply;
  }

  private async report(agent: AgentName, { tasks }: { readonly tasks: readonly unknown[] }): Promise<Answer> {
    const instance = await this.instanceOf(agent);
    return instance && this.deps.gatherer.record(instance, this.readable(tasks, instance));
  }

  private readable(tasks: readonly unknown[], { containerInstanceArn }: ContainerInstance): readonly TaskReport[] {
    return tasks.flatMap((task) => {
      const read = taskReport.safeParse(task);
      if (read.success) return [read.data];
      this.deps.metrics?.refused('report');
      const { taskArn } = (task ?? {}) as { taskArn?: unknown };
      this.deps.logger.warn({ containerInstanceArn, taskArn, err: read.error }, 'what an agent says of a task is no report');
      return [];
    });
  }

  /** A definition that one of the instance's own tasks runs, and no other. */
  private async taskDefinition(agent: AgentName, { taskDefinitionArn }: TaskDefinitionRequest): Promise<Answer> {
    const instance = await this.instanceOf(agent);
    if (!instance) return undefined;
    const { state, caughtUp } = this.deps;
    if (!this.runs(instance, taskDefinitionArn)) await caughtUp(CAUGHT_UP_TIMEOUT_MS);
    const definition = state.taskDefinitions.get(taskDefinitionArn);
    if (!definition || !this.runs(instance, taskDefinitionArn)) return undefined;
    const { digest, family, revision, networkMode, containerDefinitions, volumes, pidMode, ipcMode, cpu, memory } = definition;
    const { taskRoleArn, requiresCompatibilities } = definition;
    return {
      taskDefinitionArn,
      digest,
      family,
      revision,
      networkMode,
      containerDefinitions,
      volumes,
      pidMode,
      ipcMode,
      cpu,
      memory,
      taskRoleArn,
      requiresCompatibilities,
    } satisfies TaskDefinitionPayload;
  }

  /** Of a task of its own, and of no other host's. */
  private async task(agent: AgentName, question: TaskQuestion): Promise<Answer> {
    const instance = await this.instanceOf(agent);
    if (!instance) return undefined;
    const { state, caughtUp, questions } = this.deps;
    const isOwn = () => state.tasks.get(question.taskArn as TaskArn)?.containerInstanceArn === instance.containerInstanceArn;
    if (!isOwn() && !((await caughtUp(CAUGHT_UP_TIMEOUT_MS)) && isOwn())) {
      return { refused: { code: 'ResourceNotFoundException', message: 'This instance has no such task.' } };
    }
    return questions.answer(agent, question);
  }

  private runs(instance: ContainerInstance, taskDefinitionArn: string): boolean {
    for (const task of this.deps.state.tasks.by('instance', instance.containerInstanceArn)) {
      if (task.taskDefinitionArn === taskDefinitionArn) return true;
    }
    return false;
  }

  /** Only a task that the caught-up state does not know as this instance's, or knows as STOPPED, is a stray. */
  private async strays(agent: AgentName, { taskArns }: StraysRequest): Promise<Answer> {
    const { state, caughtUp } = this.deps;
    if (!(await caughtUp(CAUGHT_UP_TIMEOUT_MS))) return undefined;
    const instance = await this.instanceOf(agent);
    if (!instance) return undefined;
    const isStray = (arn: string) => {
      const task = state.tasks.get(arn);
      return !task || task.lastStatus === 'STOPPED' || task.containerInstanceArn !== instance.containerInstanceArn;
    };
    return { stop: taskArns.filter(isStray) } satisfies StraysReply;
  }

  private async instanceOf(agent: AgentName): Promise<ContainerInstance | undefined> {
    const { state, caughtUp } = this.deps;
    const found = registrationOfHost(state, agent, agent.instanceId);
    if (found && found.status !== 'INACTIVE') return found;
    // One that is INACTIVE here may have joined another cluster just now.
    return (await caughtUp(CAUGHT_UP_TIMEOUT_MS)) ? registrationOfHost(state, agent, agent.instanceId) : undefined;
  }
}
