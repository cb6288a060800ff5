import type { SendCommand } from '#lib/messaging';
import {
  type ContainerInstance,
  type EcsState,
  type Heartbeat,
  HEARTBEAT_INTERVAL_MS,
  heartbeatIntervalMs,
  type HeartbeatReply,
  silentAfterMs,
} from '#lib/ecs/model';
import { type DeclareInstanceLostReply, mayBeLost } from '#lib/ecs/tasks';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';

const SEND_TIMEOUT_MS = 5_000;
/** Their events, of 200 bytes each, fit into a commit (256 KiB) with others. */
const MOST_IN_A_COMMAND = 500;

/** What a judge goes by, of each instance. */
export interface Watch {
  /** From when on it watches it (monotonic ms). */
  readonly since: (instance: ContainerInstance) => number;
  /** How long the instance may say nothing. */
  readonly silentAfterMs: (instance: ContainerInstance) => number;
}

/**
 * From when on silence counts: everybody gets a full grace from the moment at which this replica began to judge. It may itself have been
 * cut off or held up before, so that what it heard last is its own fault. Nobody was silent before it was registered.
 */
const silentSince = (seenAt: number | undefined, watchedSince: number) => Math.max(seenAt ?? watchedSince, watchedSince);

export interface ConnectivityChange {
  readonly instance: ContainerInstance;
  readonly connected: boolean;
}

/**
 * The instances whose `agentConnected` is not what their heartbeats say; `lastAbleAt`: when each agent last could start something. Pure:
 * the loop below asks it once a second.
 */
export function connectivityChanges(
  instances: Iterable<ContainerInstance>,
  lastAbleAt: ReadonlyMap<string, number>,
  watch: Watch,
  now: number,
): ConnectivityChange[] {
  const changes: ConnectivityChange[] = [];
  for (const instance of instances) {
    if (instance.status === 'INACTIVE') continue;
    const seenAt = lastAbleAt.get(instance.instanceId);
    const silentAfter = watch.silentAfterMs(instance);
    const connected = now - silentSince(seenAt, watch.since(instance)) < silentAfter;
    if (instance.agentConnected && !connected) changes.push({ instance, connected });
    // Back are only those that said something; the judge's own beginning is no sign of life.
    const isBack = seenAt !== undefined && now - seenAt < silentAfter;
    if (!instance.agentConnected && isBack) changes.push({ instance, connected: true });
  }
  return changes;
}

/** The instances whose grace is over, and for how long each has been silent; only those that still have tasks to give up. */
export function lostInstances(
  state: EcsState,
  lastSeenAt: ReadonlyMap<string, number>,
  watch: Watch,
  now: number,
  lostGraceMs: number,
): { readonly instance: ContainerInstance; readonly silentMs: number }[] {
  const lost: { instance: ContainerInstance; silentMs: number }[] = [];
  for (const instance of state.containerInstances.values()) {
    if (!mayBeLost(instance)) continue;
    const silentMs = now - silentSince(lastSeenAt.get(instance.instanceId), watch.since(instance));
    const isOver = silentMs >= watch.silentAfterMs(instance) + lostGraceMs;
    if (isOver && state.tasks.countBy('instance', instance.containerInstanceArn) > 0) lost.push({ instance, silentMs });
  }
  return lost;
}

/**
 * Hears every heartbeat on every replica; only the lease holder speaks, and it grants everyone a full grace when it takes over.
 */
export class Heartbeats {
  private readonly lastSeenAt = new Map<string, number>();
  /** As above, but for the time for which an agent says that its engine is away: it lives, and can start nothing. */
  private readonly lastAbleAt = new Map<string, number>();
  private readonly engineless = new Set<string>();
  /** What each agent's last heartbeat promised, and when. */
  private readonly promises = new Map<string, { readonly everyMs: number; readonly at: number }>();
  /** Of this judge's last round. */
  private hosts = 0;
  /** By ARN: since when this judge knows of a registration. */
  private readonly watched = new Map<string, { readonly registeredAt: string; readonly sinceMs: number }>();
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
    /** How many heartbeats all hosts together are asked for; the same of every replica. */
    private readonly perSecond?: number,
  ) {
    this.judging = new Periodic(clock, HEARTBEAT_INTERVAL_MS, () => this.judge(), { first: 'at-once' });
  }

  /** A sign of life of any kind: a heartbeat, a registration, a report. */
  heard(instanceId: string): void {
    const now = this.clock.monotonicMs();
    this.lastSeenAt.set(instanceId, now);
    if (!this.engineless.has(instanceId)) this.lastAbleAt.set(instanceId, now);
  }

  beat(instanceId: string, { engineAway = false, everyMs = HEARTBEAT_INTERVAL_MS }: Heartbeat): void {
    this.promises.set(instanceId, { everyMs, at: this.clock.monotonicMs() });
    if (engineAway) this.engineless.add(instanceId);
    else this.engineless.delete(instanceId);
    this.heard(instanceId);
  }

  /** How often an agent shall be heard; undefined: another replica says it. */
  interval(): HeartbeatReply | undefined {
    return this.mayJudge() ? { everyMs: heartbeatIntervalMs(this.hosts, this.perSecond) } : undefined;
  }

  startJudging(): void {
    this.watched.clear();
    this.watch(this.clock.monotonicMs());
    this.judging.start();
  }

  stopJudging(): void {
    this.judging.stop();
  }

  private async judge(): Promise<void> {
    if (!this.mayJudge()) return;
    const { state, lastSeenAt, lastAbleAt } = this;
    const now = this.clock.monotonicMs();
    this.watch(now);
    const watch = this.watching(now);
    const changes = connectivityChanges(state.containerInstances.values(), lastAbleAt, watch, now);
    await Promise.all(commandsFor(changes).map((alike) => this.say(alike)));
    const lost = lostInstances(state, lastSeenAt, watch, now, this.lostGraceMs);
    await Promise.all(lost.map(({ instance, silentMs }) => this.declareLost(instance, silentMs)));
  }

  /**
   * An agent is judged by what it has promised since it is watched. Of one that this replica has not heard since, it may be that it was told
   * of a longer interval meanwhile: at most of the one for all that are remembered, for those that are gone are so for longer than an
   * agent keeps to what it was told.
   */
  private watching(now: number): Watch {
    const { watched, promises } = this;
    const mostMs = heartbeatIntervalMs(this.state.containerInstances.size, this.perSecond);
    const since = ({ containerInstanceArn }: ContainerInstance) => watched.get(containerInstanceArn)?.sinceMs ?? now;
    return {
      since,
      silentAfterMs: (instance) => {
        const { everyMs, at } = promises.get(instance.instanceId) ?? { everyMs: mostMs, at: now };
        return silentAfterMs(at < since(instance) ? Math.max(everyMs, mostMs) : everyMs);
      },
    };
  }

  /** Learns of new registrations, and forgets those that are over. */
  private watch(sinceMs: number): void {
    this.hosts = 0;
    for (const { containerInstanceArn, registeredAt, status } of this.state.containerInstances.values()) {
      if (status !== 'INACTIVE') this.hosts++;
      if (status === 'INACTIVE') this.watched.delete(containerInstanceArn);
      else if (this.watched.get(containerInstanceArn)?.registeredAt !== registeredAt)
        this.watched.set(containerInstanceArn, { registeredAt, sinceMs });
    }
  }

  private async say(alike: readonly ConnectivityChange[]): Promise<void> {
    const { instance: one, connected } = alike[0]!;
    const containerInstanceArns = alike.map(({ instance }) => instance.containerInstanceArn);
    if (!(await this.command('SetAgentConnectivity', one, { containerInstanceArns, connected }))) return;
    for (const { instance } of alike) {
      const { containerInstanceArn } = instance;
      this.logger.info({ containerInstanceArn, connected }, connected ? 'an agent is connected' : this.whyNot(instance));
    }
  }

  private whyNot({ instanceId }: ContainerInstance): string {
    return this.engineless.has(instanceId) ? 'the engine of an agent is away' : 'an agent fell silent';
  }

  private async declareLost(instance: ContainerInstance, silentMs: number): Promise<void> {
    const { containerInstanceArn } = instance;
    // A command takes a part of a large host's tasks.
    for (let left = Infinity; left > 0 && this.mayJudge();) {
      const declared = await this.command<DeclareInstanceLostReply>('DeclareInstanceLost', instance, {
        containerInstanceArn,
        silentMs,
      });
      if (!declared || declared.left >= left) return;
      ({ left } = declared);
    }
    this.logger.warn({ containerInstanceArn, silentMs }, 'an instance is lost; its tasks are given up');
  }

  /** Undefined when it was not recorded: the next round finds the same and says it again. */
  private async command<Reply extends object>(
    name: string,
    { accountId, region }: ContainerInstance,
    input: object,
  ): Promise<Reply | undefined> {
    const requestId = this.random.hex(16);
    const reply = await this.send(
      name,
      { id: requestId, requestId, principal: 'health-monitor', accountId, region, operation: 'Heartbeats', input },
      this.clock.monotonicMs() + SEND_TIMEOUT_MS,
    );
    if ('output' in reply) return reply.output as Reply;
    this.logger.warn({ ...input, reply }, `${name} was not recorded; the next round tries again`);
    return undefined;
  }
}

/** A command speaks for one account and region, and says one thing of many instances. */
function commandsFor(changes: readonly ConnectivityChange[]): ConnectivityChange[][] {
  const commands: ConnectivityChange[][] = [];
  const open = new Map<string, ConnectivityChange[]>();
  for (const change of changes) {
    const { instance, connected } = change;
    const key = `${instance.accountId}/${instance.region}/${connected}`;
    let command = open.get(key);
    if (!command || command.length === MOST_IN_A_COMMAND) {
      open.set(key, (command = []));
      commands.push(command);
    }
    command.push(change);
  }
  return commands;
}
