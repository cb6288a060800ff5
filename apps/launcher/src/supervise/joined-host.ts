import { ensureDockerEngine } from '../host/docker-engine.js';
import { ensureNftables } from '../host/nftables.js';
import type { Layout } from '../host/layout.js';
import { readJoined, type JoinedHost } from '../joining/joined-host-file.js';
import { renewUser } from '../joining/joining.js';
import { messageOf } from '../terminal/fault.js';
import { say, warn } from '../terminal/terminal.js';
import { DEFAULT_DESIRED, type Desired } from './domain/desired.js';
import type { ProcessSpec } from './domain/process-diff.js';
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
  private joined: JoinedHost;
  private prepared?: PreparedHost;
  private restarting: Promise<void> = Promise.resolve();

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeJoinedOptions,
  ) {
    this.joined = options.joined;
    const { address, hostAccess = 'none' } = this.joined;
    this.desired = { ...DEFAULT_DESIRED, address, hostAccess };
    this.supervision = new Supervision(layout, {
      what: 'the agent',
      own: () => ({ endpoint: '', natsUrl: '', joined: this.joined, desired: this.desired }),
      revise: (spec) => this.prepared!.revise(spec),
    });
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options, supervision } = this;
    const [, joined] = await Promise.all([ensureDockerEngine(layout).then(ensureNftables), renewUser(layout, this.joined)]);
    this.joined = joined;
    const { tryToMakeSampleImage } = await import('../host/sample-image.js');
    const sampleImage = tryToMakeSampleImage(layout);
    if (stop.signalled()) return;

    say('Starting the agent …');
    this.prepared = await prepareJoinedHost(layout, joined, options.logLevel, supervision.before);
    const agent = this.agent(this.prepared);
    await supervision.takeOver([agent]);
    await supervision.supervisor.apply([agent]);
    await sampleImage;
    await supervision.becomeReady(stop, READY_TIMEOUT_MS, () => notReady(supervision.supervisor.records()));
  }

  /** `up --join` of another terminal has brought a new user, and with it what the host may say of itself: for a new agent. */
  reconfigure(): void {
    this.restarting = this.restarting
      .then(() => this.restart())
      .catch((error: unknown) => warn(`The agent was not started again: ${messageOf(error)}`));
  }

  async stop(): Promise<void> {
    this.supervision.stopping();
    await this.restarting;
    await this.supervision.end();
    this.supervision.forget();
  }

  private async restart(): Promise<void> {
    const { prepared, supervision } = this;
    if (!prepared) return;
    this.joined = readJoined(this.layout)!;
    const agent = this.agent(prepared);
    await supervision.supervisor.end([agent.name]);
    await supervision.supervisor.apply([agent]);
  }

  private agent({ installation }: PreparedHost): ProcessSpec {
    const { grant, registry } = this.joined;
    return agentProcess({ ...installation, grant, registry }, this.desired, 1);
  }
}
