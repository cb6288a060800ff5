import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { everyFault, faultKinds } from './faults.js';
import { plantedBugs } from './planted-bugs.js';
import type { SeedResult } from './run-seed.js';
import { SEEN } from './service-audit.js';
import type { WeekResult } from './week.js';

const SEEDS = 200;
/** Also beside others: they come first (`longshore test`). */
const WORKERS = availableParallelism();
/** Worlds of one process. */
const SHARE = 25;
const MINUTES = 10;
/** A planted bug has to be found in one of this many worlds. */
const SEEDS_TO_FIND_A_BUG = 8;

const root = join(import.meta.dirname, '../..');
const program = join(root, 'dist/test/simulation/simulate.js');

/** Worlds in a process of their own: plain JavaScript on plain Node is several times faster than inside jest. */
async function simulate<Result = SeedResult>(...args: string[]): Promise<Result[]> {
  if (!existsSync(program)) throw new Error('The simulation runs what is built: run `npm run build` first.');
  const child = spawn(process.execPath, [program, '--json', '--minutes', String(MINUTES), ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const results: Result[] = [];
  for await (const line of createInterface({ input: child.stdout })) results.push(JSON.parse(line) as Result);
  return results;
}

/** A process takes the next job when it has done one, so no core waits for another. */
async function doAll(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...jobs];
  const work = async () => {
    for (let job = left.shift(); job; job = left.shift()) await job();
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

const results: SeedResult[] = [];
let again: SeedResult | undefined;
let week: WeekResult | undefined;
let crowd: SeedResult | undefined;
let hunted: readonly (SeedResult & { readonly bug: string })[];

beforeAll(async () => {
  const shares = Array.from({ length: SEEDS / SHARE }, (_, n) => async () => {
    results.push(...(await simulate('--seeds', `${n * SHARE + 1}..${(n + 1) * SHARE}`)));
  });
  await doAll([
    ...shares,
    // In one process: it is warm when the second bug's turn comes.
    async () => {
      hunted = await simulate('--seeds', `1..${SEEDS_TO_FIND_A_BUG}`, '--until-failure', '--plant', ...Object.keys(plantedBugs));
    },
    async () => void ([week] = await simulate<WeekResult>('--week')),
    async () => void ([crowd] = await simulate('--crowd')),
    async () => void ([again] = await simulate('--seed', '7')),
  ]);
  // With what processor the other tests leave.
}, 2_400_000);

describe('the control plane in a world where everything goes wrong', () => {
  it('keeps every property, and settles when it is healed', () => {
    const broken = results.filter(({ violation }) => violation);
    const told = broken.map(({ seed, violation }) => ({
      ...violation,
      again: `node dist/test/simulation/simulate.js --seed ${seed} --minutes ${MINUTES}`,
    }));
    expect(told).toEqual([]);
    expect(results).toHaveLength(SEEDS);
  });

  it('has lived long enough in each world', () => {
    expect(results.filter(({ virtualMs, commits }) => virtualMs < MINUTES * 60_000 || commits < 300)).toEqual([]);
  });

  it('has met every kind of fault', () => {
    const met = new Set(results.flatMap(({ faults }) => Object.keys(faults)));
    expect(faultKinds(everyFault).filter((kind) => !met.has(kind))).toEqual([]);
  });

  it('has started apps from snapshots', () => {
    expect(results.reduce((sum, { restored }) => sum + restored, 0)).toBeGreaterThan(SEEDS);
  });

  it('has taken services through everything that it audits', () => {
    const met = new Set(results.flatMap(({ services }) => Object.keys(services)));
    expect(SEEN.filter((what) => !met.has(what))).toEqual([]);
  });

  it('is the same world again when the seed is', () => {
    expect(again).toEqual(results.find(({ seed }) => seed === 7));
  });
});

describe('a week in which a service is deployed every hour', () => {
  it('breaks no property, and what is over is forgotten', () => {
    expect(week!.violation).toBeUndefined();
    expect(week!.hours).toBeGreaterThanOrEqual(168);
    expect(week!.seen).toMatchObject({
      deployment: expect.any(Number),
      breaker: expect.any(Number),
      rollback: expect.any(Number),
    });
    expect(week!.seen['deployment']).toBeGreaterThan(120);
  });
});

describe('a host with more than a thousand tasks', () => {
  it('is lost, comes back, and is taken out of its cluster by force', () => {
    expect(crowd!.violation).toBeUndefined();
    expect(crowd!.tasks).toBeGreaterThan(3_000);
  });
});

describe('the simulator', () => {
  it.each(Object.keys(plantedBugs))('finds the planted bug %s', (planted) => {
    expect(hunted.filter(({ bug }) => bug === planted).at(-1)?.violation).toBeDefined();
  });
});
