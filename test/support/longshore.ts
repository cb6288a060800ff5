import { ECSClient, type ECSClientConfig } from '@aws-sdk/client-ecs';
import Docker from 'dockerode';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsCli, type CommandResult, type Keys } from './aws-cli.js';
import { ROOT } from './repository.js';

/** A whole Longshore for one test file: the built launcher, a data directory of its own, free ports, the machine's engine. */
export interface Longshore {
  readonly endpoint: string;
  readonly data: string;
  readonly docker: Docker;
  /** The first account's. */
  readonly keys: Keys;
  /** The first account's, with the SDK's own retries. */
  readonly ecs: ECSClient;
  /** Another client, for example without retries or with other keys. */
  client(config?: Partial<ECSClientConfig>): ECSClient;
  /** `aws ecs …`, or of another service, of the real AWS CLI, with the first account's keys unless told otherwise. */
  aws(args: readonly string[], options?: { keys?: Keys; endpoint?: string; service?: string }): Promise<CliAnswer>;
  /** A further account and its first key. */
  createAccount(accountId: string): Promise<Keys>;
  /** `./longshore …` */
  run(...args: string[]): Promise<CommandResult>;
  up(...args: string[]): Promise<void>;
  status(): Promise<Status>;
  /** Every process is ready. */
  ready(): Promise<void>;
  /** SIGKILL to a process of the supervisor's list (`state-store-2`, `nats-server`, …) or the supervisor; resolves when it is dead. */
  kill9(name: string): Promise<void>;
  /** A signal to such a process; resolves to its pid. One that is stopped (SIGSTOP) has to be continued before the end. */
  signal(name: string, signal: NodeJS.Signals): Promise<number>;
  /** Running and exited containers of this installation's tasks. */
  containers(): Promise<TaskContainer[]>;
  /** Everything goes: processes, containers, data. Safe to call twice, and after a failure of anything. */
  purge(): Promise<void>;
}

export type { CommandResult, Keys } from './aws-cli.js';

export interface CliAnswer extends CommandResult {
  /** Standard output as JSON, `{}` where it says nothing; throws, with what the CLI said, when it failed. */
  json<T>(): T;
}

export interface Status {
  readonly running: boolean;
  readonly supervisor?: number;
  readonly processes?: readonly ProcessStatus[];
}

export interface ProcessStatus {
  readonly name: string;
  readonly app: string;
  readonly replica: number;
  readonly ready: boolean;
  readonly leader?: boolean;
  /** Since its supervisor started. */
  readonly crashes: number;
  readonly process?: { readonly pid: number };
}

export interface TaskContainer {
  readonly id: string;
  readonly taskArn: string;
  readonly name: string;
  readonly instanceId: string;
  readonly running: boolean;
}

export const REGION = 'us-east-1';
export const launcher = join(ROOT, 'dist/apps/launcher/src/main.js');
/** On every container, and on every volume that belongs to one task. */
export const INSTANCE_LABEL = 'longshore.container-instance-id';
const LABEL = {
  task: 'com.amazonaws.ecs.task-arn',
  container: 'com.amazonaws.ecs.container-name',
  instance: INSTANCE_LABEL,
} as const;

/** Waits until `probe` answers something, and gives it back. What it threw last is part of the failure. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, timeoutMs = 30_000): Promise<T> {
  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    const beganMs = performance.now();
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > giveUpAtMs) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: problem });
    // A look with a whole program, as the AWS CLI is, takes a processor for a second: what it looks for needs some of it, too.
    await pause(Math.min(500, Math.max(40, (performance.now() - beganMs) / 2)));
  }
}

export const startLongshore = (...upArguments: string[]): Promise<Longshore> => startLongshoreWith({}, ...upArguments);

/** With variables for its processes besides the test's own; `LONGSHORE_DATA` is for a test that needs a disk of its own. */
export async function startLongshoreWith(environment: NodeJS.ProcessEnv, ...upArguments: string[]): Promise<Longshore> {
  const data = environment.LONGSHORE_DATA ?? mkdtempSync(join(tmpdir(), 'longshore-e2e-'));
  const port = await freePort();
  const instance = new RunningLongshore(data, port, environment);
  try {
    await instance.up(...upArguments);
    return instance;
  } catch (error) {
    await instance.purge();
    throw error;
  }
}

class RunningLongshore implements Longshore {
  readonly endpoint: string;
  readonly docker = new Docker({ socketPath: process.env.LONGSHORE_DOCKER_SOCKET ?? '/var/run/docker.sock' });
  private firstKeys?: Keys;
  private instanceIds: readonly string[] = [];
  private readonly clients: ECSClient[] = [];
  private first?: ECSClient;
  private readonly cli = new AwsCli();

  constructor(
    readonly data: string,
    private readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  get keys(): Keys {
    if (!this.firstKeys) throw new Error('the keys are known once it is up');
    return this.firstKeys;
  }

  get ecs(): ECSClient {
    return (this.first ??= this.client());
  }

  client(config: Partial<ECSClientConfig> = {}): ECSClient {
    const client = new ECSClient({ endpoint: this.endpoint, region: REGION, credentials: this.keys, maxAttempts: 5, ...config });
    this.clients.push(client);
    return client;
  }

  async aws(args: readonly string[], options: { keys?: Keys; endpoint?: string; service?: string } = {}): Promise<CliAnswer> {
    const { keys = this.keys, endpoint = this.endpoint, service = 'ecs' } = options;
    const result = await this.cli.call({ args: [service, ...args], endpoint, region: REGION, keys });
    const json = <T>(): T => {
      if (result.code !== 0) throw new Error(`aws ${service} ${args.join(' ')}: exit code ${result.code}: ${result.stderr}`);
      return (result.stdout.trim() === '' ? {} : JSON.parse(result.stdout)) as T;
    };
    return { ...result, json };
  }

  async createAccount(accountId: string): Promise<Keys> {
    return keysIn((await this.succeed('credentials', 'create', '--account', accountId)).stdout);
  }

  run(...args: string[]): Promise<CommandResult> {
    const own = { ...this.environment, LONGSHORE_DATA: this.data, NODE_OPTIONS: '' };
    return execute(process.execPath, [launcher, ...args], { ...process.env, ...own });
  }

  async up(...args: string[]): Promise<void> {
    await this.succeed('up', '-d', '--port', String(this.port), ...args);
    this.firstKeys ??= keysIn((await this.succeed('env')).stdout);
    this.instanceIds = readdirSync(join(this.data, 'agents')).map((agent) =>
      readFileSync(join(this.data, 'agents', agent, 'instance-id'), 'utf8').trim(),
    );
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.run('status', '--json')).stdout) as Status;
  }

  async ready(): Promise<void> {
    await eventually('every process is ready', async () => {
      const { running, processes } = await this.status();
      return running && processes!.every((process) => process.ready);
    });
  }

  async signal(name: string, signal: NodeJS.Signals): Promise<number> {
    const status = await this.status();
    const found = status.processes?.find((process) => process.name === name)?.process?.pid;
    const pid = name === 'supervisor' ? status.supervisor : found;
    if (pid === undefined) throw new Error(`no process ${name} runs`);
    process.kill(pid, signal);
    return pid;
  }

  async kill9(name: string): Promise<void> {
    const pid = await this.signal(name, 'SIGKILL');
    await eventually(`${name} is dead`, () => Promise.resolve(hasEnded(pid)), 5_000);
  }

  async containers(): Promise<TaskContainer[]> {
    return taskContainers(this.docker, this.instanceIds);
  }

  async purge(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.cli.end();
    if (!existsSync(this.data)) return;
    const refused = this.refusedByBroker();
    const { code, stderr } = await this.run('down', '--purge', '--yes');
    rmSync(this.data, { recursive: true, force: true });
    if (code !== 0) throw new Error(`down --purge: exit code ${code}: ${stderr}`);
    if (refused.length > 0) throw new Error(`an app asked the broker for what it may not:\n${refused.join('\n')}`);
  }

  /**
   * Permissions are a table beside the code that needs them: what one lacks is seen only where both are real. Not answers to what was asked
   * over a connection that the broker has cut since.
   */
  private refusedByBroker(): readonly string[] {
    const log = join(this.data, 'logs', 'nats-server.log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    return lines.filter((line) => line.includes(' Violation ') && !/Subject "_(R_|INBOX)/.test(line));
  }

  private async succeed(...args: string[]): Promise<CommandResult> {
    const result = await this.run(...args);
    if (result.code !== 0)
      throw new Error(`longshore ${args.join(' ')}: exit code ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  }
}

/** Running and exited containers of these instances' tasks. */
export async function taskContainers(docker: Docker, instanceIds: readonly string[]): Promise<TaskContainer[]> {
  const all = await docker.listContainers({ all: true, filters: { label: [LABEL.task] } });
  return all
    .filter(({ Labels }) => instanceIds.includes(Labels[LABEL.instance]!))
    .map(({ Id, Labels, State }) => ({
      id: Id,
      taskArn: Labels[LABEL.task]!,
      name: Labels[LABEL.container]!,
      instanceId: Labels[LABEL.instance]!,
      running: State === 'running',
    }));
}

function keysIn(exports: string): Keys {
  const valueOf = (name: string) => new RegExp(`^export ${name}='([^']+)'$`, 'm').exec(exports)![1]!;
  return { accessKeyId: valueOf('AWS_ACCESS_KEY_ID'), secretAccessKey: valueOf('AWS_SECRET_ACCESS_KEY') };
}

/** A killed child stays a zombie until its parent has looked. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return true;
    throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export function execute(command: string, args: readonly string[], env = process.env): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
