import { execFile } from 'node:child_process';

/** Ten thousand entries take a second. */
const LIMIT_MS = 20_000;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A host's iproute2; `within` leads to the host. What it refuses is an error with its words. */
export class Iproute2 {
  constructor(private readonly within: readonly string[] = []) {}

  async batch(program: 'ip' | 'bridge', lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.run([program, '-batch', '-'], `${lines.join('\n')}\n`);
  }

  async list<T>(program: 'ip' | 'bridge', ...args: readonly string[]): Promise<readonly T[]> {
    const text = await this.run([program, '-json', ...args]);
    // Nothing is told as nothing, or as objects without a member.
    return (JSON.parse(text.trim() || '[]') as T[]).filter((one) => Object.keys(one as object).length > 0);
  }

  run(command: readonly string[], input?: string): Promise<string> {
    const [first, ...rest] = [...this.within, ...command] as [string, ...string[]];
    return new Promise((resolve, reject) => {
      const options = { timeout: LIMIT_MS, maxBuffer: MOST_OUTPUT_BYTES, killSignal: 'SIGKILL' } as const;
      const child = execFile(first, rest, options, (error, stdout, stderr) => {
        if (error) reject(new Error(`${command[0]}: ${stderr.trim().slice(0, 2_000) || error.message}`));
        else resolve(stdout);
      });
      // One that ended before it read all says why itself.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
    });
  }
}
