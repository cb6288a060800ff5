import { loadavg } from 'node:os';
import { median } from './statistics.js';

/** What one contestant came to, a value a round. */
export interface Measured {
  readonly what: string;
  readonly rounds: readonly number[];
}

/** One of the product's figures, beside a baseline of the same run: the machine's mood moves both, so their ratio says more than either. */
export interface Figure extends Measured {
  readonly unit: string;
  readonly baseline?: Measured;
  /** `overBaseline`: at most so much more than the baseline; `timesBaseline`: at most so many times it. Absent: for the picture only. */
  readonly target?:
    | { readonly atLeast: number }
    | { readonly atMost: number }
    | { readonly overBaseline: number }
    | { readonly timesBaseline: number };
}

/** Runs every contestant once a round, one after another, so that a slow minute of the machine hits all of them. */
export async function interleaved<K extends string>(
  rounds: number,
  contestants: Readonly<Record<K, (round: number) => Promise<number> | number>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(contestants) as K[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++) for (const name of names) values[name].push(await contestants[name](round));
  return values;
}

/** Calls a second: `count` of them began at `beganMs` (`performance.now()`) and are done now. */
export const perSecond = (count: number, beganMs: number): number => count / ((performance.now() - beganMs) / 1_000);

const loadAtStart = loadavg()[0]!;

/** Prints medians, targets and pass or miss; a miss becomes the exit code 1. */
export function report(title: string, figures: readonly Figure[]): void {
  const rows = figures.map(row);
  const all = [['', 'median', 'slowest … fastest round', 'baseline', 'target', ''], ...rows.map(({ cells }) => cells)];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length)));
  const lines = all.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('   '));
  const rounds = Math.max(...figures.map((figure) => figure.rounds.length));
  console.log(
    `\n${title} (${rounds} rounds; load of the machine ${loadAtStart.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after)`,
  );
  for (const line of lines) console.log(`  ${line.trimEnd()}`);
  if (rows.some(({ passes }) => !passes)) process.exitCode = 1;
}

function row({ what, unit, rounds, baseline, target }: Figure): { cells: string[]; passes: boolean } {
  const value = median(rounds);
  const told = (number: number) => `${pretty(number)} ${unit}`;
  const before = baseline && median(baseline.rounds);
  const [wanted, passes] = !target
    ? ['-', true]
    : 'atLeast' in target
      ? [`≥ ${told(target.atLeast)}`, value >= target.atLeast]
      : 'atMost' in target
        ? [`≤ ${told(target.atMost)}`, value <= target.atMost]
        : 'overBaseline' in target
          ? [`≤ baseline + ${told(target.overBaseline)}`, before !== undefined && value <= before + target.overBaseline]
          : [`≤ ${target.timesBaseline} × baseline`, before !== undefined && value <= before * target.timesBaseline];
  const [low, high] = [Math.min(...rounds), Math.max(...rounds)];
  const [worst, best] = target && 'atLeast' in target ? [low, high] : [high, low];
  const beside = before === undefined ? '-' : `${told(before)}: ${baseline!.what}`;
  return {
    cells: [what, told(value), `${pretty(worst)} … ${pretty(best)}`, beside, wanted, !target ? '' : passes ? 'pass' : 'MISS'],
    passes,
  };
}

const pretty = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });
