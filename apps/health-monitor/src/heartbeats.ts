import type { SendCommand } from '#lib/messaging';
import {
  type ContainerInstance,
  type EcsState,
  HEARTBEAT_INTERVAL_MS,
  MISSED_HEARTBEATS_UNTIL_DISCONNECTED,
} from '#lib/ecs/model';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';

const SILENT_AFTER_MS = HEARTBEAT_INTERVAL_MS * (MISSED_HEARTBEATS_UNTIL_DISCONNECTED + 1);
const SEND_TIMEOUT_MS = 5_000;

/**
 * From when on silence counts: everybody gets a full grace from the moment at which this replica began to judge. It may itself have been
 * cut off or held up before, so that what it heard last is its own fault.
 */
const silentSince = (seenAt: number | undefined, watchingSince: number) => Math.max(seenAt ?? watchingSince, watchingSince);

/** The instances whose `agentConnected` is not what their heartbeats say. Pure: the loop below asks it once a second. */
export function connectivityChanges(
  instances: Iterable<ContainerInstance>,
  lastSeenAt: ReadonlyMap<string, number>,
  watchingSince: number,
  now: number,
): { readonly instance: ContainerInstance; readonly connected: boolean }[] {
  const changes: { instance: ContainerInstance; connected: boolean }[] = [];
  for (const instance of instances) {
    if (instance.status === 'INACTIVE') continue;
    const seenAt = lastSeenAt.get(instance.instanceId);
    const connected = now - silentSince(seenAt, watchingSince) < SILENT_AFTER_MS;
    if (instance.agentConnected && !connected) changes.push({ instance, connected });
    // Back are only those that said something; the judge's own beginning is no sign of life.
    const isBack = seenAt !== undefined && now - seenAt < SILENT_AFTER_MS;
    if (!instance.agentConnected && isBack) changes.push({ instance, connected: true });
  }
  return changes;
}

/** The instances whose grace is over, and for how long each has been silent; only those that still have tasks to give up. */
export function lostInstances(
  state: EcsState,
  lastSeenAt: ReadonlyMap<string, number>,
  watchingSince: number,
  now: number,
  lostGraceMs: number,
): { readonly instance: ContainerInstance; readonly silentMs: number }[] {
  const lost: { instance: ContainerInstance; silentMs: number }[] = [];
  for (const instance of state.containerInstances.values()) {
    if (instance.agentConnected) continue;
    const silentMs = now - silentSince(lastSeenAt.get(instance.instanceId), watchingSince);
    const isOver = silentMs >= SILENT_AFTER_MS + lostGraceMs;
    if (isOver && state.tasks.countBy('instance', instance.containerInstanceArn) > 0) lost.push({ instance, silentMs });
  }
  return lost;
}

/**
 * Hears every heartbeat on every replica; only the lease holder speaks, and it grants everyone a full grace when it takes over.
 */
export class Heartbeats {
  private readonly lastSeenAt = new Map<string, number>();
  private judgingSince = 0;
  private readonly judging: Periodic;

  constructor(
    private readonly state: EcsState,
    private readonly send: SendCommand,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
    private readonly lostGraceMs: number,
    /** Whether the lease is surely held. One that was frozen while it held it wakes up with old news and without the lease. */
    private readonly mayJudge: () => boolean,
  ) {
    this.judging = new Periodic(clock, HEARTBEAT_INTERVAL_MS, () => this.judge(), { first: 'at-once' });
  }

  /** A sign of life of any kind: a heartbeat, a registration, a report. */
  heard(instanceId: string): void {
    this.lastSeenAt.set(instanceId, this.clock.monotonicMs());
  }

  startJudging(): void {
    this.judgingSince = this.clock.monotonicMs();
    this.judging.start();
  }

  stopJudging(): void {
    this.judging.stop();
  }

  private async judge(): Promise<void> {
    if (!this.mayJudge()) return;
    const { state, lastSeenAt, judgingSince } = this;
    const now = this.clock.monotonicMs();
    const changes = connectivityChanges(state.containerInstances.values(), lastSeenAt, judgingSince, now);
    await Promise.all(changes.map(({ instance, connected }) => this.say(instance, connected)));
    const lost = lostInstances(state, lastSeenAt, judgingSince, now, this.lostGraceMs);
    await Promise.all(lost.map(({ instance, silentMs }) => this.declareLost(instance, silentMs)));
  }

  private async say(instance: ContainerInstance, connected: boolean): Promise<void> {
    const { containerInstanceArn } = instance;
    const said = await this.command('SetAgentConnectivity', instance, { containerInstanceArn, connected });
    if (said) this.logger.info({ containerInstanceArn, connected }, connected ? 'an agent is connected' : 'an agent fell silent');
  }

  private async declareLost(instance: ContainerInstance, silentMs: number): Promise<void> {
    const { containerInstanceArn } = instance;
    const declared = await this.command('DeclareInstanceLost', instance, { containerInstanceArn, silentMs });
    if (declared) this.logger.warn({ containerInstanceArn, silentMs }, 'an instance is lost; its tasks are given up');
  }

  /** False when it was not recorded: the next round finds the same and says it again. */
  private async command(name: string, { accountId, region }: ContainerInstance, input: object): Promise<boolean> {
    const requestId = this.random.hex(16);
    const reply = await this.send(
      name,
      { id: requestId, requestId, principal: 'health-monitor', accountId, region, operation: 'Heartbeats', input },
      this.clock.monotonicMs() + SEND_TIMEOUT_MS,
    );
    if (!('output' in reply)) this.logger.warn({ ...input, reply }, `${name} was not recorded; the next round tries again`);
    return 'output' in reply;
  }
}
