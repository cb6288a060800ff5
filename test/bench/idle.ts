/**
 * Everything of an installation that nobody uses: memory and processor time of all apps with one agent on Docker Engine, and how
 * long a second `up` takes. nats-server is not counted, the supervisor is. Baseline: as many Node.js processes that do nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOrStartDockerd } from '../support/docker.js';
import { report } from './figures.js';
import { type AppProcess, withInstallation } from './installation.js';
import { processorSeconds, residentMiB } from './process-figures.js';

const ROUNDS = 10;
const ROUND_MS = 2_000;
/** What start-up leaves behind is collected by then. */
const SETTLE_MS = 4_000;

const sum = (processes: readonly { readonly pid: number }[], of: (pid: number) => number): number =>
  processes.reduce((total, { pid }) => total + of(pid), 0);

const engine = await findOrStartDockerd();
const environment = { LONGSHORE_DOCKER_SOCKET: engine.socketPath };
await withInstallation([], environment, async ({ up, down, processes }) => {
  await down();
  const readySeconds = await up();
  const apps = (await processes()).filter(({ name }) => name !== 'nats-server');
  const bare: ChildProcess[] = apps.map(() => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)']));
  const doNothing = bare.map(({ pid }) => ({ pid: pid! }));
  const memory = { apps: [] as number[], bare: [] as number[] };
  const percent = { apps: [] as number[], bare: [] as number[] };
  try {
    await sleep(SETTLE_MS);
    for (let round = 0; round < ROUNDS; round++) {
      const beganMs = performance.now();
      const before = { apps: sum(apps, processorSeconds), bare: sum(doNothing, processorSeconds) };
      await sleep(ROUND_MS);
      const seconds = (performance.now() - beganMs) / 1_000;
      percent.apps.push((100 * (sum(apps, processorSeconds) - before.apps)) / seconds);
      percent.bare.push((100 * (sum(doNothing, processorSeconds) - before.bare)) / seconds);
      memory.apps.push(sum(apps, residentMiB));
      memory.bare.push(sum(doNothing, residentMiB));
    }
  } finally {
    for (const child of bare) child.kill();
  }
  const baseline = (rounds: readonly number[]) => ({ what: `${apps.length} empty Node.js processes`, rounds });
  report(`idle: ${apps.map(inWords).join(', ')}`, [
    {
      what: 'resident memory',
      unit: 'MiB',
      rounds: memory.apps,
      baseline: baseline(memory.bare),
      target: { atMost: 900e6 / 2 ** 20 },
    },
    { what: 'processor', unit: '% of a core', rounds: percent.apps, baseline: baseline(percent.bare), target: { atMost: 5 } },
    { what: 'ready after the second up', unit: 's', rounds: [readySeconds], target: { atMost: 10 } },
  ]);
});
await engine.stop();

function inWords({ name, pid }: AppProcess): string {
  return `${name} ${Math.round(residentMiB(pid))} MiB`;
}
