import { PASSAGE_CHAIN } from '#lib/names';
import { type Clock, type Logger, Periodic, Problem } from '#lib/platform';
import { TASK_BRIDGE_PREFIX } from '../domain/vpc-network.js';
import { Iptables } from '../iptables.js';

const LOOK_EVERY_MS = 10_000;
/** No engine has made the chain, or there is no iptables: then nothing of the engine's is in the way, or nothing that this could pass. */
const NO_ENGINE_RULES = /No chain\/target\/match by that name|does not exist|ENOENT/;

export interface ContainerPassageDeps {
  /** Whose rules they are. */
  readonly owner: string;
  /** The one of its containers in bridge mode. */
  readonly engineBridge: string;
  /** Other machines reach this host: those that lead addresses of a VPC to it pass, too. */
  readonly isReached: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Leads to the host. */
  readonly within?: readonly string[];
}

/**
 * Lets the engine's containers and tasks with addresses of their own reach each other: it keeps its bridges apart, and a VPC's is one of them.
 * Containers send to tasks, and on a host that others reach whoever else comes to it, too: the tasks' security groups decide (ruleset.ts). Tasks
 * answer, and come where the engine leads what they ask of a port of the host. VPCs stay apart.
 */
export class ContainerPassage {
  private readonly iptables: Iptables;
  private readonly looks: Periodic;
  private readonly problem: Problem;

  constructor(private readonly deps: ContainerPassageDeps) {
    this.iptables = new Iptables(deps.within);
    this.looks = new Periodic(deps.clock, LOOK_EVERY_MS, () => this.look(), { first: 'at-once' });
    const what = 'tasks in bridge mode do not reach those with addresses of their own';
    this.problem = new Problem((problem) => deps.logger.warn({ problem }, what));
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
      this.problem.is(undefined);
    } catch (error) {
      this.problem.is((error as Error).message);
    }
  }

  /** Done again it changes nothing. */
  async open(): Promise<void> {
    const named = ['-m', 'comment', '--comment', this.deps.owner, '-j', 'ACCEPT'];
    const tasks = `${TASK_BRIDGE_PREFIX}+`;
    const senders = this.deps.isReached ? ['!', '-i', tasks] : ['-i', this.deps.engineBridge];
    try {
      for (const match of [
        [...senders, '-o', tasks, ...named],
        ['-i', tasks, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED,DNAT', ...named],
      ])
        await this.iptables.ensure({ chain: PASSAGE_CHAIN, match });
    } catch (error) {
      if (!NO_ENGINE_RULES.test((error as Error).message)) throw error;
    }
  }
}
