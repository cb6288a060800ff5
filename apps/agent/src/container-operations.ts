import { hashId } from '#lib/kernel';
import type { ContainerDefinition, ContainerSecrets, TaskDefinitionPayload } from '#lib/ecs/model';
import { containerSpec, type ContainerSpec, dynamicMappings, fixedPorts, logProblem } from './domain/container-spec.js';
import { withFirelens } from './firelens/domain/firelens-spec.js';
import { isRouted, logRouterOf } from './firelens/domain/firelens-task.js';
import { routerConfig, routerProblem } from './firelens/domain/router-config.js';
import type { FirelensFiles } from './firelens/firelens-files.js';
import { MAX_PORT_ATTEMPTS, type PortLedger } from './domain/port-ledger.js';
import type { Operation } from './domain/operation.js';
import type { Observation } from './domain/task-engine.js';
import type { ContainerRecord, TaskRecord } from './domain/task-record.js';
import type { ControlPlane } from './control-plane.js';
import { taskLimits } from './control-groups/domain/task-limits.js';
import { CONTROL_GROUP, type TaskGroups } from './control-groups/task-groups.js';
import { PAUSE } from './domain/pause-spec.js';
import { TaskNetworkHolder, type TaskNetworkHolderDeps } from './task-network.js';
import type { HostLimits } from './host-limits.js';
import type { ContainerRuntime, ImagePuller } from './ports.js';
import { TaskSecrets, type TaskSecretsDeps } from './task-secrets.js';
import { UNTOLD, withoutValues } from './domain/untold.js';
import { withSecrets } from './domain/with-secrets.js';

export interface ContainerOperationsDeps extends TaskSecretsDeps, Omit<TaskNetworkHolderDeps, keyof TaskSecretsDeps> {
  readonly controlPlane: Pick<ControlPlane, 'taskSecrets' | 'taskNetwork'>;
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly ports: PortLedger;
  readonly hostLimits: HostLimits;
  /** On hosts where a task's containers can be held to its limits together. */
  readonly groups?: TaskGroups;
  readonly instanceId: string;
  /** Where published ports listen; the first is reported. */
  readonly addresses: readonly string[];
  /** Asked by containers that name no DNS servers of their own. */
  readonly dnsServers?: readonly string[];
  readonly shipsAllLogs?: boolean;
  /** Where log routers find what they need, on hosts that have such a place. */
  readonly firelens?: Pick<FirelensFiles, 'directoryOf' | 'prepare' | 'remove'>;
  /** Where tasks are told of themselves, on hosts that have such a place. */
  readonly endpoint?: {
    environmentOf(
      definition: TaskDefinitionPayload,
      taskArn: string,
      container: Pick<ContainerDefinition, 'name' | 'environment'>,
    ): Readonly<Record<string, string>>;
  };
}

/** The task as it is at the moment; operations read it when they begin. */
export interface Subject {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionPayload | undefined;
}

/**
 * The same for the same task and part, so that a retried create finds what the first one made. The journal is in it, because two
 * installations that share an engine may have the same task ARN: account, region, cluster and client token make it.
 */
export const hexOf =
  ({ journalId, taskArn }: Pick<TaskRecord, 'journalId' | 'taskArn'>) =>
  (part: string) =>
    hashId(journalId, taskArn, part).slice(0, 20);

/** Who holds a host port in the ledger. */
export const holderOf = (taskArn: string, container: string): string => `${taskArn} ${container}`;

/** Carries out the engine's operations on one task's containers; each ends as an observation, in ECS's words when it failed. */
export class ContainerOperations {
  private readonly pulls = new Map<string, AbortController>();
  private readonly secrets: TaskSecrets;
  private readonly network: TaskNetworkHolder;

  constructor(
    private readonly deps: ContainerOperationsDeps,
    private readonly subject: () => Subject,
  ) {
    this.secrets = new TaskSecrets(deps, subject);
    this.network = new TaskNetworkHolder(deps, subject, (part) => hexOf(subject().task)(part));
  }

  async perform(operation: Operation): Promise<Observation | undefined> {
    const observation = await this.carryOut(operation);
    return observation && 'reason' in observation ? { ...observation, reason: await this.told(observation.reason) } : observation;
  }

  /** Why something failed, as others may hear it: it is reported, and stays in the journal. */
  async told(reason: string): Promise<string> {
    const values = await this.secrets.values();
    return values ? withoutValues(reason, values) : UNTOLD;
  }

  private async carryOut(operation: Operation): Promise<Observation | undefined> {
    switch (operation.kind) {
      case 'look':
        return this.look(operation.container);
      case 'pull':
        return this.pull(operation.container);
      case 'create':
        return this.create(operation.container);
      case 'start':
        return operation.container === PAUSE ? this.network.start() : this.start(operation.container);
      case 'stop':
        await this.deps.runtime.stop(this.containerRecord(operation.container).runtimeId!, operation.graceMs!);
        return this.look(operation.container);
      case 'network':
        return this.network.make();
      case 'release-network':
        return this.network.release();
    }
  }

  async look(container: string): Promise<Observation | undefined> {
    if (container === PAUSE) return this.network.look();
    const { runtimeId } = this.containerRecord(container);
    if (runtimeId === undefined) return undefined;
    const snapshot = await this.deps.runtime.inspect(runtimeId);
    return snapshot ? { kind: 'snapshot', container, snapshot } : { kind: 'gone', container };
  }

  /** Of the task as a whole: a container that need not run would let the others run without it. */
  private async refused(container: string): Promise<Observation | undefined> {
    const refusal = await this.deps.hostLimits.refusal(this.subject().definition!);
    return refusal === undefined ? undefined : { kind: 'failed', container, reason: `${FAILURES.create}: ${refusal}` };
  }

  private async pull(container: string): Promise<Observation | undefined> {
    const abort = new AbortController();
    this.pulls.set(container, abort);
    try {
      const refused = await this.refused(container);
      if (refused) return refused;
      abort.signal.throwIfAborted();
      const secrets = await this.secrets.get();
      abort.signal.throwIfAborted();
      if (secrets === 'not needed any more') return undefined;
      if ('failure' in secrets) return { kind: 'not-initialized', reason: secrets.failure };
      const login = secrets.containers[container]?.registry;
      const pulled = await this.deps.puller.pull(this.containerDefinition(container).image, abort.signal, login);
      if (pulled.outcome === 'ready') return { kind: 'pulled', container, imageDigest: pulled.imageDigest };
      return { kind: 'failed', container, reason: `${FAILURES.pull}: ${pulled.reason}` };
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      this.pulls.delete(container);
    }
  }

  private async create(name: string): Promise<Observation | undefined> {
    const definition = this.subject().definition!;
    const refused = await this.refused(name);
    if (refused) return refused;
    const secrets = await this.secrets.get();
    if (secrets === 'not needed any more') return undefined;
    if ('failure' in secrets) return { kind: 'not-initialized', reason: secrets.failure };
    const container = withSecrets(this.containerDefinition(name), secrets.containers[name]);
    const problem = logProblem(container) ?? (await this.prepareRouter(container, secrets.containers));
    if (problem) {
      return { kind: 'failed', container: name, reason: `${FAILURES.create}: Error response from daemon: ${problem}` };
    }
    const { taskArn, clusterName, journalId, entry } = this.subject().task;
    const holder = holderOf(taskArn, name);
    for (const { protocol, hostPort } of fixedPorts(container, definition)) this.deps.ports.hold(protocol, hostPort, holder);
    const dynamicPorts = dynamicMappings(container, definition).map(({ protocol }) => this.deps.ports.take(protocol, holder));
    if (dynamicPorts.includes(undefined)) {
      return { kind: 'failed', container: name, reason: `${FAILURES.create}: no dynamic host port is free` };
    }
    const { firelens } = this.deps;
    const pauseId = this.subject().task.network?.pauseId;
    const hex = hexOf(this.subject().task);
    const withRouter = (spec: ContainerSpec) =>
      firelens ? withFirelens(spec, container, definition, { taskArn, hex, directory: firelens.directoryOf(taskArn) }) : spec;
    const created = await this.deps.runtime.create(
      withRouter(
        containerSpec(container, definition, {
          taskArn,
          clusterName,
          journalId,
          instanceId: this.deps.instanceId,
          hex,
          addresses: this.deps.addresses,
          fixedAddresses: this.containerRecord(name).portAttempts === 0 ? this.deps.addresses : this.deps.addresses.slice(0, 1),
          dnsServers: this.deps.dnsServers,
          pauseId,
          nameFiles: pauseId === undefined ? [] : this.deps.networks?.nameFilesOf(pauseId),
          dynamicPorts: dynamicPorts as number[],
          shipsAllLogs: this.deps.shipsAllLogs,
          endpoint: this.deps.endpoint?.environmentOf(definition, taskArn, container),
          logMode: entry.logMode,
          controlGroup: taskLimits(definition) && this.deps.groups?.parentOf(hex(CONTROL_GROUP)),
        }),
      ),
    );
    if (created.outcome === 'created') return { kind: 'snapshot', container: name, snapshot: created.snapshot };
    return { kind: 'failed', container: name, reason: `${FAILURES.create}: ${created.reason}` };
  }

  /** What the task's log router needs is there before it is made. Or why lines cannot be routed. */
  private async prepareRouter(
    container: ContainerDefinition,
    secrets: Readonly<Record<string, ContainerSecrets>>,
  ): Promise<string | undefined> {
    const { firelens } = this.deps;
    const { task, definition } = this.subject();
    const router = logRouterOf(definition!);
    const isRouter = container.name === router?.container.name;
    if (!firelens || !(isRouter || isRouted(container))) return undefined;
    const problem = routerProblem(definition!, router);
    if (problem ?? !isRouter) return problem;
    // Options of the others that are secret are for the router.
    const given = definition!.containerDefinitions.map((one) => withSecrets(one, secrets[one.name]));
    return firelens.prepare(task.taskArn, routerConfig({ ...definition!, containerDefinitions: given }, router!, task));
  }

  private async start(name: string): Promise<Observation> {
    const record = this.containerRecord(name);
    const missing = (await this.network.unready()) ?? (await this.provideGroup());
    if (missing) return missing;
    const started = await this.deps.runtime.start(record.runtimeId!);
    if (started.outcome === 'started') return { kind: 'snapshot', container: name, snapshot: started.snapshot };
    if (started.outcome === 'port-in-use' && this.mayTakeOtherPorts(name)) {
      // The refused ports stay with this holder until it stops, so the next attempt gets others.
      await this.deps.runtime.remove(record.runtimeId!);
      return { kind: 'port-in-use', container: name };
    }
    return { kind: 'failed', container: name, reason: `${FAILURES.start}: ${started.reason}` };
  }

  /** Each time: a host that was started anew has none of them. */
  private async provideGroup(): Promise<Observation | undefined> {
    const { task, definition } = this.subject();
    const limits = taskLimits(definition!);
    try {
      if (limits) await this.deps.groups?.provide(hexOf(task)(CONTROL_GROUP), limits);
      return undefined;
    } catch (error) {
      const reason = `${FAILURES.network}: unable to create the control group of the task: ${(error as Error).message}`;
      return { kind: 'not-initialized', reason };
    }
  }

  /** Other dynamic ports; or a fixed one on the instance's own address only, when a neighbour on this host has it on the shared one. */
  private mayTakeOtherPorts(name: string): boolean {
    const { portAttempts } = this.containerRecord(name);
    const container = this.containerDefinition(name);
    if (dynamicMappings(container, this.subject().definition!).length > 0) return portAttempts + 1 < MAX_PORT_ATTEMPTS;
    return portAttempts === 0 && this.deps.addresses.length > 1;
  }

  abortNeedlessPulls(): void {
    for (const [container, abort] of this.pulls) {
      if (this.containerRecord(container).phase === 'STOPPED') abort.abort(new Error('not needed any more'));
    }
  }

  private containerRecord(name: string): ContainerRecord {
    return this.subject().task.containers.find((container) => container.name === name)!;
  }

  private containerDefinition(name: string): ContainerDefinition {
    return this.subject().definition!.containerDefinitions.find((container) => container.name === name)!;
  }
}

export const FAILURES = {
  pull: 'CannotPullContainerError',
  create: 'CannotCreateContainerError',
  start: 'CannotStartContainerError',
  network: 'ResourceInitializationError',
} as const;
