import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { acquireLock, releaseLock } from './lock.js';

/** What a supervisor runs: a control plane, or a joined host's agent. */
export interface Supervised {
  /** Resolves when everything runs, ready or not; what a signal interrupts is abandoned. */
  start(stop: StopSignals): Promise<void>;
  /** Another command has changed what is wanted; absent where nothing changes while it runs. */
  reconfigure?(): void;
  stop(): Promise<void>;
}

/** Runs it under this data directory's lock until SIGINT, SIGTERM or SIGHUP. Returns the exit code. */
export async function runUntilSignal(layout: Layout, create: () => Supervised): Promise<number> {
  const stop = stopSignals();
  const lock = acquireLock(layout.lock);
  if (lock.outcome === 'held') throw new UserFault(`Longshore is already running here (supervisor: process ${lock.by.pid}).`);
  const system = create();
  process.on('SIGUSR2', () => system.reconfigure?.());
  try {
    // What a signal interrupts (a download, a wait) is abandoned: everything is made so that it can be begun again.
    await Promise.race([system.start(stop), stop.requested]);
    await stop.requested;
  } finally {
    await system.stop();
    releaseLock(layout.lock);
  }
  return 0;
}

export interface StopSignals {
  readonly requested: Promise<void>;
  signalled(): boolean;
}

function stopSignals(): StopSignals {
  let signalled = false;
  const requested = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        signalled = true;
        resolve();
      });
  });
  return { requested, signalled: () => signalled };
}
