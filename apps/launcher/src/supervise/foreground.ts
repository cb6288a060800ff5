import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '#lib/platform';
import type { Desired } from './domain/desired.js';
import { adoptable } from './domain/adoption.js';
import { appProcesses, BROKER_PROCESSES, brokerProcesses, NATS_PROCESS, natsProcess } from './domain/process-specs.js';
import { ensureDockerEngine } from '../host/docker-engine.js';
import { EnrolmentDesk } from '../joining/enrolment-desk.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import { readJson } from '../host/files.js';
import { missingInstances, unready } from './health.js';
import { refuseAtBroker } from './broker-files.js';
import { builtAtMs, endProcesses, leftoversOf, type FoundProcess } from './leftovers.js';
import type { Layout } from '../host/layout.js';
import { ensureNatsServer } from '../broker/nats-binary.js';
import { isFree } from '../host/ports.js';
import { prepareInstallation, type PreparedInstallation } from './prepare.js';
import { identify, signal } from '../host/process-identity.js';
import { ProcessLogs } from './process-logs.js';
import { LocalProcesses } from './processes.js';
import { lastState, type RunState } from './run-state.js';
import { ensureSecrets, instanceIdsOf } from '../host/secrets.js';
import { askLife } from './sign-of-life.js';
import { StateFile } from './state-file.js';
import { summary } from './summary.js';
import { Supervisor } from './supervisor.js';
import { say, warn } from '../terminal/terminal.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';
import { until } from '../host/wait.js';

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
  private readonly before?: RunState;
  private readonly supervisor: Supervisor;
  private readonly enrolments: EnrolmentDesk;
  private readonly stateFile: StateFile;
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
      askLife: (spec) => askLife(spec, this.prepared?.installation.natsUrl, layout.data),
      revise: (spec) => this.prepared!.revise(spec),
    });
    this.enrolments = new EnrolmentDesk(layout, systemClock, warn, () => refuseAtBroker(layout, this.state()));
    this.publish();
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options } = this;
    const begunMs = performance.now();
    const left = leftoversOf(layout.data);
    if (!(await isFree(options.port, GATEWAY_HOST)) && !left.some(holdsPort(options.port)))
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
    this.prepared = await prepareInstallation(
      layout,
      {
        natsServer,
        gatewayHost: GATEWAY_HOST,
        gatewayPort: options.port,
        logLevel: options.logLevel,
        acceptLossSince: options.acceptLossSince,
      },
      this.before,
    );
    if (left.length > 0) await this.takeOver(left);
    await this.supervisor.apply([
      natsProcess(this.prepared.installation),
      ...this.supervisor.specs().filter(({ name }) => name !== NATS_PROCESS),
    ]);
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
    this.supervisor.close();
    // Last: if it is still waiting for a broker that never came, nothing else has to wait for it.
    await this.enrolments.close();
    this.stateFile.remove();
  }

  /** Of the processes that a killed supervisor has left, those that are wanted as they are go on; the others end. */
  private async takeOver(left: readonly FoundProcess[]): Promise<void> {
    const { installation, prepareFor } = this.prepared!;
    await prepareFor(this.desired);
    const wanted = [...brokerProcesses(installation, this.desired), ...appProcesses(installation, this.desired)];
    const { adopt, end } = adoptable(wanted, left, builtAtMs());
    say(
      `The last supervisor was killed: ${adopt.length} of its ${left.length} processes go on` +
        `${end.length > 0 ? `, ${end.length} are started anew` : ''}. Containers were left alone.`,
    );
    await endProcesses(end);
    for (const { spec, leftover } of adopt) this.supervisor.adopt(spec, leftover.identity);
    // What it was not told while nobody was there: who is shut out.
    const broker = adopt.find(({ spec }) => spec.name === NATS_PROCESS);
    if (broker) signal(broker.leftover.identity, 'SIGHUP');
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
    const { log, lastExit } = this.supervisor.records().find(({ name }) => name === NATS_PROCESS)!;
    throw new UserFault(`nats-server does not start${lastExit ? ` (${lastExit})` : ''}; its log: ${log}`);
  }

  /** Loaded only for this: a supervisor stays for days. */
  private async makeSampleImage(): Promise<void> {
    const { tryToMakeSampleImage } = await import('../host/sample-image.js');
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
    this.stateFile.publish();
  }
}

/** Our own gateway holds it already. */
const holdsPort =
  (port: number) =>
  ({ environment }: FoundProcess): boolean =>
    environment.includes(`LONGSHORE_GATEWAY_PORT=${port}`);

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
