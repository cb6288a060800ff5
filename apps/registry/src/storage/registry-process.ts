import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, chmod, chown, copyFile, type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock, Logger } from '#lib/platform';
import { CONFIG_FILE, registryConfig, SOCKET } from './registry-config.js';

export interface RegistryProcessSettings {
  /** Docker's registry, as Debian has it. */
  readonly program: string;
  /** How long a missing one is waited for. */
  readonly programLimitMs?: number;
  /** Where it runs, with all that it keeps. */
  readonly directory: string;
  /** Whom it runs as, where this app may choose: a number that no user of the machine has. */
  readonly userId?: number;
}

/** Nothing that a client could wait for. */
export class ProgramMissing extends Error {
  constructor(path: string) {
    super(
      `No images can be kept: ${path} is missing. Install docker-registry, or run ./longshore up again where it can be fetched`,
    );
  }
}

const PROGRAM = 'docker-registry';
const LOG_FILE = 'registry.log';
const PROGRAM_LIMIT_MS = 15_000;
const START_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Docker's registry, which keeps manifests and layers: started when it is needed, and again when it has ended. It ends with this app (the
 * kernel sees to it), because nobody else speaks to it. It runs in its own directory and names nothing above it, so its user
 * needs no right to the directories that lead there: those of root, mostly.
 */
export class RegistryProcess {
  private starting: Promise<void> | undefined;
  private child: ChildProcess | undefined;
  private directory: FileHandle | undefined;

  constructor(
    private readonly settings: RegistryProcessSettings,
    private readonly deps: { readonly clock: Clock; readonly logger: Logger },
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when it answers; requests that come together start it once. */
  async ready(): Promise<void> {
    this.starting ??= this.start().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    await this.starting;
  }

  /** However deep the directory lies: a socket's own path has at most 107 bytes. */
  get socketPath(): string {
    return `/proc/self/fd/${this.directory!.fd}/${SOCKET}`;
  }

  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined);
    const { child } = this;
    if (child) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await this.directory?.close();
    this.directory = undefined;
  }

  private async start(): Promise<void> {
    await this.prepare();
    const log = await open(join(this.settings.directory, LOG_FILE), 'w', 0o600);
    const { userId } = this.settings;
    const as = userId === undefined ? [] : [`--reuid=${userId}`, `--regid=${userId}`, '--clear-groups', '--inh-caps=-all'];
    const args = ['--pdeathsig=SIGTERM', '--no-new-privs', ...as, `./${PROGRAM}`, 'serve', `./${CONFIG_FILE}`];
    const child = spawn('setpriv', args, {
      cwd: this.settings.directory,
      // Nothing of the app's own: where its keys are is nobody's business who takes what clients send.
      env: { PATH: process.env.PATH },
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => {
      ended ??= `it ended with ${signal ?? `exit code ${code}`}`;
      this.child = undefined;
      this.starting = undefined;
      this.deps.logger.info({ how: ended }, 'the store of images has ended');
    });
    this.child = child;
    const giveUpAtMs = this.deps.clock.monotonicMs() + START_LIMIT_MS;
    while (!(await accepts(this.socketPath))) {
      if (ended === undefined && this.deps.clock.monotonicMs() > giveUpAtMs) child.kill('SIGKILL');
      if (ended !== undefined) throw new Error(`the store of images does not start: ${ended} (${LOG_FILE})`);
      await this.deps.clock.sleep(LOOK_EVERY_MS);
    }
    this.deps.logger.info({ pid: child.pid }, 'the store of images runs');
  }

  /** Where it is missing, `up` may be fetching it at this moment. */
  private async programIsThere(): Promise<void> {
    const { program, programLimitMs = PROGRAM_LIMIT_MS } = this.settings;
    const giveUpAtMs = this.deps.clock.monotonicMs() + programLimitMs;
    while (!(await isThere(program))) {
      if (this.deps.clock.monotonicMs() >= giveUpAtMs) throw new ProgramMissing(program);
      await this.deps.clock.sleep(LOOK_EVERY_MS);
    }
  }

  private async prepare(): Promise<void> {
    const { program, directory, userId } = this.settings;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const own = (path: string) => (userId === undefined ? Promise.resolve() : chown(path, userId, userId));
    await own(directory);
    const [copy, config] = [join(directory, PROGRAM), join(directory, CONFIG_FILE)];
    await this.programIsThere();
    // A copy, because the program may lie where its user may not go; by a rename, because an old one may still run.
    await copyFile(program, `${copy}.new`);
    await chmod(`${copy}.new`, 0o755);
    await rename(`${copy}.new`, copy);
    await rm(config, { force: true });
    await writeFile(config, registryConfig(randomBytes(32).toString('hex')), { mode: 0o600 });
    await own(config);
    await rm(join(directory, SOCKET), { force: true });
    this.directory ??= await open(directory, 'r');
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
