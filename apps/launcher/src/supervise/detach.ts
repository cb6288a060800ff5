import { closeSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnDetached } from '../host/command.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { identify, isAlive } from '../host/process-identity.js';
import { runningState, type RunState } from './run-state.js';
import { summary } from './summary.js';
import { say, warn } from '../terminal/terminal.js';
import { until } from '../host/wait.js';

/** The supervisor gives up waiting by itself much earlier, but the first one may install Docker Engine. */
const TIMEOUT_MS = 15 * 60_000;

/** Starts `up` in the background and shows what it says until it is ready. */
export async function detach(layout: Layout, main: string, upArguments: readonly string[]): Promise<number> {
  const log = join(layout.logs, 'up.log');
  writeFileSync(log, '', { mode: 0o600 });
  const pid = spawnDetached(process.execPath, [...process.execArgv, main, 'up', ...upArguments], log);
  const identity = pid === undefined ? undefined : identify(pid);
  if (!identity) throw new UserFault(`The supervisor could not be started; see ${log}.`);
  process.once('SIGINT', () => {
    warn('It goes on in the background: ./longshore status shows it, ./longshore down stops it.');
    process.exit(130);
  });
  const show = follow(log);
  let phase: RunState['phase'] | undefined;
  await until(
    () => {
      show();
      const state = runningState(layout);
      phase = state?.supervisor.pid === pid ? state?.phase : undefined;
      return phase === 'ready' || phase === 'unready' || !isAlive(identity);
    },
    TIMEOUT_MS,
    50,
  );
  show();
  if (phase !== 'ready') {
    if (!show()) warn('It ended before it was ready and did not say why: ./longshore down ended it, or somebody else did.');
    return 1;
  }
  say(summary(runningState(layout)!));
  return 0;
}

/** Each call prints what the file has got since the last one, and says whether that was anything so far. */
function follow(path: string): () => boolean {
  let position = 0;
  return () => {
    const size = statSync(path).size;
    if (size <= position) return position > 0;
    const buffer = Buffer.alloc(size - position);
    const descriptor = openSync(path, 'r');
    position += readSync(descriptor, buffer, 0, buffer.length, position);
    closeSync(descriptor);
    process.stdout.write(buffer);
    return true;
  };
}
