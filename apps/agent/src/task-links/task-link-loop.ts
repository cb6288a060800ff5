import { type Clock, type Logger, Periodic, Problem } from '#lib/platform';
import type { NetworkProvider } from '../ports.js';
import type { TaskLinks } from './task-links.js';

export interface TaskLinkLoopDeps {
  readonly links: Pick<TaskLinks, 'all' | 'join'>;
  readonly networks: Pick<NetworkProvider, 'prepare'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_EVERY_MS = 10_000;

/**
 * Keeps the links of this agent's tasks on the bridges of their VPCs. To the engine nobody is on such a network, so `docker network prune`
 * takes it away, and its bridge: then it is made anew, and the tasks are where they were.
 */
export class TaskLinkLoop {
  private readonly looks: Periodic;
  private readonly problem: Problem;

  constructor(private readonly deps: TaskLinkLoopDeps) {
    this.looks = new Periodic(deps.clock, LOOK_EVERY_MS, () => this.look(), { first: 'at-once' });
    this.problem = new Problem((problem) => deps.logger.error({ problem }, 'tasks are off the network of their VPC'));
  }

  start(): void {
    this.looks.start();
  }

  stop(): void {
    this.looks.stop();
  }

  private async look(): Promise<void> {
    const { links, networks, logger } = this.deps;
    try {
      const apart = (await links.all()).filter(({ isJoined }) => !isJoined);
      for (const network of new Map(apart.map((one) => [one.network.name, one.network])).values()) {
        const problem = await networks.prepare(network);
        if (problem !== undefined) throw new Error(problem);
        const its = apart.filter((one) => one.network.name === network.name);
        await links.join(its);
        logger.warn({ network: network.name, tasks: its.length }, 'tasks were off the network of their VPC and are on it again');
      }
      this.problem.is(undefined);
    } catch (error) {
      this.problem.is((error as Error).message);
    }
  }
}
