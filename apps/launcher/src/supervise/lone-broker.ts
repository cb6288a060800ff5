import type { NatsConnection } from '@nats-io/transport-node';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { connectNats } from '#lib/messaging';
import { appPermissions, type ControlPlaneApp } from '#lib/names';
import { ensureNatsServer } from '../broker/nats-binary.js';
import { loadIdentities, type NatsIdentities, writeCredentials } from '../broker/nats-users.js';
import { withoutPlaces } from '../host/journal-place.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { PortClaims } from '../host/ports.js';
import { ensureSecrets } from '../host/secrets.js';
import { until } from '../host/wait.js';
import { UserFault } from '../terminal/fault.js';
import { writeNatsConfig } from './broker-files.js';
import { HOME_VARIABLE } from './domain/process-specs.js';
import { findLeftovers } from './leftovers.js';
import { acquireLock, releaseLock } from './lock.js';
import { brokerVersion } from './sign-of-life.js';

const FIRST_PORT = 4222;
const START_TIMEOUT_MS = 30_000;

/** What a command gets while the broker runs for it alone. */
export interface LoneBroker {
  /** As the NATS user of an app. */
  connect(app: ControlPlaneApp): Promise<NatsConnection>;
}

/** Runs this installation's broker and nothing else, under the supervisor's lock, for as long as `work` takes. */
export async function withLoneBroker<T>(layout: Layout, work: (broker: LoneBroker) => Promise<T>): Promise<T> {
  makeDirectories(layout);
  const isUp = 'Longshore runs here: stop it first with ./longshore down (running tasks go on).';
  const lock = acquireLock(layout.lock);
  if (lock.outcome === 'held') throw new UserFault(isUp);
  try {
    if (findLeftovers(layout.data).length > 0) throw new UserFault(isUp);
    ensureSecrets(layout);
    const identities = loadIdentities(layout);
    const binary = await ensureNatsServer(layout);
    const port = await new PortClaims().firstFree(FIRST_PORT);
    await writeNatsConfig(layout, identities, '127.0.0.1', port);
    return await runBroker(binary, layout, port, identities, work);
  } finally {
    releaseLock(layout.lock);
  }
}

async function runBroker<T>(
  binary: string,
  layout: Layout,
  port: number,
  identities: NatsIdentities,
  work: (broker: LoneBroker) => Promise<T>,
): Promise<T> {
  const url = `nats://127.0.0.1:${port}`;
  const env = { ...withoutPlaces(process.env), [HOME_VARIABLE]: layout.data };
  const child = spawn(binary, ['-c', layout.natsConfig], { stdio: 'ignore', env });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    for (const end of ['exit', 'error'])
      child.once(end, () => {
        hasEnded = true;
        resolve();
      });
  });
  const connections: NatsConnection[] = [];
  const open = async (user: ControlPlaneApp) => {
    await writeCredentials(layout, identities, user, appPermissions(user, { mayReplace: false }));
    const connection = await connectNats({ url, user, credsPath: join(layout.creds, `${user}.creds`) });
    connections.push(connection);
    return connection;
  };
  try {
    await until(async () => hasEnded || (await brokerVersion(url)) !== undefined, START_TIMEOUT_MS);
    if (hasEnded) throw new UserFault(`The broker did not start: ${binary} -c ${layout.natsConfig}`);
    return await work({ connect: open });
  } finally {
    for (const connection of connections) await connection.close();
    child.kill('SIGTERM');
    await ended;
  }
}
