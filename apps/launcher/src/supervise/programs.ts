import { type AppRow, APPS, type ControlPlaneApp } from '#lib/names';

/** What the supervisor starts: the control plane's apps (`libs/names`), and those of a host. The Dockerfile and docker-compose.yml are checked against it. */
export type ProgramName = ControlPlaneApp | 'agent' | 'simulator';

export interface Program {
  readonly name: ProgramName;
  /** Bundled entry point, relative to the checkout. */
  readonly entry: string;
  /** `up --scale name=n`; agents have `--agents`. */
  readonly scalable: boolean;
}

/** Where each program is one file, below it as in `apps`. */
export const BUNDLES = 'dist/programs';
const mainOf = (app: string): string => `${BUNDLES}/${app}/src/main.js`;

export const PROGRAMS: readonly Program[] = [
  ...(Object.entries(APPS) as [ControlPlaneApp, AppRow][]).map(([name, { scalable }]) => ({
    name,
    entry: mainOf(name),
    scalable,
  })),
  { name: 'agent', entry: mainOf('agent'), scalable: false },
  // The agent's code with simulated runtimes: many instances in one process.
  { name: 'simulator', entry: mainOf('agent'), scalable: false },
];

export const entryOf = (name: ProgramName): string => PROGRAMS.find((program) => program.name === name)!.entry;

/** No app: it knows nothing of NATS's messages and has no user (see tls-entry.ts). */
export const TLS_ENTRY = 'dist/apps/launcher/src/broker/tls-entry-main.js';
