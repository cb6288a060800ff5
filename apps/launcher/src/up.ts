import { statSync, openSync, readSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_DESIRED, mergeDesired, remembered, type Desired, type DesiredOptions } from './domain/desired.js';
import { spawnDetached } from './command.js';
import { UserFault } from './fault.js';
import { readJson, writeAtomically } from './files.js';
import { serve } from './foreground.js';
import { missingInstances, unready } from './health.js';
import { makeDirectories, type Layout } from './layout.js';
import { lockHolder } from './lock.js';
import { instanceIdsOf } from './prepare.js';
import { identify, isAlive, signal } from './process-identity.js';
import { runningState, type RunState } from './run-state.js';
import { ensureSecrets } from './secrets.js';
import { summary } from './summary.js';
import { say } from './terminal.js';
import { until } from './wait.js';

export interface UpOptions extends DesiredOptions {
  readonly port?: string;
  readonly detach?: boolean;
  readonly logLevel: string;
}

const DEFAULT_PORT = 4566;
const JOIN_TIMEOUT_MS = 120_000;
/** Of `-d`; the supervisor gives up waiting by itself much earlier, but the first one may install Docker Engine. */
const DETACHED_TIMEOUT_MS = 15 * 60_000;

/** `up`: joins the running system, or starts one, here or detached. Returns the exit code. */
export async function up(layout: Layout, options: UpOptions, main: string): Promise<number> {
  const port = portOf(options.port);
  const holder = lockHolder(layout.lock);
  const running = holder && (await stateOf(layout, holder.pid));
  const before = running?.desired ?? remembered(readJson<Desired>(layout.desired) ?? DEFAULT_DESIRED);
  const merged = mergeDesired(before, options, running !== undefined);
  if ('problem' in merged) throw new UserFault(merged.problem);
  if (holder) {
    if (!running)
      throw new UserFault(
        `Another ./longshore up (process ${holder.pid}) is just starting; wait for it, or stop it with ./longshore down.`,
      );
    return joinRunning(layout, running, merged.desired, port);
  }
  makeDirectories(layout);
  writeAtomically(layout.desired, JSON.stringify(remembered(merged.desired)));
  if (options.detach) return detach(layout, options, main);
  return serve(layout, { desired: merged.desired, port: port ?? DEFAULT_PORT, logLevel: options.logLevel });
}

/** A supervisor writes its state a moment after it has taken the lock. */
async function stateOf(layout: Layout, pid: number): Promise<RunState | undefined> {
  await until(() => runningState(layout)?.supervisor.pid === pid, 2_000);
  return runningState(layout);
}

/** Something runs already: say so, and change its scale when that was asked for. */
async function joinRunning(layout: Layout, running: RunState, desired: Desired, port: number | undefined): Promise<number> {
  const where = `Longshore is already running here: ${running.endpoint} (supervisor: process ${running.supervisor.pid}).`;
  if (port !== undefined && new URL(running.endpoint).port !== String(port))
    throw new UserFault(`${where} To change its port, stop it first: ./longshore down.`);
  say(where);
  if (isDeepStrictEqual(desired, running.desired)) return 0;
  writeAtomically(layout.desired, JSON.stringify(desired));
  if (!signal(running.supervisor, 'SIGUSR2')) throw new UserFault('It has just ended: run ./longshore up again.');
  say('Changing what runs …');
  const instanceIds = instanceIdsOf(layout, desired.agents);
  let waitingFor: string | undefined;
  const done = await until(
    async () => {
      const state = runningState(layout);
      if (!state || !isDeepStrictEqual(state.desired, desired)) return false;
      waitingFor = (await unready(state.processes)).join(', ');
      waitingFor ||= (await missingInstances(state.endpoint, ensureSecrets(layout), instanceIds, desired)) ?? '';
      return waitingFor === '';
    },
    JOIN_TIMEOUT_MS,
    150,
  );
  if (!done)
    throw new UserFault(
      `Not ready after ${JOIN_TIMEOUT_MS / 1_000} s: ${waitingFor ?? 'the supervisor does not answer'}. Logs: ${layout.logs}`,
    );
  say('Ready. See ./longshore status.');
  return 0;
}

/** Starts the same command in the background and shows what it says until it is ready. */
async function detach(layout: Layout, options: UpOptions, main: string): Promise<number> {
  const log = join(layout.logs, 'up.log');
  writeFileSync(log, '');
  const args = [...process.execArgv, main, 'up', '--log-level', options.logLevel];
  if (options.port) args.push('--port', options.port);
  if (options.scale) args.push('--scale', options.scale);
  if (options.agents) args.push('--agents', options.agents);
  if (options.simulate) args.push('--simulate', options.simulate);
  const pid = spawnDetached(process.execPath, args, log);
  const identity = pid === undefined ? undefined : identify(pid);
  if (!identity) throw new UserFault(`The supervisor could not be started; see ${log}.`);
  const show = follow(log);
  let phase: RunState['phase'] | undefined;
  await until(
    () => {
      show();
      const state = runningState(layout);
      phase = state?.supervisor.pid === pid ? state?.phase : undefined;
      return phase === 'ready' || phase === 'unready' || !isAlive(identity);
    },
    DETACHED_TIMEOUT_MS,
    50,
  );
  show();
  if (phase !== 'ready') return 1;
  say(summary(runningState(layout)!));
  return 0;
}

/** Each call prints what the file has got since the last one. */
function follow(path: string): () => void {
  let position = 0;
  return () => {
    const size = statSync(path).size;
    if (size <= position) return;
    const buffer = Buffer.alloc(size - position);
    const descriptor = openSync(path, 'r');
    position += readSync(descriptor, buffer, 0, buffer.length, position);
    closeSync(descriptor);
    process.stdout.write(buffer);
  };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new UserFault('--port takes a number from 1 to 65535.');
  return port;
}
