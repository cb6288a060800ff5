import { systemClock } from '#lib/platform';
import { ensureDockerEngine } from './docker-engine.js';
import { agentProcess } from './domain/process-specs.js';
import { DEFAULT_DESIRED, type Desired } from './domain/desired.js';
import { remove } from './files.js';
import { unready } from './health.js';
import { renewUser } from './joining.js';
import type { JoinedHost } from './joined-host-file.js';
import type { Layout } from './layout.js';
import { endLeftovers } from './leftovers.js';
import { prepareJoinedHost, type PreparedHost } from './prepare.js';
import { identify } from './process-identity.js';
import { writeState, type RunState } from './run-state.js';
import { summary } from './summary.js';
import { Supervisor } from './supervisor.js';
import { say, warn } from './terminal.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';
import { until } from './wait.js';

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
  private readonly supervisor: Supervisor;
  private readonly desired: Desired;
  private phase: RunState['phase'] = 'starting';
  private prepared?: PreparedHost;

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeJoinedOptions,
  ) {
    this.desired = { ...DEFAULT_DESIRED, address: options.joined.address };
    this.supervisor = new Supervisor({
      logs: layout.logs,
      clock: systemClock,
      say: warn,
      changed: () => this.publish(),
      environment: process.env,
      revise: (spec) => this.prepared!.revise(spec),
    });
    remove(layout.state);
    this.publish();
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options } = this;
    const begunMs = performance.now();
    const leftovers = await endLeftovers(layout.data);
    if (leftovers > 0) say('The last supervisor was killed: ended its agent. Containers were left alone.');
    await Promise.all([ensureDockerEngine(layout), renewUser(layout, options.joined)]);
    const { tryToMakeSampleImage } = await import('./sample-image.js');
    const sampleImage = tryToMakeSampleImage(layout);
    if (stop.signalled()) return;

    say('Starting the agent …');
    this.prepared = await prepareJoinedHost(layout, options.joined, options.logLevel);
    await this.supervisor.apply([agentProcess(this.prepared.installation, this.desired, 1)]);
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
    remove(this.layout.state);
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
    writeState(this.layout, this.state());
  }
}
