import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingHttpHeaders, request, type RequestOptions, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { silentLogger, systemClock } from '#lib/platform';
import { DataPlane, type StartReason } from '../../apps/load-balancer/src/haproxy/data-plane.js';
import type { LaunchSettings } from '../../apps/load-balancer/src/haproxy/launch.js';
import { ProxyModels } from '../../apps/load-balancer/src/proxy/model-of.js';
import type { CertificateFile } from '../../apps/load-balancer/src/proxy/tls.js';
import type { LoadBalancingState } from '../../apps/load-balancer/src/domain/state.js';

/** Less than what ends a test: what looks on after its test has ended keeps the whole run. */
const NEVER_MS = 15_000;

/** Looks again and again until it is so. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const giveUpAtMs = systemClock.monotonicMs() + NEVER_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (systemClock.monotonicMs() > giveUpAtMs) throw new Error(`never became so: ${look.toString()}`);
    await systemClock.sleep(5);
  }
}

/** A replica's HAProxy in a directory of its own. */
export class TestPlane {
  readonly starts: StartReason[] = [];
  /** In the instant in which HAProxy was started, or replaced. */
  onStart = (): void => {};
  private readonly models = new ProxyModels();
  private readonly plane: DataPlane;

  private constructor(
    readonly directory: string,
    private readonly state: LoadBalancingState,
    changes: Partial<LaunchSettings>,
  ) {
    const settings: LaunchSettings = {
      program: 'haproxy',
      directory,
      socketDirectory: directory,
      maxConnections: 2_000,
      longestReloadSeconds: 60,
      accessLog: false,
      ...changes,
    };
    this.plane = new DataPlane(settings, systemClock, silentLogger, {
      onStart: (reasons) => {
        this.starts.push(...reasons);
        this.onStart();
      },
    });
  }

  static async open(state: LoadBalancingState, changes: Partial<LaunchSettings> = {}, directory?: string): Promise<TestPlane> {
    return new TestPlane(directory ?? (await mkdtemp(join(tmpdir(), 'haproxy-'))), state, changes);
  }

  get haproxy(): DataPlane {
    return this.plane;
  }

  /** What changed in the state since is what HAProxy is to be. */
  update(certificateFile?: CertificateFile): void {
    this.plane.set(this.models.modelOf({ state: this.state, certificateFile }));
  }

  healthOf(port: number): string | undefined {
    return this.plane.views().find(({ registration }) => registration.port === port)?.health.state;
  }

  async healthy(...ports: readonly number[]): Promise<void> {
    await until(() => ports.every((port) => this.healthOf(port) === 'healthy'));
  }

  async stop(): Promise<void> {
    await this.plane.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A target in this process: says its port, and what it was asked. */
export class TestTarget {
  isHealthy = true;
  passedChecks = 0;
  failedChecks = 0;
  /** Requests that it has begun and not answered. */
  open = 0;
  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  /** `answerMs`: how long each answer takes. */
  static async listen(answerMs = 0): Promise<TestTarget> {
    const server = createServer((asked, answer) => {
      if (asked.url === '/health') {
        if (target.isHealthy) target.passedChecks++;
        else target.failedChecks++;
        return answer.writeHead(target.isHealthy ? 200 : 500).end();
      }
      target.open++;
      const end = () => {
        target.open--;
        answer.setHeader('x-target', String(target.port));
        answer.end(JSON.stringify({ port: target.port, url: asked.url, headers: asked.headers }));
      };
      if (answerMs > 0) setTimeout(end, answerMs);
      else end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = new TestTarget(server, (server.address() as AddressInfo).port);
    return target;
  }

  /** As a process that ends: connections that are open are cut. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export const ask = (options: RequestOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });

/** Clients that ask one thing after another, on connections that stay. */
export class TestLoad {
  readonly failures: string[] = [];
  answered = 0;
  private isOn = true;
  private readonly clients: readonly Promise<void>[];

  constructor(
    options: RequestOptions,
    clients: number,
    private readonly agent = new Agent({ keepAlive: true }),
  ) {
    this.clients = Array.from({ length: clients }, () => this.run({ ...options, agent: this.agent }));
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.clients);
    this.agent.destroy();
  }

  private async run(options: RequestOptions): Promise<void> {
    while (this.isOn) {
      const answer = await ask(options).catch((error: Error) => error.message);
      if (typeof answer !== 'string' && answer.status === 200) this.answered++;
      else this.failures.push(typeof answer === 'string' ? answer : String(answer.status));
    }
  }
}
