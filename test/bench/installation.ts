import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../apps/launcher/src/host/command.js';
import { layoutOf } from '../../apps/launcher/src/host/layout.js';
import { freePortFrom } from '../../apps/launcher/src/host/ports.js';
import { type AccessKeyCredentials, readCredentials } from '../../apps/launcher/src/host/secrets.js';
import { findNatsServer } from '../support/nats-server.js';
import { ROOT } from '../support/repository.js';

export interface AppProcess {
  readonly name: string;
  readonly pid: number;
}

/** A whole Longshore, started by its launcher in a data directory and on ports of its own. */
export interface Installation {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
  /** Its data directory. */
  readonly data: string;
  /** `up -d`; seconds until it was ready. */
  readonly up: () => Promise<number>;
  readonly down: () => Promise<void>;
  /** nats-server and the supervisor among them. */
  readonly processes: () => Promise<readonly AppProcess[]>;
}

/** Runs `work` on an installation that is up, and leaves nothing behind. */
export async function withInstallation(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  work: (installation: Installation) => Promise<void>,
): Promise<void> {
  const natsServer = findNatsServer();
  const port = await freePortFrom(24_566);
  const data = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  const env = { ...process.env, LONGSHORE_NATS_SERVER: natsServer, ...environment, LONGSHORE_DATA: data };
  const longshore = async (...words: string[]) => {
    const result = await run(process.execPath, [join(ROOT, 'dist/apps/launcher/src/main.js'), ...words], { env });
    if (result.code !== 0) throw new Error(`longshore ${words.join(' ')} failed:\n${result.output}`);
    return result.stdout;
  };
  const up = async () => {
    const beganMs = performance.now();
    await longshore('up', '-d', '--port', String(port), '--log-level', 'warn', ...args);
    return (performance.now() - beganMs) / 1_000;
  };
  try {
    await up();
    await work({
      endpoint: `http://127.0.0.1:${port}`,
      credentials: readCredentials(layoutOf(ROOT, data))!,
      data,
      up,
      down: async () => void (await longshore('down')),
      processes: async () => {
        const status = JSON.parse(await longshore('status', '--json')) as Status;
        const apps = status.processes.map(({ name, process }) => ({ name, pid: process.pid }));
        return [...apps, { name: 'supervisor', pid: status.supervisor }];
      },
    });
  } finally {
    await longshore('down', '--purge', '--yes');
    rmSync(data, { recursive: true, force: true });
  }
}

interface Status {
  readonly supervisor: number;
  readonly processes: readonly { readonly name: string; readonly process: { readonly pid: number } }[];
}
