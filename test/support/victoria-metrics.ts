import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { victoriaMetricsArguments } from '../../apps/launcher/src/supervise/domain/metric-store-process.js';
import { ROOT } from './repository.js';

/** `LONGSHORE_VICTORIA_METRICS`, else what `./longshore` unpacked, else the machine's. */
function program(): string {
  const candidates = [
    process.env.LONGSHORE_VICTORIA_METRICS,
    join(ROOT, '.longshore/bin/victoria-metrics'),
    '/usr/bin/victoria-metrics',
  ];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (!found) throw new Error('victoria-metrics is missing: run ./longshore test, or set LONGSHORE_VICTORIA_METRICS');
  return found;
}

/** A real VictoriaMetrics, as the launcher starts it, with a directory and a port of its own. */
export class VictoriaMetrics {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<VictoriaMetrics> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const store = new VictoriaMetrics(await mkdtemp(join(tmpdir(), 'longshore-metrics-')), port);
    await store.restart();
    return store;
  }

  get url(): string {
    return `http://longshore:secret@127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async restart(): Promise<void> {
    const settings = { directory: this.directory, port: this.port, retention: '63d' };
    const env = { ...process.env, LONGSHORE_METRICS_httpAuth_password: 'secret' };
    this.child = spawn(program(), victoriaMetricsArguments(settings), { stdio: 'ignore', env });
    const answers = () =>
      fetch(`http://127.0.0.1:${this.port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers()))
      if (this.child.exitCode !== null) throw new Error(`victoria-metrics ended with ${this.child.exitCode}`);
  }

  /** What was not on disk is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
