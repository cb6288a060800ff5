import type { TaskDefinitionPayload } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';
import { askForTask } from './ask-for-task.js';
import type { ControlPlane } from './control-plane.js';
import { labels, ownLabels } from './domain/container-spec.js';
import { PAUSE, pauseSpec, type PausePlace } from './domain/pause-spec.js';
import type { Observation } from './domain/task-engine.js';
import type { TaskRecord } from './domain/task-record.js';
import { vpcNetwork } from './domain/vpc-network.js';
import type { ContainerRuntime, ContainerSnapshot, NetworkProvider } from './ports.js';

export interface TaskNetworkHolderDeps {
  readonly controlPlane: Pick<ControlPlane, 'taskNetwork'>;
  readonly runtime: ContainerRuntime;
  /** Undefined on hosts that offer no `awsvpc` mode. */
  readonly networks?: NetworkProvider;
  /** Resolves when packets of this interface are filtered, with a sentence when that does not come. Undefined where nothing is. */
  readonly packetFilter?: { covers(networkInterfaceId: string): Promise<string | undefined> };
  readonly instanceId: string;
  readonly clock: Clock;
  /** Ends all asking. */
  readonly signal: AbortSignal;
}

interface Subject {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionPayload | undefined;
}

/**
 * The network of one task in `awsvpc` mode: an address from the control plane, and a pause container that has it. Each step finds what an
 * earlier try has made, so it is simply done again where an outcome is unknown.
 */
export class TaskNetworkHolder {
  /** Done once in each life of the agent. */
  private connecting: Promise<string | undefined> | undefined;

  constructor(
    private readonly deps: TaskNetworkHolderDeps,
    private readonly subject: () => Subject,
    private readonly hex: (part: string) => string,
  ) {}

  /** The address, and a pause container for it that does not run yet: the task's own are made while it starts. */
  async make(): Promise<Observation | undefined> {
    const { networks, runtime, controlPlane } = this.deps;
    const { taskArn } = this.subject().task;
    const isNeeded = () => this.subject().task.desiredStatus === 'RUNNING';
    const given = await askForTask(this.deps, isNeeded, () => controlPlane.taskNetwork(taskArn));
    if (given === 'not needed any more') return undefined;
    if ('failure' in given) return notInitialized(given.failure);
    if (!networks) return notInitialized('this host has no networks for tasks');
    const network = vpcNetwork(given);
    const spec = this.spec({ networkInterface: given.networkInterface, pause: networks.pause });
    // What it stands on is looked at meanwhile: only the first one of a host finds that it is not there yet.
    const [problem, tried] = await Promise.all([networks.prepare(network), runtime.create(spec)]);
    if (problem !== undefined) return notInitialized(problem);
    const created = tried.outcome === 'created' ? tried : await runtime.create(spec);
    if (created.outcome === 'failed') return notInitialized(created.reason);
    await networks.writeNameFiles(created.snapshot.runtimeId, given.networkInterface);
    return { kind: 'network', network: given, pause: created.snapshot };
  }

  async start(): Promise<Observation> {
    const started = await this.deps.runtime.start(this.subject().task.network!.pauseId!);
    if (started.outcome !== 'started') return notInitialized(started.reason);
    const problem = await (this.connecting = this.connect(started.snapshot));
    return problem === undefined ? { kind: 'pause', snapshot: started.snapshot } : notInitialized(problem);
  }

  /**
   * Before any of the task's own containers starts: nobody reaches a process that no rule knows yet, and none begins without its network. The
   * pause container, which runs nothing, starts meanwhile. Undefined when all is well.
   */
  async unready(): Promise<Observation | undefined> {
    const { given } = this.subject().task.network ?? {};
    if (!given) return undefined;
    const problem =
      (await this.deps.packetFilter?.covers(given.networkInterface.networkInterfaceId)) ?? (await this.unconnected());
    return problem === undefined ? undefined : notInitialized(problem);
  }

  /** An earlier life of this agent may have ended between the start of the pause container and its connection. */
  private unconnected(): Promise<string | undefined> {
    this.connecting ??= this.connectFound().catch((error: unknown) => {
      // Nothing is known: whoever asks next looks again.
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }

  private async connectFound(): Promise<string | undefined> {
    const pause = await this.deps.runtime.inspect(this.subject().task.network!.pauseId!);
    return pause && this.connect(pause);
  }

  private connect(pause: ContainerSnapshot): Promise<string | undefined> {
    const given = this.subject().task.network!.given!;
    return this.deps.networks!.connect(pause, vpcNetwork(given), given.networkInterface);
  }

  async look(): Promise<Observation | undefined> {
    const pauseId = this.subject().task.network?.pauseId;
    return pauseId === undefined ? undefined : { kind: 'pause', snapshot: await this.deps.runtime.inspect(pauseId) };
  }

  /** By what they are labelled with: the answer to the creation of one may have been lost. */
  async release(): Promise<Observation> {
    const { runtime, instanceId } = this.deps;
    const { taskArn, journalId } = this.subject().task;
    const own = { ...ownLabels(journalId, instanceId), [labels.taskArn]: taskArn, [labels.containerName]: PAUSE };
    for (const { runtimeId } of await runtime.list(own)) {
      await this.deps.networks?.disconnect(runtimeId);
      await runtime.remove(runtimeId);
    }
    return { kind: 'network-released' };
  }

  private spec(place: PausePlace) {
    const { taskArn, clusterName, journalId } = this.subject().task;
    const { instanceId } = this.deps;
    return pauseSpec(this.subject().definition!, place, { taskArn, clusterName, journalId, instanceId, hex: this.hex });
  }
}

const notInitialized = (why: string): Observation => ({
  kind: 'not-initialized',
  reason: `ResourceInitializationError: unable to set up the network interface of the task: ${why}`,
});
