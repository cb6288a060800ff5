import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserFault } from '../terminal/fault.js';

/** Where everything of one checkout (or of one data directory) lives. */
export interface Layout {
  readonly root: string;
  readonly data: string;
  /** Downloads (nats-server, busybox); survives `down --purge`. */
  readonly bin: string;
  readonly run: string;
  readonly logs: string;
  readonly secrets: string;
  readonly creds: string;
  readonly jetstream: string;
  readonly agents: string;
  /** The log aggregator's files: lines of containers. */
  readonly lines: string;
  /** The keys of secrets' and parameters' values. */
  readonly valueKeys: string;
  /** Images, and the registry that keeps them. */
  readonly registry: string;
  /** The store of metrics, and what is asked of who reads there. */
  readonly metrics: string;
  readonly metricsPassword: string;
  readonly lock: string;
  readonly state: string;
  readonly desired: string;
  /** Agents on this host that are hosts of Auto Scaling groups. */
  readonly groupHosts: string;
  readonly natsConfig: string;
  readonly masterKey: string;
  /** Of the control plane's NATS account: JetStream's directories have its public key for a name. */
  readonly accountKey: string;
  readonly credentials: string;
  /** The installation's own certificate authority and the broker's certificate for other hosts. */
  readonly tls: TlsFiles;
  /** A file for every host that got a token (`join-token`). */
  readonly hosts: string;
  /** On a joined host: whom it has joined, and as what. */
  readonly joined: string;
}

export interface TlsFiles {
  readonly caKey: string;
  readonly caCertificate: string;
  readonly key: string;
  readonly certificate: string;
}

export function layoutOf(root: string, data = join(root, '.longshore')): Layout {
  const run = join(data, 'run');
  const secrets = join(data, 'secrets');
  return {
    root: resolve(root),
    data,
    bin: join(data, 'bin'),
    run,
    logs: join(data, 'logs'),
    secrets,
    creds: join(secrets, 'nats'),
    jetstream: join(data, 'jetstream'),
    agents: join(data, 'agents'),
    lines: join(data, 'lines'),
    valueKeys: join(secrets, 'values'),
    registry: join(data, 'registry'),
    metrics: join(data, 'metrics'),
    metricsPassword: join(secrets, 'metrics.password'),
    lock: join(run, 'lock'),
    state: join(run, 'state.json'),
    desired: join(data, 'desired.json'),
    groupHosts: join(data, 'group-hosts.json'),
    natsConfig: join(run, 'nats.conf'),
    masterKey: join(secrets, 'master.key'),
    accountKey: join(secrets, 'nats-account.nk'),
    credentials: join(secrets, 'credentials.json'),
    tls: {
      caKey: join(secrets, 'tls-ca.key'),
      caCertificate: join(secrets, 'tls-ca.crt'),
      key: join(secrets, 'tls-broker.key'),
      certificate: join(secrets, 'tls-broker.crt'),
    },
    hosts: join(secrets, 'hosts'),
    joined: join(data, 'joined.json'),
  };
}

/** What V8 made of the programs the last time: beside them, so that an installation's first start has it from another's. A build's files take their predecessors' places. */
export const COMPILED = 'dist/compiled';

/** Of what this installation starts: where its user may not write the checkout, with the data. */
export function compiledOf({ root, data }: Pick<Layout, 'root' | 'data'>): string {
  try {
    accessSync(dirname(join(root, COMPILED)), constants.W_OK);
    return join(root, COMPILED);
  } catch {
    return join(data, 'compiled');
  }
}

/** For every command, before it reads anything there. */
export function checkData({ data }: Layout): void {
  // Also when it stands below a file.
  if (statSync(nearestAbove(data)).isDirectory()) return;
  throw new UserFault(
    `${data} is to be Longshore's data directory, and there is a file in its place: set LONGSHORE_DATA to another path.`,
  );
}

const nearestAbove = (path: string): string => (existsSync(path) ? path : nearestAbove(dirname(path)));

export function makeDirectories(layout: Layout): void {
  try {
    for (const directory of [layout.bin, layout.run, layout.jetstream, layout.agents]) mkdirSync(directory, { recursive: true });
    for (const directory of [layout.secrets, layout.creds, layout.logs, layout.lines, layout.metrics])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    // The script that installs and builds may have made it for everybody.
    chmodSync(layout.logs, 0o700);
    accessSync(layout.secrets, constants.W_OK);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new UserFault(`This user may not write ${layout.data}: run ./longshore as its owner (root, if root made it).`);
  }
}
