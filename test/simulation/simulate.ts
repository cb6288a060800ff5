import { Command, Option } from 'commander';
import { runCrowd } from './crowd.js';
import { plantedBugs } from './planted-bugs.js';
import { runSeed, type SeedResult } from './run-seed.js';
import { runWeek, type WeekResult } from './week.js';

const LAST_LINES = 40;

const minutesAndSeconds = (ms: number) => `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;

function summaryOf(result: SeedResult, realMs: number): string {
  const { seed, violation, virtualMs, commits, tasks, untoldTasks, answered, unavailable, starts } = result;
  return (
    `seed ${String(seed).padEnd(6)} ${violation ? 'FAILED' : 'ok    '} ${minutesAndSeconds(virtualMs).padStart(12)} virtual, ` +
    `${commits} commits, ${tasks} tasks (${untoldTasks} untold), ${answered} requests answered and ${unavailable} given up, ${starts} process starts, ` +
    `${(realMs / 1000).toFixed(1)} s`
  );
}

interface Options {
  readonly minutes: number;
  readonly trace?: boolean;
  readonly json?: boolean;
  readonly plant?: readonly string[];
  readonly week?: boolean;
  readonly crowd?: boolean;
  readonly untilFailure?: boolean;
}

function weekSummaryOf({ seed, violation, hours, commits, tasks, seen, left }: WeekResult, realMs: number): string {
  const told = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ');
  return (
    `seed ${String(seed).padEnd(6)} ${violation ? 'FAILED' : 'ok    '} ${Math.round(hours)} hours in ${(realMs / 1000).toFixed(1)} s: ` +
    `${commits} commits, ${tasks} tasks; ${told(seen)}\nleft: ${told(left)}`
  );
}

async function simulate(seed: number, bug: string | undefined, options: Options): Promise<boolean> {
  const lines: string[] = [];
  const trace = (line: string) => {
    if (options.trace) {
      console.log(line);
      return;
    }
    lines.push(line);
    if (lines.length > 4 * LAST_LINES) lines.splice(0, lines.length - LAST_LINES);
  };
  const startedAt = performance.now();
  const planted = bug === undefined ? undefined : plantedBugs[bug];
  // Lines that nobody reads are not written: they are a part of what a world costs.
  const traced = options.json ? {} : { trace };
  const run = () => {
    if (options.week) return runWeek(seed, traced.trace);
    if (options.crowd) return runCrowd(seed, traced.trace);
    return runSeed({ seed, minutes: options.minutes, ...traced, ...(planted ? { planted } : {}) });
  };
  const result = await run();
  const realMs = performance.now() - startedAt;
  const summary = () => ('hours' in result ? weekSummaryOf(result, realMs) : summaryOf(result, realMs));
  console.log(options.json ? JSON.stringify({ bug, ...result }) : summary());
  if (!result.violation || options.json) return !result.violation;
  const { property, message, revision } = result.violation;
  for (const line of lines.slice(-LAST_LINES)) console.log(line);
  const into = 'hours' in result ? `${result.hours.toFixed(1)} hours` : minutesAndSeconds(result.virtualMs);
  console.log(`\nBroken: ${property}\n  ${message}\n  at revision ${revision}, ${into} into the world`);
  const plant = bug === undefined ? '' : ` --plant ${bug}`;
  const kind = options.week ? '--week' : options.crowd ? '--crowd' : `--minutes ${options.minutes}${plant}`;
  console.log(`Again: node dist/test/simulation/simulate.js --seed ${seed} ${kind} --trace`);
  return false;
}

const program = new Command('simulate')
  .description('Runs the control plane on virtual time in a world where everything goes wrong, and checks what must always hold.')
  .option('--seed <n>', 'one world', Number)
  .option('--seeds <a..b>', 'many worlds, one after another')
  .option('--minutes <n>', 'virtual minutes with faults', Number, 10)
  .option('--week', 'a calm week instead, in which a service is deployed every hour')
  .option('--crowd', 'one host with more than a thousand tasks instead, which is lost, comes back and is taken out by force')
  .option('--until-failure', 'no further worlds after one that failed')
  .option('--trace', 'print every line')
  .option('--json', 'print each result as a line of JSON')
  .addOption(
    new Option('--plant <bug...>', 'plant a bug that has to be found; of several one after another').choices(
      Object.keys(plantedBugs),
    ),
  )
  .parse();

const options = program.opts<Options & { seed?: number; seeds?: string }>();
const [first, last] = options.seeds ? options.seeds.split('..').map(Number) : [options.seed ?? 1, options.seed ?? 1];
let failed = 0;
let seeds = 0;
for (const bug of options.plant ?? [undefined]) {
  for (let seed = first!; seed <= last!; seed++) {
    seeds++;
    if (await simulate(seed, bug, options)) continue;
    failed++;
    if (options.untilFailure) break;
  }
}
if (!options.json) console.log(`${seeds - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
