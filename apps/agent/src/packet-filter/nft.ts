import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { PACKET_FILTER_FAMILIES } from '#lib/names';
import { changesByOthers } from './domain/changes-by-others.js';
import { dropTables } from './domain/ruleset.js';

/** A transaction of a hundred thousand rules takes a second. */
const LIMIT_MS = 20_000;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The tables of one agent, in the kernel's packet filter. */
export interface PacketFilterTables {
  /** All or nothing. */
  replace(ruleset: string): Promise<void>;
  /** What is there, in a form to compare; undefined when nothing is. */
  fingerprint(): Promise<string | undefined>;
  /** Tells that somebody else changed them, until cancelled; `ended` when nobody tells any more. */
  watch(changed: () => void, ended: (problem: string) => void): () => void;
}

/** `nft` of the host; `command` leads there. */
export class Nft implements PacketFilterTables {
  /** The process of the latest change of our own. */
  private ownProcess: number | undefined;

  constructor(
    private readonly table: string,
    private readonly command: readonly string[] = ['nft'],
  ) {}

  async replace(ruleset: string): Promise<void> {
    await this.run(['-f', '-'], ruleset, (pid) => (this.ownProcess = pid));
  }

  async fingerprint(): Promise<string | undefined> {
    const listed: string[] = [];
    for (const family of PACKET_FILTER_FAMILIES) {
      try {
        listed.push(inOrder(await this.run(['-s', 'list', 'table', family, this.table])));
      } catch (error) {
        if (!/No such file or directory/.test((error as Error).message)) throw error;
      }
    }
    return listed.length === 0 ? undefined : createHash('sha256').update(listed.join('\n')).digest('hex');
  }

  watch(changed: () => void, ended: (problem: string) => void): () => void {
    const [program, ...before] = this.command as [string, ...string[]];
    const child = spawn(program, [...before, 'monitor'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let isOver = false;
    const end = (problem: string) => {
      if (!isOver) ended(problem);
      isOver = true;
    };
    const isChange = changesByOthers(this.table, () => this.ownProcess);
    createInterface({ input: child.stdout }).on('line', (line) => isChange(line) && changed());
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(`nft monitor ended with ${code ?? 'a signal'}`));
    return () => {
      isOver = true;
      child.kill('SIGKILL');
    };
  }

  /** Fails where this process may not, or `nft` is not there. */
  async tryOut(): Promise<void> {
    const probe = `${this.table}-probe`;
    await this.run(['-f', '-'], `${dropTables(probe)}add table inet ${probe}\n`);
    await this.run(['-f', '-'], dropTables(probe));
  }

  private run(args: readonly string[], input = '', begun?: (pid: number | undefined) => void): Promise<string> {
    const [program, ...before] = this.command as [string, ...string[]];
    return new Promise((resolve, reject) => {
      const options = { timeout: LIMIT_MS, maxBuffer: MOST_OUTPUT_BYTES, killSignal: 'SIGKILL' } as const;
      const child = execFile(program, [...before, ...args], options, (error, stdout, stderr) => {
        if (error) reject(new Error(`nft: ${stderr.trim().slice(0, 2_000) || error.message}`));
        else resolve(stdout);
      });
      begun?.(child.pid);
      // One that ended before it read all says why itself.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    });
  }
}

/** The kernel keeps the elements of a set in an order of its own, and changes it by itself. */
const inOrder = (listed: string): string =>
  listed.replaceAll(/\{ ([^{}]*)\}/g, (_all, elements: string) =>
    elements
      .split(',')
      .map((element) => element.trim())
      .sort()
      .join(),
  );
