import type { VpcOverlay } from '#lib/ecs/model';
import { type Clock, type Logger, Problem, Wakeup } from '#lib/platform';
import { vpcNetwork } from '../domain/vpc-network.js';
import type { NetworkProvider } from '../ports.js';
import { bridgeOf, deviceOf, isNothing, overlayCommands, withdrawal } from './domain/overlay-commands.js';
import type { OverlayKernel } from './iproute.js';

export interface OverlayDeps {
  /** What its devices are known by. */
  readonly owner: string;
  readonly kernel: OverlayKernel;
  readonly networks: Pick<NetworkProvider, 'prepare'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Finds what nobody told of. */
const LOOK_EVERY_MS = 10_000;
const RETRY_MS = 1_000;

/**
 * Keeps the ways from this host's bridges to the tasks of other hosts as the control plane says, whoever else touches them. They are the
 * kernel's: they lead there while no agent runs, and one that starts changes nothing before it knows what has to be there.
 */
export class OverlayLoop {
  private readonly wakeup: Wakeup;
  private wanted: readonly VpcOverlay[] | undefined;
  private isOver = false;
  private isRunning = false;
  private readonly trouble: Problem;

  constructor(private readonly deps: OverlayDeps) {
    this.wakeup = new Wakeup(deps.clock);
    this.trouble = new Problem((problem) => deps.logger.error({ problem }, 'tasks on other hosts are not reached'));
  }

  /** Why some tasks on other hosts are not reached. */
  get problem(): string | undefined {
    return this.trouble.current;
  }

  want(overlays: readonly VpcOverlay[]): void {
    this.wanted = overlays;
    this.wakeup.wake();
    if (this.isRunning) return;
    this.isRunning = true;
    void this.keep();
  }

  stop(): void {
    this.isOver = true;
    this.wakeup.wake();
  }

  private async keep(): Promise<void> {
    while (!this.isOver) {
      const problems = await this.makeTrue(this.wanted!);
      this.trouble.is(problems.length > 0 ? problems.join('; ') : undefined);
      await this.wakeup.wait(problems.length === 0 ? LOOK_EVERY_MS : RETRY_MS);
    }
  }

  /** One VPC that this host cannot have keeps no other from being there. */
  private async makeTrue(wanted: readonly VpcOverlay[]): Promise<readonly string[]> {
    const { kernel } = this.deps;
    const problems: string[] = [];
    const tried = async (work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        problems.push((error as Error).message);
      }
    };
    for (const overlay of wanted) await tried(() => this.provide(overlay));
    await tried(async () => {
      const kept = new Set(wanted.map((overlay) => deviceOf(vpcNetwork(overlay).bridge)));
      for (const device of await kernel.devices()) {
        if (!kept.has(device)) await kernel.carryOut(withdrawal(device, await kernel.seen(bridgeOf(device))), bridgeOf(device));
      }
    });
    return problems;
  }

  private async provide(overlay: VpcOverlay): Promise<void> {
    const { kernel, networks, owner, logger } = this.deps;
    const network = vpcNetwork(overlay);
    let seen = await kernel.seen(network.bridge);
    if (!seen.bridge) {
      const problem = await networks.prepare(network);
      if (problem !== undefined) throw new Error(problem);
      seen = await kernel.seen(network.bridge);
    }
    const commands = overlayCommands(overlay, owner, seen);
    if (isNothing(commands)) return;
    await kernel.carryOut(commands, network.bridge);
    logger.debug(
      { vpcId: overlay.vpcId, neighbours: overlay.neighbours.length },
      'the ways to other hosts are as they should be',
    );
  }
}
