import { readJson } from '../host/files.js';
import type { Desired } from './domain/desired.js';
import type { Settings } from './domain/settings.js';
import { UserFault } from '../terminal/fault.js';
import type { JoinedHost } from '../joining/joined-host-file.js';
import type { Layout } from '../host/layout.js';
import { lockHolder } from './lock.js';
import { isAlive, type ProcessIdentity } from '../host/process-identity.js';

/** What the supervisor tells the other commands, in `.longshore/run/state.json`. */
export interface RunState {
  readonly supervisor: ProcessIdentity;
  readonly startedAt: string;
  /** `ready` once everything has been ready, `unready` when that took too long; crashes later are seen in `processes` and on the health ports. */
  readonly phase: 'starting' | 'ready' | 'unready' | 'stopping';
  /** Of the API; empty on a joined host. */
  readonly endpoint: string;
  /** Empty on a joined host. */
  readonly natsUrl: string;
  /** Where the journals are kept when NATS only relays them; without secrets. */
  readonly journal?: string;
  /** This host runs an agent only, of another host's control plane. */
  readonly joined?: JoinedHost;
  readonly desired: Desired;
  /** What it was started with beside that; of older versions and joined hosts it is not known. */
  readonly settings?: Settings;
  readonly processes: readonly ProcessRecord[];
}

export interface ProcessRecord {
  readonly name: string;
  readonly app: string;
  readonly replica: number;
  readonly healthPort?: number;
  readonly log: string;
  /** Absent while it waits to be started again. */
  readonly process?: ProcessIdentity;
  readonly startedAt?: string;
  readonly crashes: number;
  readonly lastExit?: string;
  readonly lastExitAt?: string;
}

/** What was written last, whoever runs; undefined when there is nothing, or nothing readable: it only saves a new start. */
export function lastState(layout: Layout): RunState | undefined {
  try {
    return readJson<RunState>(layout.state);
  } catch (error) {
    if (error instanceof UserFault) return undefined;
    throw error;
  }
}

/** The state of the running system; undefined when no supervisor runs. */
export function runningState(layout: Layout): RunState | undefined {
  const holder = lockHolder(layout.lock);
  const state = readJson<RunState>(layout.state);
  return holder && state && state.supervisor.pid === holder.pid && isAlive(state.supervisor) ? state : undefined;
}

/**
 * The control plane of this data directory; a sentence when there is none. Its apps outlive a killed supervisor, and answer as before.
 */
export function runningControlPlane(layout: Layout): RunState {
  const state = runningState(layout) ?? orphanedState(layout);
  if (!state) throw new UserFault('Longshore is not running; start it with ./longshore up.');
  if (state.joined)
    throw new UserFault(
      `This host has joined ${state.joined.brokers.join(', ')}: its API and journal are there, so run this there.`,
    );
  return state;
}

function orphanedState(layout: Layout): RunState | undefined {
  const state = lastState(layout);
  return state?.processes.some(({ process }) => process && isAlive(process)) ? state : undefined;
}
