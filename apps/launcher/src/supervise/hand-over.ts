import { chmodSync, chownSync, cpSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CONTROL_PLANE_APPS, type ControlPlaneApp } from '#lib/names';
import { writeAtomically } from '../host/files.js';
import type { Layout } from '../host/layout.js';
import { credentialsPath } from '../broker/nats-users.js';

/** `node` in the image of the Dockerfile; docker-compose.yml gives the broker the same one. */
const UNPRIVILEGED = 1_000;
/** The agent's, for whoever may speak to Docker Engine is root on the host anyway; and the load balancer's, which opens port 80 in its network. */
const ROOT = 0;

/** What apps read besides the key of their NATS user. */
const FURTHER_KEYS: Partial<Record<ControlPlaneApp, readonly ('masterKey' | 'credentials')[]>> = {
  'state-store': ['masterKey', 'credentials'],
  secrets: ['masterKey'],
  registry: ['masterKey'],
  gateway: ['masterKey'],
  'load-balancer': ['masterKey'],
};

/**
 * Gives each app of docker-compose.yml its own keys, and nobody else's, in a volume of its own: `to/<app>`. The data directory is a volume
 * that only the broker has besides, and of which it can read its configuration and its store.
 */
export function handOver(layout: Layout, to: string, instanceId: string): void {
  for (const directory of [dirname(layout.natsConfig), layout.jetstream]) giveAll(directory, UNPRIVILEGED);
  for (const app of CONTROL_PLANE_APPS) {
    const keys = (FURTHER_KEYS[app] ?? []).map((key) => layout[key]);
    give(join(to, app), app === 'load-balancer' ? ROOT : UNPRIVILEGED, credentialsPath(layout, app), keys);
  }
  const agent = join(to, 'agent');
  give(agent, ROOT, credentialsPath(layout, instanceId), []);
  // Where it was when all apps had one volume: without it an agent would not know its containers again.
  const state = join(agent, 'state');
  if (!existsSync(state)) {
    cpSync(join(layout.agents, '1', 'state'), `${state}.copy`, { recursive: true });
    renameSync(`${state}.copy`, state);
  }
  // Its tasks' environments are in there.
  chmodSync(layout.agents, 0o700);
}

function give(directory: string, user: number, natsCredentials: string, keys: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o700);
  for (const source of [natsCredentials, ...keys]) {
    const path = join(directory, source === natsCredentials ? 'nats.creds' : basename(source));
    writeAtomically(path, readFileSync(source, 'utf8'), 0o400);
    chownSync(path, user, user);
  }
  chownSync(directory, user, user);
}

/** Also what a broker that ran as root has left. */
function giveAll(directory: string, user: number): void {
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(directory, entry), user, user);
  chownSync(directory, user, user);
}
