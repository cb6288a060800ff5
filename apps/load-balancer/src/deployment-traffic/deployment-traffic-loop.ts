import type { SendToWriter } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { RecordTrafficInput } from '#lib/ecs/services/lifecycle';
import type { Commit, Fold } from '#lib/journal';
import type { SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { LoadBalancingState } from '../domain/state.js';
import { Wakeup } from '../haproxy/wakeup.js';
import { ownCommand } from '../own-command.js';
import { trafficDue } from './due.js';

export interface DeploymentTrafficDeps {
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe'>;
  readonly own: Pick<Fold<LoadBalancingState>, 'state'>;
  /** To the writer of the app's own journal. */
  readonly modify: SendToWriter;
  /** To the writer of `ecs`. */
  readonly tell: SendCommand;
  /** One replica does it: the one that writes, whose fold has all that it wrote. */
  readonly isWriter: () => boolean;
  /** This replica's HAProxy carries the traffic as the journal says. */
  readonly isCarried: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const RETRY_MS = 250;
/** While HAProxy takes what was written. */
const UNTIL_CARRIED_MS = 20;
/** A rule that was missing may have been made again. */
const SLOW_PASS_MS = 5_000;
const SEND_FOR_MS = 4_000;

/**
 * Moves the traffic of deployments: what `ecs` wants of the weights of rules is compared with what they are, changed by the commands
 * that users have, and told when it is so. It remembers nothing: whoever writes next looks at all services and goes on.
 */
export class DeploymentTrafficLoop {
  private readonly due = new Set<string>();
  private readonly wakeup: Wakeup;
  private unsubscribe: (() => void) | undefined;
  private isOver = false;
  private wasWriter = false;
  private lookAtAllAtMs = -Infinity;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: DeploymentTrafficDeps) {
    this.wakeup = new Wakeup(deps.clock);
  }

  start(): void {
    this.unsubscribe = this.deps.ecs.subscribe((commit) => this.look(commit));
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.unsubscribe?.();
    this.wakeup.wake();
    await this.loop;
  }

  private look({ transactions }: Commit): void {
    if (!this.wasWriter) return;
    for (const { events } of transactions) {
      for (const { type, data } of events) if (MOVES_TRAFFIC.has(type)) this.due.add((data as { serviceArn: string }).serviceArn);
    }
    if (this.due.size > 0) this.wakeup.wake();
  }

  private async run(): Promise<void> {
    const { clock, logger } = this.deps;
    while (!this.isOver) {
      this.beWriter(this.deps.isWriter());
      try {
        await this.round();
      } catch (error) {
        logger.error({ err: error }, 'the traffic of deployments was not moved; looking again');
        this.lookAtAllAtMs = -Infinity;
        await clock.sleep(RETRY_MS);
      }
      // Whether this replica writes is asked, not told.
      await this.wakeup.wait(RETRY_MS);
    }
  }

  private beWriter(isWriter: boolean): void {
    const { ecs, clock } = this.deps;
    const isNew = isWriter && !this.wasWriter;
    this.wasWriter = isWriter;
    if (!isWriter) return this.due.clear();
    if (!isNew && clock.monotonicMs() - this.lookAtAllAtMs < SLOW_PASS_MS) return;
    this.lookAtAllAtMs = clock.monotonicMs();
    for (const { serviceArn, deployments } of ecs.state.services.values()) {
      if (deployments[0]?.lifecycle?.shares) this.due.add(serviceArn);
    }
  }

  private async round(): Promise<void> {
    const due = [...this.due];
    this.due.clear();
    for (const serviceArn of due) {
      if (!(await this.move(serviceArn))) this.due.add(serviceArn);
    }
  }

  /** False: it has to be looked at again. */
  private async move(serviceArn: string): Promise<boolean> {
    const { ecs, own, modify, clock, random } = this.deps;
    const wanted = trafficDue(ecs.state, own.state, serviceArn);
    if (!wanted) return true;
    if ('tell' in wanted) return this.tell(wanted.tell);
    const service = ecs.state.services.get(serviceArn)!;
    for (const { name, input } of wanted.modify) {
      const reply = await modify({ name, ...ownCommand(random, name, input, service) }, clock.monotonicMs() + SEND_FOR_MS);
      if ('unavailable' in reply) return false;
      if ('rejection' in reply) {
        const { deploymentId, shares } = wanted;
        return this.tell({ serviceArn: service.serviceArn, deploymentId, shares, reason: reply.rejection.message });
      }
    }
    const after = trafficDue(ecs.state, own.state, serviceArn);
    return after === undefined || ('tell' in after && this.tell(after.tell));
  }

  private async tell(input: RecordTrafficInput): Promise<boolean> {
    const { tell, clock, random, isCarried, logger } = this.deps;
    while (input.reason === undefined && !isCarried()) {
      if (this.isOver || !this.deps.isWriter()) return false;
      await clock.sleep(UNTIL_CARRIED_MS);
    }
    const reply = await tell('RecordTraffic', ownCommand(random, 'RecordTraffic', input), clock.monotonicMs() + SEND_FOR_MS);
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'where the traffic is was refused');
    // What could not be moved is looked at again by the slow pass.
    return 'output' in reply;
  }
}

const MOVES_TRAFFIC = new Set(['DeploymentStarted', 'DeploymentStageReached', 'DeploymentRolledBack']);
