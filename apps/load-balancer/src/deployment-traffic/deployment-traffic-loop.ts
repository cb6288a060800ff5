import { DueLoop, type SendToWriter } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { RecordTrafficInput } from '#lib/ecs/services/lifecycle';
import type { Commit, Fold } from '#lib/journal';
import { type SendCommand, ownCommandOf } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { LoadBalancingState } from '../domain/state.js';
import { trafficDue } from './due.js';

const ownCommand = ownCommandOf('load-balancer');

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

/** While HAProxy takes what was written. */
const UNTIL_CARRIED_MS = 20;
/** A rule that was missing may have been made again. */
const SLOW_PASS_MS = 5_000;
const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 100;

/**
 * Moves the traffic of deployments: what `ecs` wants of the weights of rules is compared with what they are, changed by the commands
 * that users have, and told when it is so.
 */
export class DeploymentTrafficLoop {
  private readonly loop: DueLoop;
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly deps: DeploymentTrafficDeps) {
    this.loop = new DueLoop({
      ...deps,
      all: () => withTraffic(deps.ecs.state),
      round: (serviceArns) => this.round(serviceArns),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'the traffic of deployments was not moved',
    });
  }

  start(): void {
    this.unsubscribe = this.deps.ecs.subscribe((commit) => this.loop.look(touched(commit)));
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    await this.loop.stop();
  }

  private async round(serviceArns: readonly string[]): Promise<readonly string[]> {
    const again: string[] = [];
    for (const serviceArn of serviceArns) if (!(await this.move(serviceArn))) again.push(serviceArn);
    return again;
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
      if (!this.loop.isActive) return false;
      await clock.sleep(UNTIL_CARRIED_MS);
    }
    const reply = await tell('RecordTraffic', ownCommand(random, 'RecordTraffic', input), clock.monotonicMs() + SEND_FOR_MS);
    if ('rejection' in reply) logger.error({ rejection: reply.rejection }, 'where the traffic is was refused');
    // What could not be moved is looked at again by the slow pass.
    return 'output' in reply;
  }
}

const MOVES_TRAFFIC = new Set(['DeploymentStarted', 'DeploymentStageReached', 'DeploymentRolledBack']);

function* touched({ transactions }: Commit): Iterable<string> {
  for (const { events } of transactions)
    for (const { type, data } of events) if (MOVES_TRAFFIC.has(type)) yield (data as { serviceArn: string }).serviceArn;
}

function* withTraffic({ services }: EcsState): Iterable<string> {
  for (const { serviceArn, deployments } of services.values()) if (deployments[0]?.lifecycle?.shares) yield serviceArn;
}
