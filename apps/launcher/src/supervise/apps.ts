import { type AppRow as BusRow, APPS as CONTROL_PLANE, type ControlPlaneApp } from '#lib/names';

/** What the supervisor starts: the control plane's apps (`libs/names`), and those of a host. The Dockerfile and docker-compose.yml are checked against it. */
export type AppName = ControlPlaneApp | 'agent' | 'simulator';

export interface AppRow {
  readonly name: AppName;
  /** Compiled entry point, relative to the checkout. */
  readonly entry: string;
  /** `up --scale name=n`; agents have `--agents`. */
  readonly scalable: boolean;
}

const entryOf = (app: string): string => `dist/apps/${app}/src/main.js`;

export const APPS: readonly AppRow[] = [
  ...(Object.entries(CONTROL_PLANE) as [ControlPlaneApp, BusRow][]).map(([name, { scalable }]) => ({
    name,
    entry: entryOf(name),
    scalable,
  })),
  { name: 'agent', entry: entryOf('agent'), scalable: false },
  // The agent's code with simulated runtimes: many instances in one process.
  { name: 'simulator', entry: entryOf('agent'), scalable: false },
];

export const entryOfApp = (name: AppName): string => APPS.find((app) => app.name === name)!.entry;

/** No app: it knows nothing of NATS's messages and has no user (see tls-entry.ts). */
export const TLS_ENTRY = 'dist/apps/launcher/src/broker/tls-entry-main.js';
