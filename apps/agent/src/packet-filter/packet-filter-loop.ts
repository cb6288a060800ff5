import type { PacketFilter, VpcOverlay } from '#lib/ecs/model';
import { Backoff, type Clock, type Logger, Problem, Wakeup } from '#lib/platform';
import type { ControlPlane } from '../control-plane.js';
import { type Here, ruleset } from './domain/ruleset.js';
import type { PacketFilterTables } from './nft.js';

/** As the control plane said it. */
export interface KnownFilter {
  readonly digest: string;
  readonly filter: PacketFilter;
}

export interface PacketFilterDeps {
  /** The name of its tables. */
  readonly table: string;
  readonly tables: PacketFilterTables;
  /** Over restarts: of the host, too, whose kernel forgets. */
  readonly memory: { loadPacketFilter(): Promise<KnownFilter | undefined>; savePacketFilter(known: KnownFilter): Promise<void> };
  readonly showBridgedPackets: () => Promise<void>;
  readonly here?: Here;
  /** Told with the same answer: where the tasks are that other hosts have. */
  readonly overlays?: { want(overlays: readonly VpcOverlay[]): void; stop(): void };
  /** Of the engine's containers to the tasks whose packets are filtered. */
  readonly passage?: { start(): void; stop(): void };
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PacketFilterCounts {
  applied: number;
  repaired: number;
  failed: number;
}

/** Finds what nobody told of. */
const LOOK_EVERY_MS = 10_000;
const RETRY_MS = 1_000;
/** Changes come in showers. */
const GATHER_MS = 50;
const ASK_AGAIN = { firstMs: 100, longestMs: 2_000 };
/** As long as a task waits to be covered. */
const PATIENCE_MS = 20_000;

/**
 * Keeps the host's packet filter as the control plane says, whoever else touches it. The tables are the kernel's: they hold while no agent
 * runs, and one that starts changes nothing before it knows what has to be there.
 */
export class PacketFilterLoop {
  readonly counts: PacketFilterCounts = { applied: 0, repaired: 0, failed: 0 };
  private readonly life = new AbortController();
  private readonly wakeup: Wakeup;
  private wanted: KnownFilter | undefined;
  private inForce: { readonly digest: string; readonly fingerprint: string | undefined } | undefined;
  private covered: ReadonlySet<string> = new Set();
  private readonly waiting = new Set<() => void>();
  private endOfWatch: (() => void) | undefined;
  private cancelGathering: (() => void) | undefined;
  private readonly trouble: Problem;

  constructor(private readonly deps: PacketFilterDeps) {
    this.wakeup = new Wakeup(deps.clock);
    this.trouble = new Problem((problem) => deps.logger.error({ problem }, 'security groups are not in force'));
  }

  /** Why the security groups are not in force. */
  get problem(): string | undefined {
    return this.trouble.current;
  }

  async start(controlPlane: Pick<ControlPlane, 'packetFilter'>): Promise<void> {
    this.want(await this.deps.memory.loadPacketFilter());
    void this.listen(controlPlane);
    void this.keep();
    this.deps.passage?.start();
  }

  stop(): void {
    this.life.abort(new Error('the agent stops'));
    this.deps.overlays?.stop();
    this.deps.passage?.stop();
    this.endOfWatch?.();
    this.cancelGathering?.();
    this.wakeup.wake();
  }

  /**
   * Waits until what this interface sends and takes is filtered; a sentence when that does not come. Not asked by its address, which another
   * one may have had a moment ago.
   */
  async covers(networkInterfaceId: string): Promise<string | undefined> {
    const { clock } = this.deps;
    const deadlineAtMs = clock.monotonicMs() + PATIENCE_MS;
    while (!this.covered.has(networkInterfaceId)) {
      const leftMs = deadlineAtMs - clock.monotonicMs();
      if (leftMs <= 0 || this.life.signal.aborted)
        return `its security groups are not in force on this host${this.problem ? `: ${this.problem}` : ''}`;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(leftMs, resolve);
        this.waiting.add(() => {
          cancel();
          resolve();
        });
      });
    }
    return undefined;
  }

  private want(known: KnownFilter | undefined): void {
    this.wanted = known;
    if (known) this.deps.overlays?.want(known.filter.overlays ?? []);
  }

  private async listen(controlPlane: Pick<ControlPlane, 'packetFilter'>): Promise<void> {
    const { clock } = this.deps;
    const { signal } = this.life;
    const backoff = new Backoff(clock, ASK_AGAIN);
    while (!signal.aborted) {
      const reply = await controlPlane.packetFilter(this.wanted?.digest);
      if (!reply) {
        await backoff.pause({ signal });
        continue;
      }
      backoff.reset();
      if (!reply.filter) continue;
      this.want({ digest: reply.digest, filter: reply.filter });
      this.wakeup.wake();
    }
  }

  private async keep(): Promise<void> {
    while (!this.life.signal.aborted) {
      try {
        this.watch();
        await this.makeTrue();
        this.trouble.is(undefined);
      } catch (error) {
        this.counts.failed++;
        this.trouble.is((error as Error).message);
      }
      await this.wakeup.wait(this.problem === undefined ? LOOK_EVERY_MS : RETRY_MS);
    }
  }

  private async makeTrue(): Promise<void> {
    const { wanted } = this;
    if (!wanted) return;
    const { tables, memory, table, showBridgedPackets, logger } = this.deps;
    await showBridgedPackets();
    const isNew = wanted.digest !== this.inForce?.digest;
    if (!isNew) {
      if ((await tables.fingerprint()) === this.inForce!.fingerprint) return;
      this.counts.repaired++;
      logger.warn({ table }, 'the packet filter was changed by somebody else and is made anew');
    }
    await tables.replace(ruleset(table, wanted.filter, this.deps.here));
    this.counts.applied++;
    this.covered = new Set(wanted.filter.interfaces.map(({ networkInterfaceId }) => networkInterfaceId));
    for (const tell of this.waiting) tell();
    this.waiting.clear();
    this.inForce = { digest: wanted.digest, fingerprint: await tables.fingerprint() };
    if (isNew) await memory.savePacketFilter(wanted);
  }

  /** Whoever tells of changes may end; then they are found by looking, until it tells again. */
  private watch(): void {
    this.endOfWatch ??= this.deps.tables.watch(
      () => {
        this.cancelGathering ??= this.deps.clock.after(GATHER_MS, () => {
          this.cancelGathering = undefined;
          this.wakeup.wake();
        });
      },
      (problem) => {
        this.endOfWatch = undefined;
        this.deps.logger.warn({ problem }, 'changes of the packet filter are found later: nobody tells of them');
      },
    );
  }
}
