import { taskOfAgent } from '#lib/ecs/lookup';
import type {
  ContainerDefinition,
  ContainerSecrets,
  EcsState,
  RegistryLogin,
  Task,
  TaskSecretsFailure,
  TaskSecretsReply,
} from '#lib/ecs/model';
import { type Bus, type BusRequest, fromJson, type Subscription, toJson } from '#lib/messaging';
import { agentOfSubject, subjects, type AgentName } from '#lib/names';
import { refusable, type Scope } from '#lib/kernel';
import type { Logger } from '#lib/platform';
import { z } from 'zod';
import { memberOf, type Reference, referenceOf, sealedValueOf } from '../domain/references.js';
import type { SecretsState } from '../domain/state.js';
import type { Vault } from '../vault/vault.js';

/** How long an answer waits for this replica's fold to be current. */
const CAUGHT_UP_TIMEOUT_MS = 2_000;
const QUEUE = 'secrets';

const request = z.object({ taskArn: z.string().max(2_048) });

export interface TaskSecretsDeps {
  readonly bus: Bus;
  readonly tasks: EcsState;
  /** Resolves when the fold of tasks is where the journal was at the call; false when it could not. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly state: SecretsState;
  readonly vault: Vault;
  /** The installation's own registry: what its images begin with, and passwords for it. */
  readonly ownImages?: { readonly host: string; readonly login: (accountId: string) => RegistryLogin };
  readonly logger: Logger;
}

interface Named {
  readonly name?: string;
  readonly valueFrom?: string;
}

/** Ends the gathering: what ECS would say in a task's stoppedReason. */
class Missing extends Error {
  constructor(readonly failure: TaskSecretsFailure) {
    super(failure.why);
  }
}

/**
 * Gives an agent the values that one of its tasks needs, while that task is to run there. The subject proves who asks (an agent's user may
 * publish only on its own); the answer goes to an inbox that nobody else may read. What is needed is read from the task's definition
 * here: an agent can name a task, and nothing that it would like to have.
 */
export class TaskSecrets {
  private subscription: Subscription | undefined;

  constructor(private readonly deps: TaskSecretsDeps) {}

  start(): void {
    this.subscription = this.deps.bus.subscribe(subjects.allTaskSecrets(), (message) => this.take(message), { queue: QUEUE });
  }

  async stop(): Promise<void> {
    await this.subscription?.drain();
  }

  private take(message: BusRequest): void {
    const { instanceId, ...scope } = agentOfSubject(message.subject);
    const answered = async () => {
      const { taskArn } = request.parse(fromJson(message.payload));
      const task = await this.taskOf({ ...scope, instanceId }, taskArn);
      // No answer means: not known to be this instance's task. It asks again.
      if (task) message.respond?.(toJson(await this.answer(task)));
    };
    answered().catch((error: unknown) =>
      this.deps.logger.warn({ err: error, subject: message.subject }, 'an agent could not be given the secrets of a task'),
    );
  }

  private async taskOf(agent: AgentName, taskArn: string): Promise<Task | undefined> {
    const { tasks, caughtUp } = this.deps;
    const find = () => taskOfAgent(tasks, agent, taskArn);
    return find() ?? ((await caughtUp(CAUGHT_UP_TIMEOUT_MS)) ? find() : undefined);
  }

  private async answer(task: Task): Promise<TaskSecretsReply> {
    const definition = this.deps.tasks.taskDefinitions.get(task.taskDefinitionArn);
    try {
      const containers: Record<string, ContainerSecrets> = {};
      for (const container of definition?.containerDefinitions ?? []) containers[container.name] = await this.of(container, task);
      return { containers };
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      return { failure: error.failure };
    }
  }

  private async of(container: ContainerDefinition, task: Task): Promise<ContainerSecrets> {
    const credentials = container.repositoryCredentials as { credentialsParameter?: string } | undefined;
    const logging = container.logConfiguration as { secretOptions?: readonly Named[] } | undefined;
    const registry = credentials?.credentialsParameter;
    const login = registry ? await this.registry(registry, task) : this.ownLogin(container, task);
    return {
      environment: await this.values((container.secrets ?? []) as readonly Named[], task),
      logOptions: await this.values(logging?.secretOptions ?? [], task),
      ...(login ? { registry: login } : {}),
    };
  }

  /** Where the definition brings none of its own. */
  private ownLogin({ image }: ContainerDefinition, { accountId }: Scope): RegistryLogin | undefined {
    const { ownImages } = this.deps;
    return ownImages && image?.startsWith(`${ownImages.host}/`) ? ownImages.login(accountId) : undefined;
  }

  private async values(named: readonly Named[], scope: Scope): Promise<readonly { name: string; value: string }[]> {
    const values: { name: string; value: string }[] = [];
    for (const { name = '', valueFrom = '' } of named) values.push({ name, value: await this.value(valueFrom, scope) });
    return values;
  }

  private async value(valueFrom: string, scope: Scope): Promise<string> {
    const reference = referenceOf(valueFrom, scope);
    const found = refusable(() => sealedValueOf(this.deps.state, reference));
    if ('rejection' in found) {
      const { code, message } = found.rejection;
      throw new Missing(missing(reference, valueFrom, `${code}: ${message}`));
    }
    const text = await this.deps.vault.open(found.ok);
    if (text === undefined) throw new Missing(missing(reference, valueFrom, 'DecryptionFailure: the key of the value is gone.'));
    const jsonKey = reference.of === 'asm' ? reference.jsonKey : undefined;
    const member = memberOf(text, jsonKey);
    if (member !== undefined) return member;
    throw new Missing({ what: OF_ASM, why: `retrieved secret from Secrets Manager did not contain json key ${jsonKey}` });
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html */
  private async registry(credentialsParameter: string, scope: Scope): Promise<{ username: string; password: string }> {
    const text = await this.value(credentialsParameter, scope);
    const [username, password] = [memberOf(text, 'username'), memberOf(text, 'password')];
    if (username !== undefined && password !== undefined) return { username, password };
    throw new Missing({
      what: 'unable to retrieve registry auth from asm',
      why: `the secret ${credentialsParameter} is no JSON object with the members username and password`,
    });
  }
}

/** The ECS agent's words. */
const OF_ASM = 'unable to retrieve secret from asm';
const missing = (reference: Reference, valueFrom: string, why: string): TaskSecretsFailure =>
  reference.of === 'asm'
    ? { what: OF_ASM, why: `failed to fetch secret ${valueFrom} from secrets manager: ${why}` }
    : { what: 'unable to retrieve secrets from ssm', why: `invalid parameters: ${valueFrom}` };
