import { ensureDockerEngine } from '../host/docker-engine.js';
import type { Layout } from '../host/layout.js';
import type { JoinedHost } from '../joining/joined-host-file.js';
import { renewUser } from '../joining/joining.js';
import { say } from '../terminal/terminal.js';
import { DEFAULT_DESIRED, type Desired } from './domain/desired.js';
import { agentProcess } from './domain/process-specs.js';
import { notReady } from './health.js';
import { prepareJoinedHost, type PreparedHost } from './prepare.js';
import { Supervision } from './supervision.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';

const READY_TIMEOUT_MS = 60_000;

export interface ServeJoinedOptions {
  readonly joined: JoinedHost;
  readonly logLevel: string;
}

/** Prepares the machine, starts its agent and keeps it running until a signal. Returns the exit code. */
export const serveJoined = (layout: Layout, options: ServeJoinedOptions): Promise<number> =>
  runUntilSignal(layout, () => new JoinedSystem(layout, options));

class JoinedSystem implements Supervised {
  private readonly supervision: Supervision;
  private readonly desired: Desired;
  private prepared?: PreparedHost;

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeJoinedOptions,
  ) {
    const { joined } = options;
    const { address, hostAccess = 'none' } = joined;
    this.desired = { ...DEFAULT_DESIRED, address, hostAccess };
    this.supervision = new Supervision(layout, {
      what: 'the agent',
      own: () => ({ endpoint: '', natsUrl: '', joined, desired: this.desired }),
      revise: (spec) => this.prepared!.revise(spec),
    });
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options, supervision } = this;
    const [, joined] = await Promise.all([ensureDockerEngine(layout), renewUser(layout, options.joined)]);
    const { tryToMakeSampleImage } = await import('../host/sample-image.js');
    const sampleImage = tryToMakeSampleImage(layout);
    if (stop.signalled()) return;

    say('Starting the agent …');
    this.prepared = await prepareJoinedHost(layout, joined, options.logLevel, supervision.before);
    const agent = agentProcess(this.prepared.installation, this.desired, 1);
    await supervision.takeOver([agent]);
    await supervision.supervisor.apply([agent]);
    await sampleImage;
    await supervision.becomeReady(stop, READY_TIMEOUT_MS, () => notReady(supervision.supervisor.records()));
  }

  async stop(): Promise<void> {
    this.supervision.stopping();
    await this.supervision.end();
    this.supervision.forget();
  }
}
