import { Command, Option } from 'commander';
import { plantedBugs } from './planted-bugs.js';
import { runSeed, type SeedResult } from './run-seed.js';

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
  readonly plant?: string;
}

async function simulate(seed: number, options: Options): Promise<boolean> {
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
  const planted = options.plant === undefined ? undefined : plantedBugs[options.plant];
  const result = await runSeed({ seed, minutes: options.minutes, trace, ...(planted ? { planted } : {}) });
  console.log(options.json ? JSON.stringify(result) : summaryOf(result, performance.now() - startedAt));
  if (!result.violation || options.json) return !result.violation;
  const { property, message, revision } = result.violation;
  for (const line of lines.slice(-LAST_LINES)) console.log(line);
  console.log(
    `\nBroken: ${property}\n  ${message}\n  at revision ${revision}, ${minutesAndSeconds(result.virtualMs)} into the world`,
  );
  const plant = options.plant === undefined ? '' : ` --plant ${options.plant}`;
  console.log(`Again: node dist/test/simulation/simulate.js --seed ${seed} --minutes ${options.minutes}${plant} --trace`);
  return false;
}

const program = new Command('simulate')
  .description('Runs the control plane on virtual time in a world where everything goes wrong, and checks what must always hold.')
  .option('--seed <n>', 'one world', Number)
  .option('--seeds <a..b>', 'many worlds, one after another')
  .option('--minutes <n>', 'virtual minutes with faults', Number, 10)
  .option('--trace', 'print every line')
  .option('--json', 'print each result as a line of JSON')
  .addOption(new Option('--plant <bug>', 'plant a bug that has to be found').choices(Object.keys(plantedBugs)))
  .parse();

const options = program.opts<Options & { seed?: number; seeds?: string }>();
const [first, last] = options.seeds ? options.seeds.split('..').map(Number) : [options.seed ?? 1, options.seed ?? 1];
let failed = 0;
let seeds = 0;
for (let seed = first!; seed <= last!; seed++, seeds++) if (!(await simulate(seed, options))) failed++;
if (!options.json) console.log(`${seeds - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
