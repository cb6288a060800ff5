import { Periodic, type Clock } from '#lib/platform';
import { afterCrash, NO_CRASHES, type RestartHistory } from './domain/restarts.js';
import { afterAnswer, ASK_EVERY_MS, isHopeless, NO_DOUBT, type Doubt, type SignOfLife } from './domain/liveness.js';
import { diffProcesses, type ProcessSpec } from './domain/process-diff.js';
import { messageOf } from '../terminal/fault.js';
import type { ProcessIdentity } from '../host/process-identity.js';
import type { ProcessLogs } from './process-logs.js';
import type { Processes, RunningProcess } from './processes.js';
import type { ProcessRecord } from './run-state.js';

const GRACE_MS = 10_000;

interface Supervised {
  spec: ProcessSpec;
  process?: RunningProcess;
  doubt: Doubt;
  startedMs: number;
  startedAt?: string;
  history: RestartHistory;
  crashes: number;
  lastExit?: string;
  lastExitAt?: string;
  /** Why the supervisor itself has ended it. */
  sentence?: string;
  stopping: boolean;
  cancelRestart?: () => void;
}

export interface SupervisorOptions {
  readonly processes: Processes;
  readonly logs: Pick<ProcessLogs, 'pathOf' | 'boundAll'>;
  readonly clock: Clock;
  /** One sentence for people per crash. */
  readonly say: (text: string) => void;
  /** After every start and exit. Must not throw. */
  readonly changed: () => void;
  readonly askLife: (spec: ProcessSpec) => Promise<SignOfLife>;
  /** Asked before an ended process is started again: what it needs may have been taken by another program meanwhile. */
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

/**
 * Keeps the wanted processes running: one that has crashed is started again with backoff, one that gives no sign of life is ended
 * and then started again. Nothing that fails here ends the supervisor: whom should it be started again by?
 */
export class Supervisor {
  private readonly supervised = new Map<string, Supervised>();
  private readonly rounds: Periodic;
  private isClosed = false;

  constructor(private readonly options: SupervisorOptions) {
    this.rounds = new Periodic(options.clock, ASK_EVERY_MS, () => this.round(), { first: 'after-interval' });
    this.rounds.start();
  }

  specs(): ProcessSpec[] {
    return [...this.supervised.values()].map((entry) => entry.spec);
  }

  records(): ProcessRecord[] {
    return [...this.supervised.values()].map((entry) => ({
      name: entry.spec.name,
      app: entry.spec.app,
      replica: entry.spec.replica,
      healthPort: entry.spec.healthPort,
      log: this.options.logs.pathOf(entry.spec.name),
      process: entry.process?.identity,
      startedAt: entry.startedAt,
      crashes: entry.crashes,
      lastExit: entry.lastExit,
      lastExitAt: entry.lastExitAt,
    }));
  }

  /** Goes on with a process that an earlier supervisor has started. */
  adopt(spec: ProcessSpec, identity: ProcessIdentity): void {
    if (this.isClosed) return;
    const entry = this.newEntry(spec);
    this.follow(entry, this.options.processes.adopt(spec, identity));
  }

  /** Starts, stops and restarts until exactly `wanted` is supervised. */
  async apply(wanted: readonly ProcessSpec[]): Promise<void> {
    const diff = diffProcesses(this.specs(), wanted);
    await this.end([...diff.stop, ...diff.replace.map((spec) => spec.name)]);
    if (this.isClosed) return;
    for (const spec of [...diff.replace, ...diff.start]) this.start(this.newEntry(spec));
  }

  /** SIGTERM to all of `names` at once, SIGKILL after the grace; they are supervised no more. */
  async end(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const entry = this.supervised.get(name);
        if (!entry) return;
        entry.stopping = true;
        entry.cancelRestart?.();
        if (entry.process) await this.terminate(entry.process);
        this.supervised.delete(name);
      }),
    );
    this.options.changed();
  }

  /** Asks and starts nothing any more, whoever still wants it: a start that is interrupted may just be on its way. What runs goes on. */
  close(): void {
    this.isClosed = true;
    this.rounds.stop();
  }

  private newEntry(spec: ProcessSpec): Supervised {
    const entry: Supervised = { spec, doubt: NO_DOUBT, startedMs: 0, history: NO_CRASHES, crashes: 0, stopping: false };
    this.supervised.set(spec.name, entry);
    return entry;
  }

  private async terminate(process: RunningProcess): Promise<void> {
    const cancel = this.options.clock.after(GRACE_MS, () => process.signal('SIGKILL'));
    process.signal('SIGTERM');
    await process.ended;
    cancel();
  }

  private start(entry: Supervised): void {
    this.follow(entry, this.options.processes.start(entry.spec));
  }

  private follow(entry: Supervised, process: RunningProcess): void {
    const { clock } = this.options;
    entry.process = process;
    entry.doubt = NO_DOUBT;
    entry.sentence = undefined;
    entry.startedMs = clock.monotonicMs();
    entry.startedAt = new Date(clock.now()).toISOString();
    void process.ended.then((how) => this.ended(entry, how));
    this.options.changed();
  }

  private ended(entry: Supervised, how: string): void {
    const { clock, logs } = this.options;
    entry.process = undefined;
    entry.lastExit = entry.sentence ?? how;
    entry.lastExitAt = new Date(clock.now()).toISOString();
    if (entry.stopping) return;
    const { history, delayMs } = afterCrash(entry.history, clock.monotonicMs() - entry.startedMs);
    entry.history = history;
    entry.crashes += 1;
    const when = delayMs < 1_000 ? '' : ` in ${Math.round(delayMs / 1_000)} s (its log: ${logs.pathOf(entry.spec.name)})`;
    this.options.say(
      `${entry.spec.name} ${entry.sentence ? 'was ended' : 'exited'} (${entry.lastExit}); starting it again${when}`,
    );
    entry.cancelRestart = clock.after(delayMs, () => void this.startAgain(entry));
    this.options.changed();
  }

  private async startAgain(entry: Supervised): Promise<void> {
    try {
      entry.spec = await this.options.revise(entry.spec);
    } catch (error) {
      // As it was; if that cannot run, its exit says so, and it is asked again.
      this.options.say(`${entry.spec.name} is started as before: ${messageOf(error)}`);
    }
    if (!entry.stopping && !this.isClosed) this.start(entry);
  }

  private async round(): Promise<void> {
    this.boundLogs();
    await Promise.all([...this.supervised.values()].map((entry) => this.askFor(entry)));
  }

  private boundLogs(): void {
    try {
      this.options.logs.boundAll().forEach((problem) => this.options.say(problem));
    } catch (error) {
      this.options.say(`The logs could not be bounded: ${messageOf(error)}`);
    }
  }

  private async askFor(entry: Supervised): Promise<void> {
    const { process } = entry;
    if (!process || entry.stopping) return;
    const sign = await this.options.askLife(entry.spec).catch((error: unknown): SignOfLife => ({ illness: messageOf(error) }));
    // Another process by now, or one that is being ended: what was heard is not about it.
    if (entry.process !== process || entry.stopping || entry.sentence) return;
    entry.doubt = afterAnswer(entry.doubt, sign);
    if (!isHopeless(entry.doubt)) return;
    entry.sentence = entry.doubt.why;
    // SIGTERM would wait in the queue of a process that is frozen, or that never looks.
    process.signal('SIGKILL');
  }
}
