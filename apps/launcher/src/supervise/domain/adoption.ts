import type { ProcessSpec } from './process-diff.js';

/** A process of this data directory that no supervisor owns any more. */
export interface Leftover {
  readonly commandLine: readonly string[];
  readonly environment: readonly string[];
  readonly startedAtMs: number;
}

/**
 * Which of the processes that a killed supervisor has left are just what is wanted now, each with whom it is: they go on. The rest has
 * another configuration or is older than the program that it would be started from, and ends.
 */
export function adoptable<L extends Leftover>(
  wanted: readonly ProcessSpec[],
  leftovers: readonly L[],
  builtAtMs: number,
): { readonly adopt: readonly { readonly spec: ProcessSpec; readonly leftover: L }[]; readonly end: readonly L[] } {
  const free = new Set(leftovers);
  const adopt = wanted.flatMap((spec) => {
    const leftover = [...free].find((candidate) => candidate.startedAtMs >= builtAtMs && isProcessOf(spec, candidate));
    if (!leftover) return [];
    free.delete(leftover);
    return [{ spec, leftover }];
  });
  return { adopt, end: [...free] };
}

function isProcessOf({ command, args, env }: ProcessSpec, { commandLine, environment }: Leftover): boolean {
  const wanted = [command, ...args];
  if (wanted.length !== commandLine.length || wanted.some((part, index) => part !== commandLine[index])) return false;
  const has = new Set(environment);
  return Object.entries(env).every(([name, value]) => has.has(`${name}=${value}`));
}

/** How a supervisor says what it found of the one before it. */
export function takenOver(kept: number, ended: number): string {
  const its = kept + ended === 1 ? 'its process' : `its ${kept + ended} processes`;
  const one = kept + ended === 1;
  const fate =
    ended === 0
      ? `${its} ${one ? 'goes' : 'go'} on`
      : kept === 0
        ? `${its} ${one ? 'is' : 'are'} started anew`
        : `${kept} of ${its} ${kept === 1 ? 'goes' : 'go'} on, the other${ended === 1 ? ' is' : 's are'} started anew`;
  return `The last supervisor was killed: ${fate}. Containers were left alone.`;
}
