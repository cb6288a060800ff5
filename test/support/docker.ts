import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { pack } from 'tar-stream';

/** A Docker Engine for tests. */
export interface TestEngine {
  readonly docker: Docker;
  readonly socketPath: string;
  /** SIGTERM to dockerd and a new one on the same data; only for an engine that was started here. */
  restart(): Promise<void>;
  /** Ends dockerd and removes its data if it was started here; otherwise nothing. */
  stop(): Promise<void>;
}

export const TEST_IMAGE = 'longshore/test-busybox:latest';
const DEFAULT_SOCKET = '/var/run/docker.sock';
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
const STARTING_TAKES_AT_MOST_MS = 60_000;

/** The engine that answers at the usual place, else one of its own. */
export async function findOrStartDockerd(): Promise<TestEngine> {
  const docker = new Docker({ socketPath: DEFAULT_SOCKET });
  const usable = await docker.ping().then(
    () => true,
    () => false,
  );
  if (!usable) return startDockerd();
  const notOurs = () => Promise.reject(new Error('This engine was here before the tests; they do not restart it.'));
  return { docker, socketPath: DEFAULT_SOCKET, restart: notOurs, stop: () => Promise.resolve() };
}

/**
 * Removes containers and sees them gone. Whoever else removes one at the same time makes dockerd answer 409, and a mount that is
 * still busy a 500: both are over soon.
 */
export async function removeContainers(docker: Docker, filters: Record<string, string[]> = {}): Promise<void> {
  for (let tries = 0; ; tries++) {
    const left = await docker.listContainers({ all: true, filters });
    if (left.length === 0) return;
    const removed = await Promise.allSettled(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    const failed = removed.find((result) => result.status === 'rejected');
    if (failed && tries >= 100) throw failed.reason;
    await sleep(failed ? 100 : 0);
  }
}

/**
 * An engine of its own: needs root and the packages docker.io and busybox-static. In a network namespace (its path) it is the
 * engine of another host as far as addresses, ports and iptables are concerned.
 */
export async function startDockerd(networkNamespace?: string): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'longshore-dockerd-'));
  const socketPath = join(directory, 'docker.sock');
  const docker = new Docker({ socketPath });
  const network = networkNamespace ? { remove: async () => {} } : addBridge();
  // Alone in its namespace it makes docker0 itself.
  const command = [
    ...(networkNamespace ? ['nsenter', `--net=${networkNamespace}`] : []),
    'dockerd',
    ...('name' in network ? ['--bridge', network.name] : []),
  ];
  let daemon = await launch(directory, socketPath, command, docker);
  return {
    docker,
    socketPath,
    restart: async () => {
      await daemon.end();
      daemon = await launch(directory, socketPath, command, docker);
    },
    stop: async () => {
      await daemon.end();
      await network.remove();
      // dockerd leaves the host's network namespace bound here after the first container in the mode host.
      for (const path of mountsBelow(directory)) execFileSync('umount', ['-l', path]);
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Engines that share docker0 would give out the same addresses twice. */
function addBridge(): { readonly name: string; remove(): Promise<void> } {
  const name = `lst${randomBytes(4).toString('hex')}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [third, fourth] = randomBytes(2) as unknown as [number, number];
  ip('link', 'add', 'name', name, 'type', 'bridge');
  ip('addr', 'add', `10.${200 + (third % 50)}.${fourth}.1/24`, 'dev', name);
  ip('link', 'set', name, 'up');
  return { name, remove: async () => void ip('link', 'del', name) };
}

const mountsBelow = (directory: string): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();

async function launch(
  directory: string,
  socketPath: string,
  command: readonly string[],
  docker: Docker,
): Promise<{ end(): Promise<void> }> {
  const logPath = join(directory, 'log');
  const log = await open(logPath, 'a');
  const paths = [
    '--data-root',
    join(directory, 'data'),
    '--exec-root',
    join(directory, 'exec'),
    '--pidfile',
    join(directory, 'pid'),
  ];
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, [...args, ...paths, '-H', `unix://${socketPath}`], {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(`exit code ${code}`));
  });
  let failure: string | undefined;
  void ended.then((why) => (failure = why));
  const giveUpAtMs = Date.now() + STARTING_TAKES_AT_MOST_MS;
  for (;;) {
    const answers = await docker.ping().then(
      () => true,
      () => false,
    );
    if (answers) break;
    if (failure !== undefined || Date.now() > giveUpAtMs) {
      throw new Error(
        `dockerd did not start (${failure ?? 'no answer'}); its last words: ${readFileSync(logPath, 'utf8').slice(-600)}`,
      );
    }
    await sleep(50);
  }
  child.unref();
  return {
    end: async () => {
      child.ref();
      if (failure === undefined) child.kill('SIGTERM');
      await ended;
      await log.close();
    },
  };
}

/** An image without any pull: the distribution's static busybox and links to the applets that tests use. */
export async function makeTestImage(docker: Docker, name: string = TEST_IMAGE): Promise<string> {
  const tar = pack();
  const binary = firstReadable(BUSYBOX);
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, binary);
  for (const applet of [
    'sh',
    'sleep',
    'cat',
    'echo',
    'httpd',
    'true',
    'false',
    'wget',
    'nc',
    'id',
    'pwd',
    'hostname',
    'mount',
    'head',
    'tail',
    'env',
    'touch',
    'test',
    'sysctl',
    'grep',
  ]) {
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' });
  }
  for (const folder of ['tmp/', 'etc/', 'www/', 'proc/', 'dev/']) tar.entry({ name: folder, type: 'directory', mode: 0o777 });
  tar.entry({ name: 'www/index.html' }, 'hello from longshore\n');
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  tar.finalize();
  const [repo, tag] = name.split(':') as [string, string | undefined];
  const stream = await docker.importImage(Readable.from(tar), { repo, tag: tag ?? 'latest' });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
  });
  return name;
}

function firstReadable(paths: readonly string[]): Buffer {
  for (const path of paths) {
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`None of ${paths.join(', ')} exists: the tests need the package busybox-static.`);
}
