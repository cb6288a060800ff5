import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { HostSize } from '#lib/ecs/model';
import { systemClock } from '#lib/platform';
import { ensureNatsServer } from '../broker/nats-binary.js';
import { ensureDockerEngine } from '../host/docker-engine.js';
import { ensureContainerAddresses } from '../host/container-addresses.js';
import { tryToFetchDockerRegistry } from '../host/docker-registry.js';
import { isExecutable } from '../host/command.js';
import { tryToFetchVictoriaMetrics } from '../host/victoria-metrics.js';
import { ensureHaproxy } from '../host/haproxy.js';
import { ensureNftables } from '../host/nftables.js';
import { readJson } from '../host/files.js';
import type { Layout } from '../host/layout.js';
import { journalPlace } from '../host/journal-place.js';
import { ensureKurrentDbClient } from '../host/kurrentdb-client.js';
import { isFree } from '../host/ports.js';
import { signal } from '../host/process-identity.js';
import { ensureSecrets, instanceIdsOf } from '../host/secrets.js';
import { until } from '../host/wait.js';
import { HOST_SIZE_VARIABLE, hostSize } from '../group-hosts/domain/group-host.js';
import { CommandHosts, HOST_COMMAND_VARIABLE } from '../group-hosts/command-hosts.js';
import { HostDesk } from '../group-hosts/host-desk.js';
import { ProcessHosts } from '../group-hosts/process-hosts.js';
import { EnrolmentDesk } from '../joining/enrolment-desk.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import { say, warn } from '../terminal/terminal.js';
import { refuseAtBroker } from './broker-files.js';
import { settingsOf } from './domain/settings.js';
import type { Desired } from './domain/desired.js';
import {
  type AcceptedLoss,
  answersClients,
  appProcesses,
  BROKER_PROCESSES,
  brokerProcesses,
  type DesiredProcesses,
  NATS_PROCESS,
  natsProcess,
  storeProcesses,
} from './domain/process-specs.js';
import { METRIC_STORE_PROCESS } from './domain/metric-store-process.js';
import { missing, notReady } from './health.js';
import { endHaproxy, type FoundProcess, retireHaproxies } from './leftovers.js';
import { machineSize, prepareInstallation, type PreparedInstallation } from './prepare.js';
import { Supervision } from './supervision.js';
import { runUntilSignal, type StopSignals, type Supervised } from './until-signal.js';

const GATEWAY_HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 90_000;
/** For as long the others wait for those that the API needs. */
const FIRST_WITHIN_MS = 10_000;

export interface ServeOptions {
  readonly desired: Desired;
  readonly port: number;
  readonly logLevel: string;
  readonly acceptLossSince?: AcceptedLoss;
  readonly rebuildRelay?: boolean;
}

/** Prepares the machine, starts everything and keeps it running until a signal. Returns the exit code. */
export const serve = (layout: Layout, options: ServeOptions): Promise<number> =>
  runUntilSignal(layout, () => new RunningSystem(layout, options));

class RunningSystem implements Supervised {
  private readonly supervision: Supervision;
  private readonly enrolments: EnrolmentDesk;
  private readonly hosts: ProcessHosts;
  private readonly hostDesk: HostDesk;
  private readonly endpoint: string;
  private readonly journal = journalPlace(process.env);
  private desired: Desired;
  private prepared?: PreparedInstallation;
  /** Changes are applied one after another. */
  private applying: Promise<void> = Promise.resolve();

  constructor(
    private readonly layout: Layout,
    private readonly options: ServeOptions,
  ) {
    this.desired = options.desired;
    this.endpoint = `http://${GATEWAY_HOST}:${options.port}`;
    const settings = settingsOf(process.env, options.logLevel);
    this.supervision = new Supervision(layout, {
      what: 'the control plane',
      own: () => ({
        endpoint: this.endpoint,
        natsUrl: this.prepared?.installation.natsUrl ?? '',
        ...(this.journal ? { journal: this.journal.shown } : {}),
        desired: this.desired,
        settings,
      }),
      revise: (spec) => this.prepared!.revise(spec),
    });
    this.hosts = new ProcessHosts(layout, {
      size: groupHostSize(),
      problem: () =>
        this.desired.agents > 0
          ? undefined
          : 'This control plane runs without a host of its own (--agents 0), so none starts here.',
      apply: () => this.change(() => this.desired),
    });
    const command = process.env[HOST_COMMAND_VARIABLE];
    const exec =
      command &&
      new CommandHosts(layout, command, {
        listen: () => this.desired.listen,
        refuseRevoked: () => refuseAtBroker(layout, this.supervision.state()),
      });
    this.hostDesk = new HostDesk(layout, { process: this.hosts, ...(exec ? { exec } : {}) }, systemClock, warn);
    this.enrolments = new EnrolmentDesk(layout, systemClock, warn, () => refuseAtBroker(layout, this.supervision.state()));
  }

  async start(stop: StopSignals): Promise<void> {
    const { layout, options, supervision } = this;
    if (!(await isFree(options.port, GATEWAY_HOST)) && !supervision.left.some(holdsPort(options.port)))
      throw new UserFault(
        `Port ${options.port} is in use by another program: stop that, or choose another port with --port ${options.port + 1}.`,
      );
    const credentials = ensureSecrets(layout);
    // First what may need root. Simulated instances need no engine; that is their point.
    if (this.desired.agents > 0) {
      await ensureDockerEngine(layout);
      await ensureHaproxy();
      await ensureNftables();
    }
    const containerAddresses = this.desired.agents > 0 ? await ensureContainerAddresses() : undefined;
    const natsServer = await ensureNatsServer(layout);
    if (this.journal) await ensureKurrentDbClient(layout.root);
    const sampleImage = this.desired.agents > 0 ? this.makeSampleImage() : Promise.resolve();
    // Nobody waits for it but a push that comes at once.
    void tryToFetchDockerRegistry(layout);
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
        containerAddresses,
        journalUrl: this.journal?.url,
        rebuildRelay: options.rebuildRelay,
        groupHostSize: this.hosts.size,
      },
      supervision.before,
    );
    await this.takeOver();
    await supervision.supervisor.apply([
      natsProcess(this.prepared.installation),
      ...supervision.supervisor.specs().filter(({ name }) => name !== NATS_PROCESS),
    ]);
    await this.brokerListens();
    if (stop.signalled()) return;
    this.applying = this.apply(this.desired);
    await this.applying;
    this.hostDesk.open(this.prepared.installation.natsUrl);
    if (this.prepared.installation.metricStore) void this.fetchMetricStore();
    await sampleImage;
    await supervision.becomeReady(stop, READY_TIMEOUT_MS, () =>
      missing(supervision.supervisor.records(), {
        endpoint: this.endpoint,
        credentials,
        instanceIds: instanceIdsOf(layout, this.desired.agents),
        desired: this.desired,
      }),
    );
  }

  /** Follows `.longshore/desired.json`, which `up --scale …` of another terminal has changed. */
  reconfigure(): void {
    const wanted = () => {
      const desired = readJson<Desired>(this.layout.desired);
      return !desired || !this.prepared || isDeepStrictEqual(desired, this.desired) ? undefined : desired;
    };
    this.change(wanted).catch((error: unknown) => warn(`The change was not made: ${messageOf(error)}`));
  }

  /** After what is being applied; nothing, when there is nothing to change by then. */
  private change(wanted: () => Desired | undefined): Promise<void> {
    const change = this.applying.then(() => {
      const desired = wanted();
      return desired && !this.supervision.isStopping ? this.apply(desired) : undefined;
    });
    // Whoever asked hears of what failed; the next change is another one.
    this.applying = change.catch(() => undefined);
    return change;
  }

  async stop(): Promise<void> {
    this.supervision.stopping();
    await this.applying;
    // What apps write at their end, they write there.
    await this.supervision.end([METRIC_STORE_PROCESS, ...BROKER_PROCESSES]);
    await endHaproxy(this.layout.data);
    // Last: if it is still waiting for a broker that never came, nothing else has to wait for it.
    await this.enrolments.close();
    await this.hostDesk.close();
    this.supervision.forget();
  }

  /** Nobody waits for it: metrics are in memory until it is there. */
  private async fetchMetricStore(): Promise<void> {
    const { supervision } = this;
    const runs = supervision.supervisor.specs().some(({ name }) => name === METRIC_STORE_PROCESS);
    if (runs || !(await tryToFetchVictoriaMetrics(this.layout)) || supervision.isStopping) return;
    await this.change(() => this.desired).catch((error: unknown) =>
      warn(`The store of metrics was not started: ${messageOf(error)}`),
    );
  }

  private async takeOver(): Promise<void> {
    if (this.supervision.left.length === 0) return;
    const { installation, prepareFor } = this.prepared!;
    await prepareFor(this.wanted(this.desired));
    await this.supervision.takeOver([
      ...brokerProcesses(installation, this.desired),
      ...storeProcesses(installation, isExecutable),
      ...appProcesses(installation, this.wanted(this.desired)),
    ]);
    // What it was not told while nobody was there: who is shut out.
    const broker = this.brokerRecord()?.process;
    if (broker) signal(broker, 'SIGHUP');
  }

  private wanted(desired: Desired): DesiredProcesses {
    return { ...desired, hosts: this.hosts.all };
  }

  private async apply(desired: Desired): Promise<void> {
    const { installation, prepareFor } = this.prepared!;
    if (desired.agents > 0 && this.desired.agents === 0) {
      await ensureDockerEngine(this.layout);
      await ensureHaproxy();
      await ensureNftables();
    }
    await prepareFor(this.wanted(desired));
    const { supervisor } = this.supervision;
    const broker = brokerProcesses(installation, desired);
    const apps = appProcesses(installation, this.wanted(desired));
    if (supervisor.specs().every(({ name }) => name === NATS_PROCESS)) {
      await supervisor.apply([...broker, ...apps.filter(answersClients)]);
      await this.firstAreReady();
    }
    await supervisor.apply([...broker, ...storeProcesses(installation, isExecutable), ...apps]);
    if (this.supervision.isStopping) return;
    retireHaproxies(this.layout.data, desired.replicas['load-balancer'] ?? 1);
    if (desired.listen) this.enrolments.open(installation.natsUrl, installation.registry);
    else await this.enrolments.close();
    this.desired = desired;
    this.supervision.publish();
  }

  /**
   * All at once they would share the processors, and after a power cut the API would answer when the last of a dozen apps has read the
   * journal. Who does not get there in time is waited for with the others.
   */
  private async firstAreReady(): Promise<void> {
    const first = () => this.supervision.supervisor.records().filter(answersClients);
    await until(async () => this.supervision.isStopping || (await notReady(first())) === undefined, FIRST_WITHIN_MS);
  }

  private async brokerListens(): Promise<void> {
    const { hostname, port } = new URL(this.prepared!.installation.natsUrl);
    if (await until(() => this.supervision.isStopping || accepts(hostname, Number(port)), 30_000)) return;
    const { log, lastExit } = this.brokerRecord()!;
    throw new UserFault(`nats-server does not start${lastExit ? ` (${lastExit})` : ''}; its log: ${log}`);
  }

  private brokerRecord() {
    return this.supervision.supervisor.records().find(({ name }) => name === NATS_PROCESS);
  }

  /** Loaded only for this: a supervisor stays for days. */
  private async makeSampleImage(): Promise<void> {
    const { tryToMakeSampleImage } = await import('../host/sample-image.js');
    return tryToMakeSampleImage(this.layout);
  }
}

function groupHostSize(): HostSize {
  const size = hostSize(process.env[HOST_SIZE_VARIABLE], machineSize());
  if (!size) throw new UserFault(`${HOST_SIZE_VARIABLE} takes CPU units and MiB: 2048,4096.`);
  return size;
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
