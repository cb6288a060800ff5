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
}

/** Commands of the `load-balancing` journal. What is so already becomes no event, so nothing is harmed by saying it twice. */
export interface TrafficCommands {
  recordTargetHealth(transitions: readonly HealthTransition[]): Promise<void>;
  recordTargetsDrained(targets: readonly Registration[]): Promise<void>;
  recordLoadBalancerStates(states: readonly LoadBalancerReport[]): Promise<void>;
}

/** The other replicas, each of which has a HAProxy of its own. */
export interface OtherReplicas {
  /** What each that lives last said is idle at it. */
  idle(): readonly (readonly Registration[])[];
  tellIdle(idle: readonly Registration[]): void;
}

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
    private readonly holdsLease: () => boolean,
  ) {}

  /** After each change of what is seen, and every 100 to 250 ms while a target drains. */
  async round(): Promise<void> {
    const views = this.seen.views();
    const idle = idleTargets(views);
    this.others.tellIdle(idle);
    if (!this.holdsLease()) return;
    const state = this.state();
    const transitions = healthTransitions(state, views).slice(0, MOST);
    if (transitions.length > 0) await this.commands.recordTargetHealth(transitions);
    const drained = drainedTargets(state.targets.by('draining', 'yes'), [idle, ...this.others.idle()]).slice(0, MOST);
    if (drained.length > 0) await this.commands.recordTargetsDrained(drained);
    const states = (this.seen.loadBalancers([...state.loadBalancers.values()].map(({ arn }) => arn)) ?? []).filter(
      ({ arn, code, reason }) => {
        const known = state.loadBalancers.get(arn)?.state;
        return known && (known.code !== code || known.reason !== reason);
      },
    );
    if (states.length > 0) await this.commands.recordLoadBalancerStates(states.slice(0, MOST));
  }
}
