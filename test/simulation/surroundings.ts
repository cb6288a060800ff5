import type { EcsState } from '#lib/ecs/model';
import type { Fold, Journal } from '#lib/journal';
import type { Decider } from '#lib/kernel';
import type { Bus } from '#lib/messaging';
import type { ContainerRuntime } from '../../apps/agent/src/ports.js';
import type { Chaos } from './faults.js';
import type { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedStorage } from './simulated-storage.js';
import type { BalancedTargets } from './target-groups.js';

/** A started app, as the world looks at it. */
export interface RunningApp {
  /** SIGTERM. */
  stop(): Promise<void>;
  readonly fold?: Fold<EcsState>;
  readonly isWriter?: () => boolean;
  /** …beyond doubt, by its own clock: of all replicas one at most. */
  readonly holdsLease?: () => boolean;
}

/** Bugs planted into the world (never into the product), to show that the properties find them. */
export interface PlantedBug {
  readonly decider?: (decider: Decider<EcsState>, role: AppRole) => Decider<EcsState>;
  readonly journal?: (journal: Journal, role: AppRole) => Journal;
  readonly engine?: (engine: ContainerRuntime) => ContainerRuntime;
  /** What a health monitor hears. */
  readonly heard?: (bus: Bus) => Bus;
  /** What scheduler and writer see when they plan and decide a step of a service. */
  readonly services?: (state: EcsState, role: AppRole) => EcsState;
  readonly everySchedulerLeads?: boolean;
  readonly overlooksClosedConnections?: boolean;
}

/** What a starting app is given of its world. */
export interface Surroundings {
  readonly network: SimulatedNetwork;
  readonly storage: SimulatedStorage;
  readonly decider: Decider<EcsState>;
  readonly planted: PlantedBug | undefined;
  /** No scheduler waits for a lease: that it saves work is all that it is for. */
  readonly everySchedulerLeads: boolean;
  /** How many heartbeats all hosts together are asked for. */
  readonly heartbeatsPerSecond: number;
  /** Whether a start finds the snapshots that were taken. */
  hasSnapshots(): boolean;
  startedFromSnapshot(process: SimulatedProcess, revision: number): void;
  readonly chaos: Chaos;
  /** What the load balancer has done, whatever became of it. */
  readonly balanced: BalancedTargets;
  watchFold(process: SimulatedProcess, fold: Fold<EcsState>): void;
  /** The app says that it has to end. */
  fatal(process: SimulatedProcess, error: unknown): void;
}

export type AppRole = 'state-store' | 'scheduler' | 'health-monitor' | 'load-balancer' | 'agent';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
