/** `npm run bench -- [name …]`: the named benches, or all, one after another. The exit code is 1 when a figure is missed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { layoutOf, makeDirectories } from '../../apps/launcher/src/host/layout.js';
import { ensureNatsServer } from '../../apps/launcher/src/broker/nats-binary.js';
import { ROOT } from '../support/repository.js';

/** What `scale` is made of runs one after another: in process, through the API, and filled up. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  balancing: ['balancing', 'balancing-idle'],
  scale: ['scale', 'scale-api', 'scale-fill'],
  network: ['packet-filter', 'security-groups', 'task-addresses', 'image-pull'],
  logs: ['logs', 'log-shipping', 'log-queries'],
  metrics: ['metrics', 'metrics-installed'],
};
const BENCHES = [
  'committer',
  'committer-nats',
  'fold',
  'snapshot',
  'scale',
  'run-task-api',
  'describe-tasks',
  'services',
  'task-start',
  'healing',
  'service-start',
  'idle',
  'proxy-model',
  'balancing',
  'network',
  'logs',
  'metrics',
];

const names = process.argv.slice(2);
const known = [...BENCHES, ...Object.values(PARTS).flat()];
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}; there are ${[...new Set(known)].join(', ')}.`);
  process.exit(1);
}
const layout = layoutOf(ROOT);
makeDirectories(layout);
const env = { ...process.env, LONGSHORE_NATS_SERVER: await ensureNatsServer(layout) };
for (const name of (names.length > 0 ? names : BENCHES).flatMap((name) => PARTS[name] ?? [name])) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.js`)], { stdio: 'inherit', env });
  if (status !== 0) process.exitCode = 1;
}
