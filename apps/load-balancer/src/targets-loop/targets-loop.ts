import type { LoadBalancingState } from '../domain/state.js';
import type { LoadBalancerReport } from '../proxy/load-balancer-reports.js';
import type { Registration } from '../proxy/registration.js';
import type { TargetView } from '../proxy/target-view.js';
import { drainedTargets, idleTargets } from './drain.js';
import { healthTransitions, type HealthTransition } from './health-transitions.js';

/** What this replica's HAProxy knows. */
export interface SeenTraffic {
  views(): readonly TargetView[];
  loadBalancers(arns: Iterable<string>): readonly LoadBalancerReport[] | undefined;
  /** Of its HAProxy, and of those that it has replaced and that still have clients. */
  readonly pids: readonly number[];
}

/** Commands of the `load-balancing` journal. What is so already becomes no event, so nothing is harmed by saying it twice. */
export interface TrafficCommands {
  recordTargetHealth(transitions: readonly HealthTransition[]): Promise<void>;
  recordTargetsDrained(targets: readonly Registration[]): Promise<void>;
  recordLoadBalancerStates(states: readonly LoadBalancerReport[]): Promise<void>;
}

/** The other replicas, each of which has a HAProxy of its own. */
export interface OtherReplicas {
  /** What each that lives last said: what is idle at it, and the HAProxys that it speaks of. */
  live(): readonly { readonly idle: readonly Registration[]; readonly pids: readonly number[] }[];
  tell(idle: readonly Registration[], pids: readonly number[]): void;
}

/** The pids of all HAProxys of the installation on this host. */
export type RunningHaproxies = () => Promise<readonly number[]>;

/** In one command: what has to fit into a commit. */
const MOST = 500;

/**
 * Tells the journal what HAProxy sees of targets and load balancers: transitions, never each check. Every replica routes by its own
 * view; one, which holds the lease, tells it. It compares what is recorded with what is seen, so a round that did not get through is
 * made up for by the next.
 */
export class TargetsLoop {
  constructor(
    private readonly state: () => LoadBalancingState,
    private readonly seen: SeenTraffic,
    private readonly commands: TrafficCommands,
    private readonly others: OtherReplicas,
    private readonly running: RunningHaproxies,
    private readonly holdsLease: () => boolean,
  ) {}

  /** After each change of what is seen, and every 100 to 250 ms while a target drains. */
  async round(): Promise<void> {
    const views = this.seen.views();
    const idle = idleTargets(views);
    this.others.tell(idle, this.seen.pids);
    if (!this.holdsLease()) return;
    const state = this.state();
    const transitions = healthTransitions(state, views).slice(0, MOST);
    if (transitions.length > 0) await this.commands.recordTargetHealth(transitions);
    const drained = drainedTargets(state.targets.by('draining', 'yes'), [
      idle,
      ...this.others.live().map((other) => other.idle),
    ]).slice(0, MOST);
    if (drained.length > 0 && (await this.areAllSpokenFor())) await this.commands.recordTargetsDrained(drained);
    const states = (this.seen.loadBalancers([...state.loadBalancers.values()].map(({ arn }) => arn)) ?? []).filter(
      ({ arn, code, reason }) => {
        const known = state.loadBalancers.get(arn)?.state;
        return known && (known.code !== code || known.reason !== reason);
      },
    );
    if (states.length > 0) await this.commands.recordLoadBalancerStates(states.slice(0, MOST));
  }

  /**
   * A HAProxy outlives its app, and goes on sending requests where they went: while nobody says what is idle there, no target is drained
   * before its deadline. So it is with one that was replaced, and whose app has died since.
   */
  private async areAllSpokenFor(): Promise<boolean> {
    const running = await this.running();
    const known = new Set([...this.seen.pids, ...this.others.live().flatMap(({ pids }) => pids)]);
    return running.every((pid) => known.has(pid));
  }
}
