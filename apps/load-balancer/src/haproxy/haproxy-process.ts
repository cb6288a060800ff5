import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import type { Clock } from '#lib/platform';
import { parseServersState, parseStat, type Row, slotsOf } from '../proxy/reports.js';
import type { Runtime } from '../proxy/runtime.js';
import { HAPROXY_VARIABLE } from '#lib/names';
import { RuntimeSocket } from './runtime-socket.js';

/** HAProxy did not start: what it said. */
export class StartError extends Error {
  constructor(readonly output: string) {
    super(
      `HAProxy does not start: ${
        output
          .split('\n')
          .filter((line) => line.includes('[ALERT]'))
          .join('; ') || output
      }`,
    );
  }
}

export interface StartOptions {
  readonly program: string;
  readonly configPath: string;
  readonly socketPath: string;
  readonly outputPath: string;
  readonly home?: string;
  /** Whose listeners it takes over, and who then ends when its connections have. */
  readonly predecessor?: { readonly pid: number; readonly socketPath: string };
  readonly clock: Clock;
}

const START_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 10;

/**
 * A HAProxy that runs, which may be an earlier app's: it goes on without any app, so that the death of one is no gap, and is known by
 * its socket alone.
 */
export class HaproxyProcess {
  private constructor(
    readonly pid: number,
    readonly socketPath: string,
    readonly socket: RuntimeSocket,
  ) {}

  static async start(options: StartOptions): Promise<HaproxyProcess> {
    const { program, configPath, socketPath, outputPath, home, predecessor, clock } = options;
    const output = await open(outputPath, 'w', 0o600);
    const takeOver = predecessor ? ['-x', predecessor.socketPath, '-sf', String(predecessor.pid)] : [];
    const child = spawn(program, ['-db', '-f', configPath, ...takeOver], {
      detached: true,
      // Nothing of the app's own: where its keys are is not for a program that anybody speaks to.
      env: { PATH: process.env.PATH, ...(home === undefined ? {} : { [HAPROXY_VARIABLE]: home }) },
      stdio: ['ignore', output.fd, output.fd],
    });
    await output.close();
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => (ended ??= `it ended with ${signal ?? code}`));
    child.unref();
    const giveUpAtMs = clock.monotonicMs() + START_LIMIT_MS;
    for (;;) {
      const process = await HaproxyProcess.at(socketPath);
      if (process) {
        if (process.pid === child.pid) return process;
        process.release();
      }
      if (ended !== undefined) throw new StartError((await readFile(outputPath, 'utf8')) || ended);
      if (clock.monotonicMs() > giveUpAtMs) {
        child.kill('SIGKILL');
        throw new StartError(`it did not answer within ${START_LIMIT_MS} ms`);
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** The one that listens on a socket; undefined when nobody does. */
  static async at(socketPath: string): Promise<HaproxyProcess | undefined> {
    let socket: RuntimeSocket;
    try {
      socket = await RuntimeSocket.connect(socketPath);
    } catch {
      // No socket, or nobody behind it: there is no process.
      return undefined;
    }
    const info = await socket.ask('show info').catch(() => '');
    const pid = Number(/^Pid: (\d+)$/m.exec(info)?.[1]);
    if (Number.isInteger(pid) && pid > 0) return new HaproxyProcess(pid, socketPath, socket);
    socket.close();
    return undefined;
  }

  /** Every server as it is now; `known` is what was known of them before. */
  async slots(
    known: Runtime['slots'],
    nowMs: number,
  ): Promise<{ readonly slots: Runtime['slots']; readonly rows: readonly Row[] }> {
    const [states, stats] = await this.socket.askAll(['show servers state', 'show stat']);
    const rows = parseStat(stats!);
    return { slots: slotsOf(parseServersState(states!), rows, known, isSlot, nowMs), rows };
  }

  /** Of one backend. */
  async slotsIn(backend: string, known: Runtime['slots'], nowMs: number) {
    const [states, stats] = await this.socket.askAll([`show servers state ${backend}`, `show stat ${backend} 4 -1`]);
    return slotsOf(parseServersState(states!), parseStat(stats!), known, isSlot, nowMs).get(backend);
  }

  async stats(): Promise<readonly Row[]> {
    return parseStat(await this.socket.ask('show stat'));
  }

  /** Connections of clients, or undefined when it is gone. */
  async connections(): Promise<number | undefined> {
    const info = await this.socket.ask('show info').catch(() => undefined);
    return info === undefined ? undefined : Number(/^CurrConns: (\d+)$/m.exec(info)?.[1] ?? 0);
  }

  signal(signal: 'SIGTERM' | 'SIGUSR1' | 'SIGKILL'): void {
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Not looked after any more. One that was replaced ends then, when its clients have gone. */
  release(): void {
    this.socket.close();
  }
}

const isSlot = (backend: string): boolean => backend.startsWith('tg-');
