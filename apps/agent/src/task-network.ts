import type { TaskDefinitionPayload, TaskNetwork } from '#lib/ecs/model';
import { Backoff, type Clock } from '#lib/platform';
import type { ControlPlane } from './control-plane.js';
import { pauseSpec, type PausePlace } from './domain/pause-spec.js';
import type { Observation } from './domain/task-engine.js';
import type { TaskRecord } from './domain/task-record.js';
import { vpcNetwork } from './domain/vpc-network.js';
import { PAUSES } from './pauses.js';
import type { ContainerRuntime, NetworkProvider } from './ports.js';

export interface TaskNetworkHolderDeps {
  readonly controlPlane: Pick<ControlPlane, 'taskNetwork'>;
  readonly runtime: ContainerRuntime;
  /** Undefined on hosts that offer no `awsvpc` mode. */
  readonly networks?: NetworkProvider;
  readonly dnsServers?: readonly string[];
  readonly instanceId: string;
  readonly clock: Clock;
  /** Ends all asking. */
  readonly signal: AbortSignal;
}

/** Asked once more: the subnet that was made a moment ago may not be known yet to whoever answers. */
const RETRIES = 1;

interface Subject {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionPayload | undefined;
}

/**
 * The network of one task in `awsvpc` mode: an address from the control plane, and a pause container that has it. Each step finds what an
 * earlier try has made, so it is simply done again where an outcome is unknown.
 */
export class TaskNetworkHolder {
  constructor(
    private readonly deps: TaskNetworkHolderDeps,
    private readonly subject: () => Subject,
    private readonly hex: (part: string) => string,
  ) {}

  async acquire(): Promise<Observation | undefined> {
    const given = await this.ask();
    if (given === 'not needed any more') return undefined;
    if ('failure' in given) return notInitialized(given.failure);
    const { networks, runtime } = this.deps;
    if (!networks) return notInitialized('this host has no networks for tasks');
    const prepared = await networks.prepare(vpcNetwork(given));
    if (prepared.outcome === 'failed') return notInitialized(prepared.reason);
    const { networkInterface } = given;
    const created = await runtime.create(
      this.spec({ networkInterface, networkName: prepared.networkName, image: prepared.pauseImage }),
    );
    if (created.outcome === 'failed') return notInitialized(created.reason);
    const pauseId = created.snapshot.runtimeId;
    const started = await runtime.start(pauseId);
    if (started.outcome === 'started') return { kind: 'network', network: { ...given, pauseId } };
    await runtime.remove(pauseId);
    return notInitialized(started.reason);
  }

  /** A pause container that does not run holds nothing. */
  async look(): Promise<Observation | undefined> {
    const { network } = this.subject().task;
    if (!network) return undefined;
    const snapshot = await this.deps.runtime.inspect(network.pauseId);
    return snapshot?.state === 'running' ? undefined : { kind: 'network-lost' };
  }

  async release(): Promise<Observation> {
    await this.deps.runtime.remove(this.subject().task.network!.pauseId);
    return { kind: 'network-released' };
  }

  private spec(place: PausePlace) {
    const { taskArn, clusterName, journalId } = this.subject().task;
    const { instanceId, dnsServers } = this.deps;
    return pauseSpec(this.subject().definition!, place, {
      taskArn,
      clusterName,
      journalId,
      instanceId,
      hex: this.hex,
      dnsServers,
    });
  }

  private async ask(): Promise<TaskNetwork | { readonly failure: string } | 'not needed any more'> {
    const { controlPlane, clock, signal } = this.deps;
    const backoff = new Backoff(clock, PAUSES);
    let refusals = 0;
    for (;;) {
      const { taskArn, desiredStatus } = this.subject().task;
      if (desiredStatus === 'STOPPED') return 'not needed any more';
      const reply = await controlPlane.taskNetwork(taskArn);
      if (reply && (!('failure' in reply) || refusals === RETRIES)) return reply;
      if (reply) refusals++;
      await backoff.pause({ signal });
      signal.throwIfAborted();
    }
  }
}

const notInitialized = (why: string): Observation => ({
  kind: 'not-initialized',
  reason: `ResourceInitializationError: unable to set up the network interface of the task: ${why}`,
});
