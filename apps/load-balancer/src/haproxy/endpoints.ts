import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { CONFIG_FILE } from './config-files.js';
import { directoriesOf } from './directories.js';

/** Why an endpoint cannot be listened on, as the system's code; undefined when it can. */
export function bindProblem(endpoint: string): Promise<string | undefined> {
  const at = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port: Number(endpoint.slice(at + 1)) }, () => server.close(() => resolve(undefined)));
  });
}

/** What the HAProxies of an installation's replicas on this host listen on, as far as they run. */
export async function endpointsOfReplicas(home: string): Promise<ReadonlySet<string>> {
  const endpoints = new Set<string>();
  const run = dirname(directoriesOf(home, 1).directory);
  const names = await readdir(run).catch(() => []);
  for (const name of names) {
    const [, replica] = /^haproxy-(\d+)$/.exec(name) ?? [];
    if (replica === undefined) continue;
    const { directory, socketDirectory } = directoriesOf(home, Number(replica));
    if (!(await answers(join(socketDirectory, CURRENT_SOCKET)))) continue;
    for (const endpoint of await endpointsIn(directory)) endpoints.add(endpoint);
  }
  return endpoints;
}

/** What the HAProxy that was started last with this directory's configuration listens on. */
export async function endpointsIn(directory: string): Promise<readonly string[]> {
  const config = await readFile(join(directory, CONFIG_FILE), 'utf8').catch(() => '');
  return [...config.matchAll(/^ *bind (\S+)/gm)].map(([, endpoint]) => endpoint!);
}

/** Points to the socket of a replica's HAProxy. */
export const CURRENT_SOCKET = 'haproxy.sock';

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
