/** What HAProxy says on its way out, when it does not start. */

export interface BindFailure {
  readonly endpoint: string;
  /** The system's words: "Address already in use". */
  readonly reason: string;
}

/** `… frontend li-x: cannot bind socket (Address already in use) for [127.1.0.1:80]`, with `for` or without. */
export const bindFailures = (output: string): readonly BindFailure[] =>
  [...output.matchAll(/frontend \S+: cannot (?:bind|listen to) socket \(([^)]*)\)(?: for)? \[([^\]]+(?:\]:\d+)?)\]/g)].map(
    ([, reason, endpoint]) => ({ endpoint: endpoint!, reason: reason! }),
  );

export interface SectionFailure {
  readonly section: string;
  readonly reason: string;
}

/** Alerts of a check by the frontend or backend in whose lines they are; what is in none of them is not here. */
export function sectionFailures(output: string, config: string): readonly SectionFailure[] {
  const lines = config.split('\n');
  const failures = new Map<string, string>();
  for (const [, line, reason] of output.matchAll(/\[ALERT\].*?\[[^\]:]*:(\d+)\]\s*:?\s*(.*)/g)) {
    for (let at = Number(line) - 1; at >= 0; at--) {
      const [, section] = /^(?:frontend|backend) (\S+)/.exec(lines[at] ?? '') ?? [];
      if (section === undefined) continue;
      if (!failures.has(section)) failures.set(section, reason!.replace(/\.+$/, ''));
      break;
    }
  }
  return [...failures].map(([section, reason]) => ({ section, reason }));
}
