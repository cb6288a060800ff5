import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** Standard output and error, in the order they came. */
  readonly output: string;
}

/** Runs a program quietly to its end. Never throws for an exit code. */
export function run(
  command: string,
  args: readonly string[],
  /** `timeout`: milliseconds after which it is ended. */
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<CommandResult> {
  return resultOf(spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
}

function resultOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), stdout, output }));
  });
}

/** Runs a program on this terminal and returns its exit code. */
export function runInteractively(command: string, args: readonly string[], env = process.env, cwd?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env, cwd });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal ? 130 : 1)));
  });
}

/** Nice values of what runs beside others; the second has six times the first one's share where both want the processor. */
export const LAST = 19;
export const AFTER_OTHERS = 10;

/**
 * Runs a program on what processor the others leave, and gives back what it said when it has ended. It has a session of its own:
 * Linux shares the processor between sessions first (sched_autogroup), and a nice value counts only within one.
 */
export function runBeside(
  niceness: number,
  command: string,
  args: readonly string[],
  env = process.env,
  cwd?: string,
): Promise<CommandResult> {
  const nice = ['-n', String(niceness), command, ...args];
  const child = spawn('nice', nice, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
  const group = `/proc/${child.pid}/autogroup`;
  if (existsSync(group)) writeFileSync(group, String(niceness));
  // Of another session, it hears nothing of a Ctrl-C.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const endWithUs = (signal: NodeJS.Signals) => {
    process.kill(-child.pid!, signal);
    process.exit(130);
  };
  for (const signal of signals) process.once(signal, endWithUs);
  return resultOf(child).finally(() => {
    for (const signal of signals) process.off(signal, endWithUs);
  });
}

/** Starts a program that outlives the launcher, its output in `log`. Resolves to undefined when it cannot be started. */
export function spawnDetached(command: string, args: readonly string[], log: string, env = process.env): number | undefined {
  const descriptor = openSync(log, 'a');
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', descriptor, descriptor], env });
    child.on('error', () => undefined); // told by the missing pid
    child.unref();
    return child.pid;
  } finally {
    closeSync(descriptor);
  }
}

/** The program's path, or undefined. `/usr/sbin` counts too: `dockerd` is there, and `su` without `-` leaves it out of PATH. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  for (const directory of [...path.split(delimiter).filter(Boolean), '/usr/sbin', '/sbin', '/usr/local/sbin']) {
    const candidate = join(directory, name);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) return false;
    throw error;
  }
}

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
