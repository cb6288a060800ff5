import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '#lib/platform';
import type { Desired } from './domain/desired.js';
import { appProcesses, BROKER_PROCESSES, brokerProcesses, natsProcess } from './domain/process-specs.js';
import { ensureDockerEngine } from './docker-engine.js';
import { EnrolmentDesk } from './enrolment-desk.js';
import { messageOf, UserFault } from './fault.js';
import { readJson, remove } from './files.js';
import { missingInstances, unready } from './health.js';
import { endLeftovers } from './leftovers.js';
import type { Layout } from './layout.js';
import { ensureNatsServer } from './nats-binary.js';
import { isFree } from './ports.js';
import { instanceIdsOf, prepareInstallation, type PreparedInstallation } from './prepare.js';
import { identify } from './process-identity.js';
import { writeState, type RunState } from './run-state.js';
import { ensureSecrets } from './secrets.js';
import { summary } from './summary.js';
import { Supervisor } from './supervisor.js';
import { say, warn } from './terminal.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';
import { until } from './wait.js';

const GATEWAY_HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 90_000;

export interface ServeOptions {
  readonly desired: Desired;
  readonly port: number;
  readonly logLevel: string;
  readonly acceptLossSince?: number;
}

/** Prepares the machine, starts everything and keeps it running until a signal. Returns the exit code. */
export const serve = (layout: Layout, options: ServeOptions): Promise<number> =>
  runUntilSignal(layout, () => new RunningSystem(layout, options));

class RunningSystem implements Supervised {
  private readonly startedAt = new Date().toISOString();
  private readonly supervisor: Supervisor;
  private readonly enrolments: EnrolmentDesk;
  private phase: RunState['phase'] = 'starting';
  private desired: Desired;
  private prepared?: PreparedInstallation;
  /** Changes are applied one after another. */
  private applying: Promise<void> = Promise.resolve();

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeOptions,
  ) {
    this.desired = options.desired;
    this.supervisor = new Supervisor({
      logs: layout.logs,
      clock: systemClock,
      say: warn,
      changed: () => this.publish(),
      environment: process.env,
      revise: (spec) => this.prepared!.revise(spec),
    });
    this.enrolments = new EnrolmentDesk(layout, systemClock, warn);
    remove(layout.state);
    this.publish();
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options } = this;
    const begunMs = performance.now();
    const leftovers = await endLeftovers(layout.data);
    if (leftovers > 0) say(`The last supervisor was killed: ended its ${leftovers} processes. Containers were left alone.`);
    if (!(await isFree(options.port, GATEWAY_HOST)))
      throw new UserFault(
        `Port ${options.port} is in use by another program: stop that, or choose another port with --port ${options.port + 1}.`,
      );
    const credentials = ensureSecrets(layout);
    // First what may need root. Simulated instances need no engine; that is their point.
    if (this.desired.agents > 0) await ensureDockerEngine(layout);
    const natsServer = await ensureNatsServer(layout);
    const sampleImage = this.desired.agents > 0 ? this.makeSampleImage() : Promise.resolve();
    if (stop.signalled()) return;

    say('Starting the journal and the apps …');
    this.prepared = await prepareInstallation(layout, {
      natsServer,
      gatewayHost: GATEWAY_HOST,
      gatewayPort: options.port,
      logLevel: options.logLevel,
      acceptLossSince: options.acceptLossSince,
    });
    await this.supervisor.apply([natsProcess(this.prepared.installation)]);
    await this.brokerListens();
    if (stop.signalled()) return;
    this.applying = this.apply(this.desired);
    await this.applying;
    await sampleImage;

    const missing = await this.becomeReady(credentials, stop);
    if (stop.signalled()) return;
    this.phase = missing ? 'unready' : 'ready';
    this.publish();
    if (missing)
      warn(`Not ready after ${READY_TIMEOUT_MS / 1_000} s: ${missing}. It is tried further; logs are in ${layout.logs}.`);
    else {
      say(`Ready in ${((performance.now() - begunMs) / 1_000).toFixed(1)} s.`);
      if (process.stdout.isTTY) say(`${summary(this.state())}\nCtrl-C stops the control plane; tasks go on.`);
    }
  }

  /** Follows `.longshore/desired.json`, which `up --scale …` of another terminal has changed. */
  reconfigure(): void {
    this.applying = this.applying
      .then(() => {
        const desired = readJson<Desired>(this.layout.desired);
        return !desired || !this.prepared || isDeepStrictEqual(desired, this.desired) ? undefined : this.apply(desired);
      })
      .catch((error: unknown) => warn(`The change was not made: ${messageOf(error)}`));
  }

  async stop(): Promise<void> {
    this.phase = 'stopping';
    this.publish();
    await this.applying;
    const names = this.supervisor.specs().map((spec) => spec.name);
    if (names.length > 0) say('Stopping the control plane; containers go on …');
    await this.supervisor.end(names.filter((name) => !BROKER_PROCESSES.includes(name)));
    await this.supervisor.end(BROKER_PROCESSES);
    // Last: if it is still waiting for a broker that never came, nothing else has to wait for it.
    await this.enrolments.close();
    remove(this.layout.state);
  }

  private async apply(desired: Desired): Promise<void> {
    const { installation, prepareFor } = this.prepared!;
    if (desired.agents > 0 && this.desired.agents === 0) await ensureDockerEngine(this.layout);
    await prepareFor(desired);
    await this.supervisor.apply([...brokerProcesses(installation, desired), ...appProcesses(installation, desired)]);
    if (desired.listen) this.enrolments.open(installation.natsUrl);
    else await this.enrolments.close();
    this.desired = desired;
    this.publish();
  }

  private async becomeReady(credentials: ReturnType<typeof ensureSecrets>, stop: StopSignals): Promise<string | undefined> {
    let missing = '';
    let told = performance.now() + 5_000;
    await until(
      async () => {
        if (stop.signalled()) return true;
        const before = missing;
        missing = (await unready(this.supervisor.records())).join(', ');
        missing ||=
          (await missingInstances(this.endpoint(), credentials, instanceIdsOf(this.layout, this.desired.agents), this.desired)) ??
          '';
        if (missing && missing !== before && performance.now() > told) {
          say(`Waiting for ${missing} …`);
          told = performance.now() + 5_000;
        }
        return missing === '';
      },
      READY_TIMEOUT_MS,
      100,
    );
    return missing || undefined;
  }

  private async brokerListens(): Promise<void> {
    const { hostname, port } = new URL(this.prepared!.installation.natsUrl);
    if (await until(() => accepts(hostname, Number(port)), 30_000)) return;
    throw new UserFault(`nats-server does not start; its log: ${this.supervisor.records()[0]!.log}`);
  }

  /** Loaded only for this: a supervisor stays for days. */
  private async makeSampleImage(): Promise<void> {
    const { tryToMakeSampleImage } = await import('./sample-image.js');
    return tryToMakeSampleImage(this.layout);
  }

  private endpoint(): string {
    return `http://${GATEWAY_HOST}:${this.options.port}`;
  }

  private state(): RunState {
    return {
      supervisor: identify(process.pid)!,
      startedAt: this.startedAt,
      phase: this.phase,
      endpoint: this.endpoint(),
      natsUrl: this.prepared?.installation.natsUrl ?? '',
      desired: this.desired,
      processes: this.supervisor.records(),
    };
  }

  private publish(): void {
    writeState(this.layout, this.state());
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
