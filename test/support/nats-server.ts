import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './repository.js';

/** Real nats-servers for tests: fsync before every acknowledgement, on a loopback port of their own. */
export interface NatsServerOptions {
  /** Where JetStream stores; a temporary directory (removed by `stop`) when absent. */
  readonly storeDir?: string;
  readonly port?: number;
  /** Further configuration, in nats-server's syntax. */
  readonly config?: string;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  readonly pid: number | undefined;
  /** SIGKILL: what was not on disk is gone. */
  kill(): Promise<void>;
  /** SIGTERM: it writes down what it knows of its files. */
  end(): Promise<void>;
  /** Starts it again, on the same port and directory. */
  restart(): Promise<void>;
  /** Ends it and removes the store directory that it made itself. */
  stop(): Promise<void>;
}

const MINIMUM = [2, 10] as const;

function versionOf(binary: string): string | undefined {
  try {
    return /v(\d+\.\d+\.\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isNewEnough(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

let found: string | undefined;

/** `LONGSHORE_NATS_SERVER`, else the one that `longshore up` unpacked, else one on PATH; always ≥ 2.10 (older ones cannot fsync). */
export function findNatsServer(): string {
  if (found) return found;
  const candidates = [process.env.LONGSHORE_NATS_SERVER, join(ROOT, '.longshore/bin/nats-server'), 'nats-server'];
  for (const candidate of candidates) {
    const version = candidate ? versionOf(candidate) : undefined;
    if (version && isNewEnough(version)) return (found = candidate!);
  }
  throw new Error(
    'The tests need nats-server 2.10 or newer: run them through `./longshore test`, which fetches one, or set LONGSHORE_NATS_SERVER.',
  );
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function configuration(port: number, storeDir: string, extra: string): string {
  return `listen: "127.0.0.1:${port}"
max_payload: 8MB
jetstream { store_dir: "${storeDir}", sync_interval: always }
${extra}
`;
}

function launch(binary: string, configPath: string): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ['-c', configPath], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-20_000);
      if (log.includes('Server is ready')) resolve(child);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code} before it was ready:\n${log}`)));
  });
}

function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = findNatsServer();
  const port = options.port ?? (await freePort());
  const own = await mkdtemp(join(tmpdir(), 'longshore-nats-test-'));
  const storeDir = options.storeDir ?? own;
  const configPath = join(own, 'nats.conf');
  await writeFile(configPath, configuration(port, storeDir, options.config ?? ''));
  let child: ChildProcess | undefined = await launch(binary, configPath);
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    get pid() {
      return child?.pid;
    },
    kill: () => end(child, 'SIGKILL'),
    end: () => end(child, 'SIGTERM'),
    async restart() {
      await end(child, 'SIGTERM');
      child = await launch(binary, configPath);
    },
    async stop() {
      await end(child, 'SIGTERM');
      child = undefined;
      await rm(own, { recursive: true, force: true });
    },
  };
}
