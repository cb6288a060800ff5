import { DueLoop, type SendToWriter } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { ownCommandOf } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { HostAddresses } from './host-addresses.js';
import type { NetworkInterface } from '../domain/model.js';
import { type DetachTaskInterfacesInput, interfaceIdOf } from '../domain/network-interfaces.js';
import { ALL_INTERFACES, type NetworkState } from '../domain/state.js';

const SEND_FOR_MS = 5_000;
const CAUGHT_UP_TIMEOUT_MS = 2_000;
const SLOW_PASS_MS = 30_000;
const MOST_AT_ONCE = 100;
const ownCommand = ownCommandOf('network');

export interface ReleasedInterfacesDeps {
  readonly ecs: Fold<EcsState>;
  /** Resolves when the fold of tasks is where the journal was at the call; false when it could not. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly state: NetworkState;
  readonly hosts: Pick<HostAddresses, 'ofBalancers'>;
  readonly isWriter: () => boolean;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Takes back the interfaces of tasks that are over, and so their addresses: none is lost, whatever became of the host. */
export class ReleasedInterfaces {
  private readonly loop: DueLoop;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly deps: ReleasedInterfacesDeps) {
    const { state, isWriter, clock, logger } = deps;
    this.loop = new DueLoop({
      isWriter,
      all: function* () {
        for (const { id } of state.resources.by('interfaces', ALL_INTERFACES)) yield id;
      },
      round: (ids) => this.round(ids),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'interfaces of tasks that are over were not taken back',
      clock,
      logger,
    });
  }

  start(): void {
    this.unsubscribe = this.deps.ecs.subscribe((commit) => this.loop.look(this.endedIn(commit)));
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.loop.stop();
  }

  private *endedIn({ transactions }: Commit): Iterable<string> {
    for (const { events } of transactions) {
      for (const { type, data } of events) {
        const { taskArn, to } = data as { taskArn?: string; to?: string };
        if (taskArn === undefined || !(type === 'TaskForgotten' || (type === 'TaskStatusChanged' && to === 'STOPPED'))) continue;
        const id = interfaceIdOf(taskArn);
        if (this.deps.state.resources.has(id)) yield id;
      }
    }
  }

  /** A task that this fold does not know yet is not over: it is asked on a fold that is as new as the journal. */
  private async round(ids: readonly string[]): Promise<readonly string[]> {
    const { ecs, state, hosts, send, caughtUp, clock, random } = this.deps;
    if (!(await caughtUp(CAUGHT_UP_TIMEOUT_MS))) return ids;
    const over = ids.filter((id) => {
      const { taskArn } = (state.resources.get(id) ?? {}) as Partial<NetworkInterface>;
      return taskArn !== undefined && (ecs.state.tasks.get(taskArn)?.lastStatus ?? 'STOPPED') === 'STOPPED';
    });
    if (over.length === 0) return [];
    const input: DetachTaskInterfacesInput = { ids: over, hosts: hosts.ofBalancers() };
    const command = ownCommand(random, 'DetachTaskInterfaces', input);
    const reply = await send({ name: 'DetachTaskInterfaces', ...command }, clock.monotonicMs() + SEND_FOR_MS);
    return 'output' in reply ? [] : over;
  }
}
