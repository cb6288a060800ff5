import { isDeepStrictEqual } from 'node:util';

/** One process that shall run. Equal specs are the same process; a changed environment means a restart. */
export interface ProcessSpec {
  /** `scheduler-2`: unique, and the name of its log file. */
  readonly name: string;
  readonly app: string;
  readonly replica: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Loopback port of `/livez`, `/readyz`, `/status`; nats-server has none. */
  readonly healthPort?: number;
}

export interface ProcessDiff {
  readonly start: readonly ProcessSpec[];
  readonly stop: readonly string[];
  readonly replace: readonly ProcessSpec[];
}

/** Level-based: what to do so that `running` becomes `wanted`. Empty for equal sets. */
export function diffProcesses(running: readonly ProcessSpec[], wanted: readonly ProcessSpec[]): ProcessDiff {
  const current = new Map(running.map((spec) => [spec.name, spec]));
  const names = new Set(wanted.map((spec) => spec.name));
  return {
    start: wanted.filter((spec) => !current.has(spec.name)),
    stop: running.filter((spec) => !names.has(spec.name)).map((spec) => spec.name),
    replace: wanted.filter((spec) => current.has(spec.name) && !sameProcess(current.get(spec.name)!, spec)),
  };
}

function sameProcess(a: ProcessSpec, b: ProcessSpec): boolean {
  return a.command === b.command && isDeepStrictEqual(a.args, b.args) && isDeepStrictEqual(a.env, b.env);
}
