import { DueLoop } from '#lib/app';
import type { Commit, Fold } from '#lib/journal';
import { type AccountId, type Region, scopeKey } from '#lib/kernel';
import { ownCommandOf, type SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { LoadBalancer } from '../domain/model.js';
import type { LoadBalancingState } from '../domain/state.js';

const ownCommand = ownCommandOf('load-balancer');
const COMMAND = 'RecordLoadBalancers';

/** Finds what was changed while nobody told: also what the network makes of it, whose default groups may be others by now. */
const SLOW_PASS_MS = 30_000;
const SEND_FOR_MS = 4_000;
const MOST_AT_ONCE = 100;

export interface NetworkMembersDeps {
  readonly own: Pick<Fold<LoadBalancingState>, 'state' | 'subscribe'>;
  /** To the writer of `network`. */
  readonly tell: SendCommand;
  readonly isWriter: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Tells the network which load balancers there are, where they listen and in which security groups they are: rules that name such a group let them in, and its own say who may come. All of a region
 * are told each time, so what was missed is made up for, and the network records what is new.
 */
export class NetworkMembersLoop {
  private readonly loop: DueLoop;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly deps: NetworkMembersDeps) {
    const { state } = deps.own;
    this.loop = new DueLoop({
      ...deps,
      all: function* () {
        for (const table of [state.loadBalancers, state.targetGroups]) for (const one of table.values()) yield scopeKey(one);
      },
      round: (scopes) => this.round(scopes),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'the network was not told of load balancers',
    });
  }

  start(): void {
    this.unsubscribe = this.deps.own.subscribe((commit) => this.loop.look(touchedIn(commit)));
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.loop.stop();
  }

  private async round(scopes: readonly string[]): Promise<readonly string[]> {
    const again: string[] = [];
    for (const scope of scopes) if (!(await this.tell(scope))) again.push(scope);
    return again;
  }

  private async tell(scope: string): Promise<boolean> {
    const { own, tell, clock, random } = this.deps;
    const [accountId, region] = scope.split('/') as [AccountId, Region];
    const input = { loadBalancers: [...own.state.loadBalancers.by('scope', scope)].map((one) => told(own.state, one)) };
    const command = ownCommand(random, COMMAND, input, { accountId, region });
    return 'output' in (await tell(COMMAND, command, clock.monotonicMs() + SEND_FOR_MS));
  }
}

const told = (state: LoadBalancingState, { arn, name, type, vpcId, securityGroups }: LoadBalancer) => ({
  arn,
  name,
  type,
  ...(vpcId === undefined ? {} : { vpcId }),
  securityGroups,
  listeners: [...state.listeners.by('loadBalancer', arn)].flatMap(({ endpoints }) => endpoints.filter(isReached).map(placeOf)),
});

/** A host's loopback nobody reaches but itself. */
const isReached = (endpoint: string): boolean => !endpoint.startsWith('127.');

function placeOf(endpoint: string) {
  const [address, port] = endpoint.split(':') as [string, string];
  return { address, port: Number(port) };
}

const TOLD = [
  'LoadBalancerCreated',
  'LoadBalancerNetworkChanged',
  'LoadBalancerDeleted',
  'ListenerCreated',
  'ListenerModified',
  'ListenerDeleted',
];

function* touchedIn({ transactions }: Commit): Iterable<string> {
  for (const { accountId, region, events } of transactions) {
    if (events.some(({ type }) => TOLD.includes(type)))
      yield scopeKey({ accountId: accountId as AccountId, region: region as Region });
  }
}
