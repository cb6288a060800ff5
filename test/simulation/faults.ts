import type { Random } from '#lib/platform';

/** What can go wrong once, with the chance that it does each time it could. */
export interface FaultChances {
  readonly messageDropped: number;
  readonly messageDuplicated: number;
  /** Held back for up to `maxHeldBackMs`: it arrives after messages that were sent later. */
  readonly messageHeldBack: number;
  /** Neither stored nor answered. */
  readonly appendLost: number;
  readonly appendLandedUnanswered: number;
  readonly appendLandsLate: number;
  readonly journalReadFailed: number;
  readonly leaseUnreachable: number;
  readonly leaseUnanswered: number;
  readonly assignmentsUnreachable: number;
  readonly assignmentPutUnanswered: number;
  readonly snapshotsUnreachable: number;
  readonly snapshotDamaged: number;
  /** A start finds no snapshots: their store was lost, or they are of another version. */
  readonly snapshotsGone: number;
  /** At any await of any app: before the awaited thing was done, or after it and before the app heard of it. */
  readonly processCrashed: number;
  readonly engineCallFailed: number;
  /** Neither an answer nor an error, ever. */
  readonly engineCallUnanswered: number;
  readonly pullFailed: number;
  readonly pullSlow: number;
  readonly containerStartFailed: number;
  /** A broker that has just come back goes again, before anybody has it as it was. */
  readonly brokerRestartedAgain: number;
  /** Power comes back to a disk that had not written its last seconds. */
  readonly lastSecondsLost: number;
}

/** What goes wrong from time to time: the mean time between two of it. */
export interface FaultIntervalsMs {
  /** An app is asked to end (SIGTERM) and starts again. */
  readonly processStopped: number;
  /** Everything in the process stands still for seconds: a paused virtual machine, a long collection. */
  readonly processPaused: number;
  readonly processCutOff: number;
  /** A process's connection to the broker is closed for good (its credentials were refused twice): it hears nothing any more. */
  readonly connectionClosed: number;
  /** The broker restarts: nobody reaches it for seconds, its memory (leases, assignments, messages) is lost, its disk is not. */
  readonly brokerRestarted: number;
  /** The container engine restarts; what it ran is killed. */
  readonly engineRestarted: number;
  readonly containerExited: number;
  /** A host loses power for a while: agent and containers are gone, the disk is not. */
  readonly hostLost: number;
  /** A host's link is cut for longer than the grace: its tasks run on while they are replaced elsewhere. */
  readonly hostCutOff: number;
  /** A host loses its agent's state directory. */
  readonly agentDiskLost: number;
  /** A host's wall clock is set, to hours before or after what is right, or right again. */
  readonly hostClockSet: number;
  /** The writer refuses every report of one task for a while, as it would one that breaks an invariant. */
  readonly reportsRefused: number;
}

export type FaultKind = keyof FaultChances | keyof FaultIntervalsMs;

export interface Faults {
  readonly chances: FaultChances;
  readonly intervalsMs: FaultIntervalsMs;
  readonly messageDelayMs: number;
  readonly maxHeldBackMs: number;
}

const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Every kind at once, each often enough to happen in most runs of ten minutes. */
export const everyFault: Faults = {
  chances: {
    messageDropped: 0.004,
    messageDuplicated: 0.004,
    messageHeldBack: 0.004,
    appendLost: 0.01,
    appendLandedUnanswered: 0.01,
    appendLandsLate: 0.01,
    journalReadFailed: 0.02,
    leaseUnreachable: 0.01,
    leaseUnanswered: 0.01,
    assignmentsUnreachable: 0.01,
    assignmentPutUnanswered: 0.01,
    snapshotsUnreachable: 0.01,
    snapshotDamaged: 0.02,
    snapshotsGone: 0.2,
    processCrashed: 0.0006,
    engineCallFailed: 0.01,
    engineCallUnanswered: 0.002,
    pullFailed: 0.03,
    pullSlow: 0.05,
    containerStartFailed: 0.02,
    brokerRestartedAgain: 0.7,
    lastSecondsLost: 0.5,
  },
  intervalsMs: {
    processStopped: 60_000,
    processPaused: 30_000,
    processCutOff: 40_000,
    connectionClosed: 60_000,
    brokerRestarted: 150_000,
    engineRestarted: 120_000,
    containerExited: 15_000,
    hostLost: 200_000,
    hostCutOff: 120_000,
    agentDiskLost: 200_000,
    hostClockSet: 100_000,
    reportsRefused: 60_000,
  },
  messageDelayMs: 3,
  maxHeldBackMs: 6_000,
};

/** What a calm installation meets while it works: hosts and containers that are lost, restarts, now and then a lost message. */
export const everydayFaults: Faults = {
  ...everyFault,
  chances: {
    ...(Object.fromEntries(Object.keys(everyFault.chances).map((kind) => [kind, 0])) as unknown as FaultChances),
    messageDropped: 0.0005,
    pullSlow: 0.02,
  },
  intervalsMs: {
    processStopped: 3_600_000,
    processPaused: NEVER_MS,
    processCutOff: NEVER_MS,
    connectionClosed: 1_800_000,
    brokerRestarted: 7_200_000,
    engineRestarted: 3_600_000,
    containerExited: 120_000,
    hostLost: 1_200_000,
    hostCutOff: 1_200_000,
    agentDiskLost: NEVER_MS,
    hostClockSet: NEVER_MS,
    reportsRefused: NEVER_MS,
  },
};

/** Those that can happen. */
export const faultKinds = (faults: Faults): readonly FaultKind[] => [
  ...(Object.keys(faults.chances) as (keyof FaultChances)[]).filter((kind) => faults.chances[kind] > 0),
  ...(Object.keys(faults.intervalsMs) as (keyof FaultIntervalsMs)[]).filter((kind) => faults.intervalsMs[kind] < NEVER_MS),
];

/** Decides what goes wrong, and remembers how often it did. */
export class Chaos {
  readonly occurrences = new Map<FaultKind, number>();
  private isCalm = false;

  constructor(
    readonly faults: Faults,
    readonly random: Random,
  ) {}

  get calmed(): boolean {
    return this.isCalm;
  }

  /** Safety was shown; from now on liveness is owed. */
  calm(): void {
    this.isCalm = true;
  }

  strikes(kind: keyof FaultChances): boolean {
    if (this.isCalm || this.random.next() >= this.faults.chances[kind]) return false;
    this.count(kind);
    return true;
  }

  count(kind: FaultKind): void {
    this.occurrences.set(kind, (this.occurrences.get(kind) ?? 0) + 1);
  }

  /** Uniform integer of [least, most]. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random.next() * from.length)]!;
  }

  /** Until the next fault of a kind: exponential, so that two can come close together. */
  pauseMs(kind: keyof FaultIntervalsMs): number {
    return Math.ceil(-Math.log(1 - this.random.next()) * this.faults.intervalsMs[kind]);
  }

  /** One way over the network. */
  delayMs(): number {
    return this.strikes('messageHeldBack')
      ? this.between(10, this.faults.maxHeldBackMs)
      : Math.floor(this.random.next() * (this.faults.messageDelayMs + 1));
  }
}
