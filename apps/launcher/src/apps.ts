/**
 * The one list of apps: the supervisor starts them from it, the Dockerfile and docker-compose.yml are checked against it. A new
 * app is a row here, a folder in apps/, and its permissions in libs/messaging.
 */
export type AppName = 'state-store' | 'gateway' | 'scheduler' | 'health-monitor' | 'agent' | 'simulator';

export interface AppRow {
  readonly name: AppName;
  /** Compiled entry point, relative to the checkout. */
  readonly entry: string;
  /** `up --scale name=n`. The gateway holds the one API port of this host; agents have `--agents`. */
  readonly scalable: boolean;
}

const entryOf = (app: string): string => `dist/apps/${app}/src/main.js`;

export const APPS: readonly AppRow[] = [
  { name: 'state-store', entry: entryOf('state-store'), scalable: true },
  { name: 'scheduler', entry: entryOf('scheduler'), scalable: true },
  { name: 'health-monitor', entry: entryOf('health-monitor'), scalable: true },
  { name: 'gateway', entry: entryOf('gateway'), scalable: false },
  { name: 'agent', entry: entryOf('agent'), scalable: false },
  // The agent's code with simulated runtimes: many instances in one process.
  { name: 'simulator', entry: entryOf('agent'), scalable: false },
];

export const entryOfApp = (name: AppName): string => APPS.find((app) => app.name === name)!.entry;

/** No app: it knows nothing of NATS's messages and has no user (see tls-entry.ts). */
export const TLS_ENTRY = 'dist/apps/launcher/src/tls-entry-main.js';
