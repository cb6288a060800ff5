import { PASSAGE_CHAIN } from '#lib/names';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import { TASK_BRIDGES } from '../domain/vpc-network.js';
import { Iproute2 } from '../iproute2.js';

const LOOK_EVERY_MS = 10_000;
const NOT_THERE = /No chain\/target\/match by that name|does not exist|ENOENT/;

export interface ContainerPassageDeps {
  /** Whose rules they are. */
  readonly owner: string;
  /** The one of its containers in bridge mode. */
  readonly engineBridge: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Leads to the host. */
  readonly within?: readonly string[];
}

/**
 * Lets the engine's containers and tasks with addresses of their own reach each other: it keeps its bridges apart, and a VPC's is one of them.
 * Containers send to tasks, who decide by their security groups (ruleset.ts); tasks answer, and come where the engine leads what they ask of a
 * port of the host.
 */
export class ContainerPassage {
  private readonly host: Iproute2;
  private readonly looks: Periodic;
  private problem: string | undefined;

  constructor(private readonly deps: ContainerPassageDeps) {
    this.host = new Iproute2(deps.within);
    this.looks = new Periodic(deps.clock, LOOK_EVERY_MS, () => this.look(), { first: 'at-once' });
  }

  start(): void {
    this.looks.start();
  }

  stop(): void {
    this.looks.stop();
  }

  private async look(): Promise<void> {
    try {
      await this.open();
      this.problem = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.problem)
        this.deps.logger.warn({ problem: message }, 'tasks in bridge mode do not reach those with addresses of their own');
      this.problem = message;
    }
  }

  /** Done again it changes nothing. */
  async open(): Promise<void> {
    const named = ['-m', 'comment', '--comment', this.deps.owner, '-j', 'ACCEPT'];
    const tasks = TASK_BRIDGES.replace('*', '+');
    for (const rule of [
      ['-i', this.deps.engineBridge, '-o', tasks, ...named],
      ['-i', tasks, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED,DNAT', ...named],
    ]) {
      if (await this.has(rule)) continue;
      try {
        await this.iptables('-I', rule);
      } catch (error) {
        // Nothing of the engine's is in the way, or nothing that this could pass.
        if (!NOT_THERE.test((error as Error).message)) throw error;
      }
    }
  }

  private has(rule: readonly string[]): Promise<boolean> {
    return this.iptables('-C', rule).then(
      () => true,
      () => false,
    );
  }

  private iptables(action: '-C' | '-I', rule: readonly string[]): Promise<string> {
    return this.host.run(['iptables', '-w', '5', action, PASSAGE_CHAIN, ...rule]);
  }
}
