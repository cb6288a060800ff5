/**
 * Traffic through a load balancer of Longshore's, beside the same HAProxy with a configuration written by hand, which sets ELB's headers or none of
 * them; how soon a new target is
 * asked, how soon HAProxy is back when it is killed, and how many reloads five hundred changes of targets take.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../apps/launcher/src/host/command.js';
import { installPackages } from '../../apps/launcher/src/host/debian.js';
import { identify } from '../../apps/launcher/src/host/process-identity.js';
import { endHaproxy } from '../../apps/launcher/src/supervise/leftovers.js';
import { HAPROXY_VARIABLE } from '#lib/names';
import { ask, TestPlane, TestTarget, until } from '../support/haproxy.js';
import { forwardTo, ProxyWorld } from '../support/proxy-world.js';
import { interleaved, report } from './figures.js';
import { processorSeconds } from './process-figures.js';

/** In each the two take turns in who is first. */
const ROUNDS = 20;
const ROUNDS_OF_KILLS = 10;
const CHANGES = 500;
const BY_HAND = '127.1.78.1';
const BALANCED = '127.1.78.2';
const PORT = 8080;
const BARE_PORT = 8090;
const TARGET_PORTS = [19_801, 19_802];

const DEFAULTS = ['defaults', '  mode http', '  timeout client 60s', '  timeout server 60s', '  timeout connect 3s'];
/** Targets that cost as little as can be: what is measured is what is before them. */
const TARGETS = [
  'global',
  '  nbthread 1',
  ...DEFAULTS,
  'frontend targets',
  ...TARGET_PORTS.map((port) => `  bind 127.0.0.1:${port}`),
  '  http-request return status 200 content-type text/plain string "the answer of a target, which says a little more than nothing"',
];
const handWritten = (port: number, headers: readonly string[]): readonly string[] => [
  'global',
  '  maxconn 2000',
  ...DEFAULTS,
  'frontend web',
  `  bind ${BY_HAND}:${port}`,
  ...headers,
  '  default_backend targets',
  'backend targets',
  '  option httpchk GET /health',
  ...TARGET_PORTS.map((port, index) => `  server t${index} 127.0.0.1:${port} check inter 1s`),
];

const missing = ['haproxy', 'wrk'].filter((program) => !findProgram(program));
if (missing.length > 0) await installPackages(missing, 'measure a load balancer');

/** What an application behind ELB reads. */
const HEADERS = [
  '  option forwardfor',
  '  http-request set-header X-Forwarded-Proto http',
  `  http-request set-header X-Forwarded-Port ${PORT}`,
  '  http-request set-header X-Amzn-Trace-Id Root=1-%[date,hex,bytes(8,8),lower]-%[uuid,bytes(0,8)]%[uuid,bytes(0,8)]%[uuid,bytes(0,8)]',
];

const world = new ProxyWorld();
const group = world.targetGroup('targets', { attributes: { 'longshore.health_check.interval_ms': '1000' } });
const quick = world.targetGroup('quick', { attributes: { 'longshore.health_check.interval_ms': '100' } });
const loadBalancer = world.loadBalancer('web', BALANCED);
world.listener(loadBalancer, PORT, forwardTo(group));
world.listener(loadBalancer, PORT + 1, forwardTo(quick));
for (const port of TARGET_PORTS) world.target(group, port);

/** One that was killed leaves its HAProxys behind, on the addresses that the next one needs. Its directory says whose they are. */
const HOMES = 'longshore-balancing-';
for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(HOMES))) {
  const home = join(tmpdir(), name);
  if (identify(Number(/\d+/.exec(name)![0]))) throw new Error(`another bench of load balancers runs: ${home}`);
  await endHaproxy(home);
  rmSync(home, { recursive: true });
}
const home = mkdtempSync(join(tmpdir(), `${HOMES}${process.pid}-`));
const plane = await TestPlane.open(world.state, { home }, home);

const others = await Promise.all(
  [TARGETS, handWritten(PORT, HEADERS), handWritten(BARE_PORT, ['  option forwardfor'])].map(async (lines, index) => {
    const path = join(plane.directory, `other-${index}.conf`);
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    // In a session of its own, as the app starts its HAProxy: Linux shares processors out by session first (sched_autogroup).
    return spawn('haproxy', ['-db', '-f', path], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, [HAPROXY_VARIABLE]: home },
    });
  }),
);

interface Traffic {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Of the balancing process, for a request. */
  readonly processorMicros: number;
}

function traffic(pid: number, host: string, port = PORT): Traffic {
  const usedBefore = processorSeconds(pid);
  const text = execFileSync('wrk', ['-t1', '-c32', '-d1s', '--latency', `http://${host}:${port}/`], { encoding: 'utf8' });
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text)!;
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(text);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)![1]),
    processorMicros: ((processorSeconds(pid) - usedBefore) * 1e6) / Number(/(\d+) requests in/.exec(text)![1]),
    p99Ms: Number(p99) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'],
  };
}

/** Of a target that was registered just now. */
async function firstRequestMs(): Promise<number> {
  const target = await TestTarget.listen();
  const beganMs = performance.now();
  const registered = world.target(quick, target.port);
  plane.update();
  await until(async () => (await ask({ host: BALANCED, port: PORT + 1, path: '/', agent: false })).status === 200);
  const tookMs = performance.now() - beganMs;
  world.deregister(registered);
  plane.update();
  await until(() => plane.healthOf(target.port) === undefined);
  await until(async () => (await ask({ host: BALANCED, port: PORT + 1, path: '/', agent: false })).status === 503);
  await target.close();
  return tookMs;
}

/** What a rolling deployment does, many times over: a target comes, another one goes. */
async function reloadsOfChanges(): Promise<number> {
  const before = plane.starts.length;
  const target = await TestTarget.listen();
  let last = world.target(quick, 30_000);
  for (let change = 1; change <= CHANGES; change++) {
    world.deregister(last);
    last = world.target(quick, 30_000 + change);
    plane.update();
    await until(() => plane.haproxy.isCarried);
  }
  world.deregister(last);
  const real = world.target(quick, target.port);
  plane.update();
  await plane.healthy(target.port);
  // The start after the last kill may only be told now.
  const reloads = plane.starts.slice(before).filter((reason) => reason !== 'ended-unexpectedly').length;
  world.deregister(real);
  plane.update();
  await target.close();
  return reloads;
}

async function backMs(): Promise<number> {
  await sleep(1_000);
  const beganMs = performance.now();
  const { pid } = plane.haproxy;
  process.kill(pid!, 'SIGKILL');
  await until(async () => {
    const answer = await ask({ host: BALANCED, port: PORT, path: '/', agent: false }).catch(() => undefined);
    return answer?.status === 200 && plane.haproxy.pid !== pid;
  });
  return performance.now() - beganMs;
}

try {
  plane.update();
  await plane.healthy(...TARGET_PORTS);
  const seen = { byHand: [] as Traffic[], balanced: [] as Traffic[], bare: [] as Traffic[] };
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [
      () => seen.byHand.push(traffic(others[1]!.pid!, BY_HAND)),
      () => seen.balanced.push(traffic(plane.haproxy.pid!, BALANCED)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) turn();
    seen.bare.push(traffic(others[2]!.pid!, BY_HAND, BARE_PORT));
    // What checks, in this process and in HAProxy, waited for is done before the next round.
    await sleep(100);
  }
  const of = (whose: keyof typeof seen, what: keyof Traffic) => seen[whose].map((one) => one[what]);
  const ratios = seen.balanced.map(({ perSecond }, round) => perSecond / seen.byHand[round]!.perSecond);
  const rounds = await interleaved(ROUNDS_OF_KILLS, { firstRequest: firstRequestMs, back: backMs });
  const byHand = (what: string, values: readonly number[]) => ({ what, rounds: values });
  const reloads = await reloadsOfChanges();
  report('a load balancer with two targets, 32 clients', [
    { what: 'requests', unit: '/s', rounds: of('balanced', 'perSecond'), baseline: byHand('by hand', of('byHand', 'perSecond')) },
    { what: 'requests by hand, without the headers that ELB sets', unit: '/s', rounds: of('bare', 'perSecond') },
    { what: 'requests, over those of a configuration by hand', unit: '×', rounds: ratios, target: { atLeast: 0.98 } },
    {
      what: '99 % of answers within',
      unit: 'ms',
      rounds: of('balanced', 'p99Ms'),
      baseline: byHand('by hand', of('byHand', 'p99Ms')),
      target: { timesBaseline: 1.2 },
    },
    {
      what: 'processor time of HAProxy for a request',
      unit: 'µs',
      rounds: of('balanced', 'processorMicros'),
      baseline: byHand('by hand', of('byHand', 'processorMicros')),
    },
    { what: 'first request of a new target', unit: 'ms', rounds: rounds.firstRequest, target: { atMost: 300 } },
    { what: `reloads by ${CHANGES} changes of targets`, unit: '', rounds: [reloads], target: { atMost: 0 } },
    { what: 'back after kill -9', unit: 'ms', rounds: rounds.back, target: { atMost: 1_000 } },
  ]);
} finally {
  await plane.stop();
  for (const other of others) other.kill();
}
