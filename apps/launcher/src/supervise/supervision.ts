import { systemClock } from '#lib/platform';
import { withoutPlaces } from '../host/journal-place.js';
import type { Layout } from '../host/layout.js';
import { identify } from '../host/process-identity.js';
import { until } from '../host/wait.js';
import { say, warn } from '../terminal/terminal.js';
import { adoptable, takenOver } from './domain/adoption.js';
import type { ProcessSpec } from './domain/process-diff.js';
import { builtAtMs, endProcesses, leftoversOf, type FoundProcess } from './leftovers.js';
import { ProcessLogs } from './process-logs.js';
import { LocalProcesses } from './processes.js';
import { lastState, type RunState } from './run-state.js';
import { askLife } from './sign-of-life.js';
import { StateFile } from './state-file.js';
import { summary } from './summary.js';
import { Supervisor } from './supervisor.js';
import type { StopSignals } from './until-signal.js';

export interface SupervisionOptions {
  /** What is supervised, for sentences: `the control plane`. */
  readonly what: string;
  /** What of the state only this kind of host can say. */
  readonly own: () => Pick<RunState, 'endpoint' | 'natsUrl' | 'journal' | 'joined' | 'desired'>;
  readonly revise: (spec: ProcessSpec) => Promise<ProcessSpec>;
}

/**
 * A supervisor from its beginning to its end, and what it tells the other commands meanwhile: the same for a control plane and for
 * the agent of a joined host.
 */
export class Supervision {
  readonly supervisor: Supervisor;
  /** What the supervisor before this one has said last. */
  readonly before: RunState | undefined;
  /** What that one has left, because it was killed. */
  readonly left: readonly FoundProcess[];
  private readonly startedAt = new Date().toISOString();
  private readonly begunMs = performance.now();
  private readonly stateFile: StateFile;
  private phase: RunState['phase'] = 'starting';

  constructor(
    private readonly layout: Layout,
    private readonly options: SupervisionOptions,
  ) {
    // Before the first publication, which replaces it.
    this.before = lastState(layout);
    this.left = leftoversOf(layout.data);
    this.stateFile = new StateFile(layout.state, systemClock, () => this.state(), warn);
    const logs = new ProcessLogs(layout.logs);
    this.supervisor = new Supervisor({
      processes: new LocalProcesses(logs, systemClock, withoutPlaces(process.env)),
      logs,
      clock: systemClock,
      say: warn,
      changed: () => this.publish(),
      askLife: (spec) => askLife(spec, options.own().natsUrl, layout.data),
      revise: options.revise,
    });
    this.publish();
  }

  state(): RunState {
    return {
      supervisor: identify(process.pid)!,
      startedAt: this.startedAt,
      phase: this.phase,
      ...this.options.own(),
      processes: this.supervisor.records(),
    };
  }

  publish(): void {
    this.stateFile.publish();
  }

  /** Of the processes that a killed supervisor has left, those that are wanted as they are go on; the others end. */
  async takeOver(wanted: readonly ProcessSpec[]): Promise<void> {
    if (this.left.length === 0) return;
    const { adopt, end } = adoptable(wanted, this.left, builtAtMs());
    say(takenOver(adopt.length, end.length));
    await endProcesses(end);
    for (const { spec, leftover } of adopt) this.supervisor.adopt(spec, leftover.identity);
  }

  /** Waits until nothing is missing any more, though not for ever, and says which it was. */
  async becomeReady(stop: StopSignals, timeoutMs: number, missing: () => Promise<string | undefined>): Promise<void> {
    const waitsFor = await this.waitFor(stop, timeoutMs, missing);
    if (stop.signalled()) return;
    this.phase = waitsFor === undefined ? 'ready' : 'unready';
    this.publish();
    if (waitsFor !== undefined)
      return warn(`Not ready after ${timeoutMs / 1_000} s: ${waitsFor}. It is tried further; logs are in ${this.layout.logs}.`);
    say(`Ready in ${((performance.now() - this.begunMs) / 1_000).toFixed(1)} s.`);
    if (process.stdout.isTTY) say(`${summary(this.state())}\nCtrl-C stops ${this.options.what}; tasks go on.`);
  }

  /** What is still missing in the end. */
  private async waitFor(stop: StopSignals, timeoutMs: number, missing: () => Promise<string | undefined>) {
    let before: string | undefined;
    let now: string | undefined;
    let tellAtMs = performance.now() + 5_000;
    await until(
      async () => {
        before = now;
        if (!stop.signalled()) now = await missing();
        if (stop.signalled() || now === undefined) return true;
        if (now !== before && performance.now() > tellAtMs) {
          say(`Waiting for ${now} …`);
          tellAtMs = performance.now() + 5_000;
        }
        return false;
      },
      timeoutMs,
      100,
    );
    return now;
  }

  /** From now on nothing is started, also by a start that is still under way. */
  stopping(): void {
    this.phase = 'stopping';
    this.supervisor.close();
    this.publish();
  }

  get isStopping(): boolean {
    return this.phase === 'stopping';
  }

  /** Ends every process, those named in `last` after the others; containers go on. */
  async end(last: readonly string[] = []): Promise<void> {
    const names = this.supervisor.specs().map(({ name }) => name);
    if (names.length > 0) say(`Stopping ${this.options.what}; containers go on …`);
    await this.supervisor.end(names.filter((name) => !last.includes(name)));
    await this.supervisor.end(last);
  }

  /** Nothing runs here any more. */
  forget(): void {
    this.stateFile.remove();
  }
}
