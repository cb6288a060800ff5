import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { findProgram, lastLine, run, spawnDetached } from './command.js';
import { hasApt, installPackages, isRoot } from './debian.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from './layout.js';
import { identify } from './process-identity.js';
import { say } from '../terminal/terminal.js';
import { until } from './wait.js';

export const dockerSocket = (): string => process.env.LONGSHORE_DOCKER_SOCKET ?? '/var/run/docker.sock';

/**
 * A Docker Engine that answers: the running one, else dockerd is installed (distribution packages) and started detached. It is
 * the machine's engine from then on: `down` leaves it and its containers alone.
 */
export async function ensureDockerEngine(layout: Layout): Promise<void> {
  const socket = dockerSocket();
  if (await engineAnswers(socket)) return;
  if (!isRoot()) throw new UserFault(notRootSentence(socket));
  if (!findProgram('dockerd')) {
    say('Installing Docker Engine (docker.io, from the distribution) …');
    // ca-certificates: only recommended by docker.io, but without them no registry is trusted.
    await installPackages(['docker.io', 'ca-certificates'], 'run containers');
    // On machines with an init system the package starts it.
    if (await until(() => engineAnswers(socket), existsSync('/run/systemd/system') ? 15_000 : 2_000, 100)) return;
  }
  say('Starting Docker Engine …');
  await startDockerd(layout, socket);
}

async function startDockerd(layout: Layout, socket: string): Promise<void> {
  await mountCgroups();
  const log = join(layout.logs, 'dockerd.log');
  const logStart = existsSync(log) ? statSync(log).size : 0;
  const pid = spawnDetached(findProgram('dockerd')!, ['-H', `unix://${socket}`], log);
  await until(async () => (await engineAnswers(socket)) || pid === undefined || !identify(pid), 90_000, 100);
  // It also ends when another dockerd, just started by an init system, has its pid file: then that one will answer.
  if (await until(() => engineAnswers(socket), 3_000, 100)) return;
  throw new UserFault(
    `Nothing answers at ${socket}, and Docker Engine cannot be started for it: ${reasonIn(log, logStart)} (the whole story: ${log}). ` +
      'LONGSHORE_DOCKER_SOCKET names the socket of a running one.',
  );
}

/** A machine without systemd may have no control groups mounted, and dockerd does not mount them itself. */
async function mountCgroups(): Promise<void> {
  if (readdirSync('/sys/fs/cgroup').length > 0) return;
  if (!findProgram('cgroupfs-mount')) {
    if (!hasApt()) return;
    await installPackages(['cgroupfs-mount'], 'run containers');
  }
  await run(findProgram('cgroupfs-mount')!, []);
}

/** dockerd says why it ends in its last line, behind its own log fields. */
function reasonIn(log: string, from: number): string {
  const size = statSync(log).size - from;
  const buffer = Buffer.alloc(Math.min(size, 8_192));
  const descriptor = openSync(log, 'r');
  readSync(descriptor, buffer, 0, buffer.length, from + size - buffer.length);
  closeSync(descriptor);
  return lastLine(buffer.toString()) || 'dockerd ended without a word';
}

function notRootSentence(socket: string): string {
  if (existsSync(socket) && !isReadable(socket))
    return `This user may not use ${socket}: run ./longshore as root, or join the group docker and log in again.`;
  return 'Longshore runs containers through Docker Engine, which is not running, and only root can start it: run ./longshore as root.';
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) return false;
    throw error;
  }
}

export function engineAnswers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}
