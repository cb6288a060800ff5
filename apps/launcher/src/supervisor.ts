import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#lib/platform';
import { afterCrash, NO_CRASHES, type RestartHistory } from './domain/backoff.js';
import { diffProcesses, type ProcessSpec } from './domain/process-diff.js';
import { identify, type ProcessIdentity } from './process-identity.js';
import type { ProcessRecord } from './run-state.js';

const GRACE_MS = 10_000;
const LARGEST_LOG_BYTES = 20 * 1024 * 1024;

interface Supervised {
  spec: ProcessSpec;
  child?: ChildProcess;
  identity?: ProcessIdentity;
  startedMs: number;
  startedAt?: string;
  history: RestartHistory;
  crashes: number;
  lastExit?: string;
  stopping: boolean;
  cancelRestart?: () => void;
}

export interface SupervisorOptions {
  readonly logs: string;
  readonly clock: Clock;
  /** One sentence for people per crash. */
  readonly say: (text: string) => void;
  /** After every start and exit. */
  readonly changed: () => void;
  /** Inherited by every process, below its own environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Asked before an ended process is started again: what it needs may have been taken by another program meanwhile. */
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

/**
 * Keeps the wanted processes running: a crashed one is started again with backoff. Each is a session of its own, so a Ctrl-C in
 * the terminal reaches only the supervisor, which stops them in order; and each writes to its log file directly, so it outlives
 * a killed supervisor without noticing.
 */
export class Supervisor {
  private readonly supervised = new Map<string, Supervised>();

  constructor(private readonly options: SupervisorOptions) {}

  specs(): ProcessSpec[] {
    return [...this.supervised.values()].map((entry) => entry.spec);
  }

  records(): ProcessRecord[] {
    return [...this.supervised.values()].map((entry) => ({
      name: entry.spec.name,
      app: entry.spec.app,
      replica: entry.spec.replica,
      healthPort: entry.spec.healthPort,
      log: this.logOf(entry.spec.name),
      process: entry.identity,
      startedAt: entry.startedAt,
      crashes: entry.crashes,
      lastExit: entry.lastExit,
    }));
  }

  /** Starts, stops and restarts until exactly `wanted` is supervised. */
  async apply(wanted: readonly ProcessSpec[]): Promise<void> {
    const diff = diffProcesses(this.specs(), wanted);
    await this.end([...diff.stop, ...diff.replace.map((spec) => spec.name)]);
    for (const spec of [...diff.replace, ...diff.start]) {
      const entry: Supervised = { spec, startedMs: 0, history: NO_CRASHES, crashes: 0, stopping: false };
      this.supervised.set(spec.name, entry);
      this.start(entry);
    }
  }

  /** SIGTERM to all of `names` at once, SIGKILL after the grace; they are supervised no more. */
  async end(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const entry = this.supervised.get(name);
        if (!entry) return;
        entry.stopping = true;
        entry.cancelRestart?.();
        if (entry.child) await this.terminate(entry.child);
        this.supervised.delete(name);
      }),
    );
    this.options.changed();
  }

  private terminate(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.after(GRACE_MS, () => child.kill('SIGKILL'));
      child.once('exit', () => {
        cancel();
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  private start(entry: Supervised): void {
    const { spec } = entry;
    const log = openLog(this.logOf(spec.name));
    const child = spawn(spec.command, spec.args, {
      env: { ...this.options.environment, ...spec.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    entry.child = child;
    entry.identity = child.pid === undefined ? undefined : identify(child.pid);
    entry.startedMs = this.options.clock.monotonicMs();
    entry.startedAt = new Date(this.options.clock.now()).toISOString();
    let failure: string | undefined;
    child.once('error', (error) => {
      failure = error.message;
      // A program that cannot be started has no exit of its own.
      if (child.pid === undefined) this.ended(entry, failure);
    });
    child.once('exit', (code, signal) => this.ended(entry, failure ?? signal ?? `exit code ${code}`));
    this.options.changed();
  }

  private ended(entry: Supervised, how: string): void {
    entry.child = undefined;
    entry.identity = undefined;
    entry.lastExit = how;
    if (entry.stopping) return;
    const ranMs = this.options.clock.monotonicMs() - entry.startedMs;
    const { history, delayMs } = afterCrash(entry.history, ranMs);
    entry.history = history;
    entry.crashes += 1;
    const when = delayMs < 1_000 ? '' : ` in ${Math.round(delayMs / 1_000)} s (its log: ${this.logOf(entry.spec.name)})`;
    this.options.say(`${entry.spec.name} exited (${how}); starting it again${when}`);
    entry.cancelRestart = this.options.clock.after(delayMs, () => void this.startAgain(entry));
    this.options.changed();
  }

  private async startAgain(entry: Supervised): Promise<void> {
    const spec = await this.options.revise(entry.spec);
    if (entry.stopping) return;
    entry.spec = spec;
    this.start(entry);
  }

  private logOf(name: string): string {
    return join(this.options.logs, `${name}.log`);
  }
}

/** Appends; a log that has grown large makes room once per start, so two files at most are kept. */
function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o640);
}
