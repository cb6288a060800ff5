import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './repository.js';

/** How a program ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a call is signed with. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface CliCall {
  /** Service and operation first, as after `aws`. */
  readonly args: readonly string[];
  readonly endpoint: string;
  readonly region: string;
  readonly keys: Keys;
}

/** Debian's, which is what users of the supported systems have; `./longshore test` installs it. */
const PYTHON = '/usr/bin/python3';
const NOTHING_OF_THE_TESTER = {
  PATH: process.env.PATH,
  AWS_PAGER: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};
const PRELOADED = join(ROOT, 'test/support/aws-cli.py');

/**
 * The AWS CLI of the distribution, unmodified, loaded once for many calls (aws-cli.py): most of what a call costs is Python loading
 * it. It starts with the first call and has to be ended.
 */
export class AwsCli {
  private process?: ChildProcess;
  private readonly waiting = new Map<number, (result: CommandResult) => void>();
  private calls = 0;

  call({ args, endpoint, region, keys }: CliCall): Promise<CommandResult> {
    this.process ??= this.start();
    const env = {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
      AWS_DEFAULT_REGION: region,
    };
    const id = this.calls++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.process!.stdin!.write(`${JSON.stringify({ id, args: ['--endpoint-url', endpoint, ...args], env })}\n`);
    });
  }

  async end(): Promise<void> {
    const process = this.process;
    if (process === undefined || process.exitCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.stdin!.end();
    await ended;
  }

  private start(): ChildProcess {
    const child = spawn(PYTHON, [PRELOADED], { env: NOTHING_OF_THE_TESTER, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(child.stdout).on('line', (line) => {
      const { id, ...result } = JSON.parse(line) as CommandResult & { id: number };
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
    // Whoever still waits then is told; the next call starts another.
    child.once('exit', (code) => {
      this.process = undefined;
      for (const resolve of this.waiting.values()) resolve({ code: code ?? 255, stdout: '', stderr: 'the AWS CLI has ended' });
      this.waiting.clear();
    });
    return child;
  }
}
