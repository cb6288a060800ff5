import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Clock } from '#lib/platform';
import type { ProcessSpec } from './domain/process-diff.js';
import { messageOf } from '../terminal/fault.js';
import { identify, isAlive, signal, type ProcessIdentity } from '../host/process-identity.js';
import type { ProcessLogs } from './process-logs.js';

/** One process of a supervisor's, started by it or found running. */
export interface RunningProcess {
  /** Absent when it could not be started. */
  readonly identity?: ProcessIdentity;
  /** How it ended, for people. Never rejects: a program that cannot be started has ended, too. */
  readonly ended: Promise<string>;
  signal(name: NodeJS.Signals): void;
}

export interface Processes {
  start(spec: ProcessSpec): RunningProcess;
  /** One that an earlier supervisor has started. */
  adopt(spec: ProcessSpec, identity: ProcessIdentity): RunningProcess;
}

/** The end of somebody else's child is nowhere announced. */
const LOOK_EVERY_MS = 250;

/**
 * Processes of this machine. Each is a session of its own, so a Ctrl-C in the terminal reaches only the supervisor, which stops
 * them in order; and each writes to its log file directly, so it outlives a killed supervisor without noticing.
 */
export class LocalProcesses implements Processes {
  constructor(
    private readonly logs: ProcessLogs,
    private readonly clock: Clock,
    /** Inherited by every process, below its own environment. */
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  start(spec: ProcessSpec): RunningProcess {
    try {
      const { descriptor, position } = this.logs.open(spec.name);
      try {
        return this.spawn(spec, descriptor, position);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      // No room for a new log, no more processes: it is tried again as after a crash.
      return { ended: Promise.resolve(messageOf(error)), signal: () => undefined };
    }
  }

  private spawn(spec: ProcessSpec, log: number, position: number): RunningProcess {
    const child = spawn(spec.command, spec.args, {
      env: { ...this.environment, ...spec.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => {
        // A program that cannot be started has no exit of its own.
        if (child.pid === undefined) resolve(error.message);
      });
      child.once('exit', (code, by) => resolve(by ?? this.exitOf(spec.name, code, position)));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    return { identity, ended, signal: (name) => void child.kill(name) };
  }

  adopt(_spec: ProcessSpec, identity: ProcessIdentity): RunningProcess {
    const ended = (async () => {
      while (isAlive(identity)) await this.clock.sleep(LOOK_EVERY_MS);
      return 'it ended';
    })();
    return { identity, ended, signal: (name) => void signal(identity, name) };
  }

  private exitOf(name: string, code: number | null, position: number): string {
    const words = code === 0 ? undefined : this.logs.lastWords(name, position);
    return `exit code ${code}${words === undefined ? '' : `: ${words}`}`;
  }
}
