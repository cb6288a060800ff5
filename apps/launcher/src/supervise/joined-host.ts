import { systemClock } from '#lib/platform';
import { ensureDockerEngine } from '../host/docker-engine.js';
import { adoptable } from './domain/adoption.js';
import { agentProcess } from './domain/process-specs.js';
import { DEFAULT_DESIRED, type Desired } from './domain/desired.js';
import { unready } from './health.js';
import { renewUser } from '../joining/joining.js';
import type { JoinedHost } from '../joining/joined-host-file.js';
import type { Layout } from '../host/layout.js';
import { builtAtMs, endProcesses, leftoversOf } from './leftovers.js';
import { prepareJoinedHost, type PreparedHost } from './prepare.js';
import { identify } from '../host/process-identity.js';
import { ProcessLogs } from './process-logs.js';
import { LocalProcesses } from './processes.js';
import { lastState, type RunState } from './run-state.js';
import { askLife } from './sign-of-life.js';
import { StateFile } from './state-file.js';
import { summary } from './summary.js';
import { Supervisor } from './supervisor.js';
import { say, warn } from '../terminal/terminal.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';
import { until } from '../host/wait.js';

const READY_TIMEOUT_MS = 60_000;

export interface ServeJoinedOptions {
  readonly joined: JoinedHost;
  readonly logLevel: string;
}

/** Prepares the machine, starts its agent and keeps it running until a signal. Returns the exit code. */
export const serveJoined = (layout: Layout, options: ServeJoinedOptions): Promise<number> =>
  runUntilSignal(layout, () => new JoinedSystem(layout, options));

class JoinedSystem implements Supervised {
  private readonly startedAt = new Date().toISOString();
  private readonly before?: RunState;
  private readonly stateFile: StateFile;
  private readonly supervisor: Supervisor;
  private readonly desired: Desired;
  private phase: RunState['phase'] = 'starting';
  private prepared?: PreparedHost;

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeJoinedOptions,
  ) {
    const { address, hostAccess = 'none' } = options.joined;
    this.desired = { ...DEFAULT_DESIRED, address, hostAccess };
    // Before the first publication, which replaces it.
    this.before = lastState(layout);
    this.stateFile = new StateFile(layout.state, systemClock, () => this.state(), warn);
    const logs = new ProcessLogs(layout.logs);
    this.supervisor = new Supervisor({
      processes: new LocalProcesses(logs, systemClock, process.env),
      logs,
      clock: systemClock,
      say: warn,
      changed: () => this.publish(),
      askLife: (spec) => askLife(spec, undefined, layout.data),
      revise: (spec) => this.prepared!.revise(spec),
    });
    this.publish();
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options } = this;
    const begunMs = performance.now();
    const left = leftoversOf(layout.data);
    const [, joined] = await Promise.all([ensureDockerEngine(layout), renewUser(layout, options.joined)]);
    const { tryToMakeSampleImage } = await import('../host/sample-image.js');
    const sampleImage = tryToMakeSampleImage(layout);
    if (stop.signalled()) return;

    say('Starting the agent …');
    this.prepared = await prepareJoinedHost(layout, joined, options.logLevel, this.before);
    const agent = agentProcess(this.prepared.installation, this.desired, 1);
    const { adopt, end } = adoptable([agent], left, builtAtMs());
    if (left.length > 0)
      say(
        `The last supervisor was killed: its agent ${adopt.length > 0 ? 'goes on' : 'is started anew'}. Containers were left alone.`,
      );
    await endProcesses(end);
    for (const { spec, leftover } of adopt) this.supervisor.adopt(spec, leftover.identity);
    await this.supervisor.apply([agent]);
    await sampleImage;
    const missing = await this.becomeReady(stop);
    if (stop.signalled()) return;
    this.phase = missing ? 'unready' : 'ready';
    this.publish();
    if (missing)
      warn(`Not ready after ${READY_TIMEOUT_MS / 1_000} s: ${missing}. It is tried further; logs are in ${layout.logs}.`);
    else {
      say(`Ready in ${((performance.now() - begunMs) / 1_000).toFixed(1)} s.`);
      if (process.stdout.isTTY) say(`${summary(this.state())}\nCtrl-C stops the agent; tasks go on.`);
    }
  }

  /** Nothing of a joined host changes while it runs. */
  reconfigure(): void {}

  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.publish();
    const names = this.supervisor.specs().map((spec) => spec.name);
    if (names.length > 0) say('Stopping the agent; containers go on …');
    await this.supervisor.end(names);
    this.supervisor.close();
    this.stateFile.remove();
  }

  private async becomeReady(stop: StopSignals): Promise<string | undefined> {
    let missing = '';
    await until(
      async () => {
        if (stop.signalled()) return true;
        missing = (await unready(this.supervisor.records())).join(', ');
        return missing === '';
      },
      READY_TIMEOUT_MS,
      100,
    );
    return missing || undefined;
  }

  private state(): RunState {
    const { joined } = this.options;
    return {
      supervisor: identify(process.pid)!,
      startedAt: this.startedAt,
      phase: this.phase,
      endpoint: '',
      natsUrl: '',
      joined,
      desired: this.desired,
      processes: this.supervisor.records(),
    };
  }

  private publish(): void {
    this.stateFile.publish();
  }
}
