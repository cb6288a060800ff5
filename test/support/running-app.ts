import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import { apiHeaders, type ApiReply, connectNats, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { freePort } from './nats-server.js';
import { ROOT } from './repository.js';

interface Status {
  readonly ready: boolean;
  readonly reason?: string;
  readonly leader?: boolean;
  readonly relayLag?: number;
}

/** An app as a process on a real broker, and a client of it. */
export class RunningApp {
  private app!: ChildProcess;

  private constructor(
    private readonly natsUrl: string,
    private readonly main: string,
    private readonly service: string,
    private readonly healthPort: number,
    readonly nats: NatsConnection,
  ) {}

  /** `main`: its compiled entry, because worker threads have no TypeScript. `service`: whose operations `ask` asks. */
  static async on(natsUrl: string, main: string, service: string): Promise<RunningApp> {
    const nats = await connectNats({ url: natsUrl, user: 'test' });
    return new RunningApp(natsUrl, join(ROOT, 'dist', main), service, await freePort(), nats);
  }

  /** Until it writes. */
  async start(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    this.spawn(environment);
    await this.says(({ ready, leader }) => ready && leader === true);
  }

  /** With something that keeps it from starting; what it says of that. */
  async refuses(environment: NodeJS.ProcessEnv = {}): Promise<string> {
    this.spawn(environment);
    const { reason } = await this.says(({ reason: why }) => why?.includes('not usable') === true);
    await this.kill();
    return reason!;
  }

  async says(what: (status: Status) => boolean): Promise<Status> {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.healthPort}/status`).catch(() => undefined);
      const status = (await answer?.json()) as Status | undefined;
      if (status && what(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.app.exitCode !== null || this.app.signalCode !== null) return;
    this.app.kill(signal);
    await once(this.app, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await this.nats.close();
  }

  ask(operation: string, input: object, more?: Record<string, string>): Promise<any> {
    return this.askOf(this.service, operation, input, more);
  }

  async askOf(service: string, operation: string, input: object, more: Record<string, string> = {}): Promise<any> {
    const headers = newHeaders();
    const context = {
      [apiHeaders.requestId]: `${operation}-${Math.random()}`,
      [apiHeaders.principal]: 'arn:aws:iam::000000000000:root',
      [apiHeaders.accountId]: '000000000000',
      [apiHeaders.region]: 'us-east-1',
      ...more,
    };
    for (const [name, value] of Object.entries(context)) headers.set(name, value);
    const message = await this.nats.request(subjects.api(service, operation), toJson(input), { timeout: 20_000, headers });
    return fromJson(message.data) as ApiReply;
  }

  private spawn(environment: NodeJS.ProcessEnv): void {
    const own = { NODE_OPTIONS: '', LONGSHORE_NATS_URL: this.natsUrl, LONGSHORE_HEALTH_PORT: String(this.healthPort) };
    const env = { ...process.env, ...own, ...environment };
    this.app = spawn(process.execPath, [this.main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}
