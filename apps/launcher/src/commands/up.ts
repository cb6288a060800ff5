import { isDeepStrictEqual } from 'node:util';
import { JOURNALS } from '#lib/names';
import type { AcceptedLoss } from '../supervise/domain/process-specs.js';
import { otherSettings } from '../supervise/domain/settings.js';
import { DEFAULT_DESIRED, mergeDesired, type Desired } from '../supervise/domain/desired.js';
import { addressProblem } from '../host/domain/listen-address.js';
import { detach } from '../supervise/detach.js';
import { UserFault } from '../terminal/fault.js';
import { readJson, writeAtomically } from '../host/files.js';
import { missing } from '../supervise/health.js';
import { readJoined } from '../joining/joined-host-file.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { lockHolder } from '../supervise/lock.js';
import { JOURNAL_VARIABLE, journalPlace } from '../host/journal-place.js';
import { ownAddresses } from '../host/own-addresses.js';
import { runningState, type RunState } from '../supervise/run-state.js';
import { DEFAULT_REGION, ensureSecrets, hasJournal, instanceIdsOf } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';
import { changeRunning } from './change-running.js';
import { revisionIn } from './domain/revision.js';
import type { UpOptions } from './up-options.js';
import { until } from '../host/wait.js';

const DEFAULT_PORT = 4566;

/** `up`: joins the running system, or starts one, here or detached. Returns the exit code. */
export async function up(layout: Layout, options: UpOptions, main: string): Promise<number> {
  const port = portOf(options.port);
  const acceptLossSince = options.acceptLossSince === undefined ? undefined : lossSince(options.acceptLossSince);
  const holder = lockHolder(layout.lock);
  const running = holder && (await stateOf(layout, holder.pid));
  // Whoever only waits for what is started, or changes what runs, needs nothing of the many modules that run it.
  if (options.join !== undefined || readJoined(layout))
    return (await import('./up-joined.js')).upJoined(layout, options, running, main);
  const before = running?.desired ?? readJson<Desired>(layout.desired) ?? DEFAULT_DESIRED;
  const merged = mergeDesired(before, options, running !== undefined);
  if ('problem' in merged) throw new UserFault(merged.problem);
  checkAddresses(options, merged.desired);
  checkRegion(layout, before, merged.desired);
  // Before anything is started: what is wrong with it is for the one who typed it.
  const journal = journalPlace(process.env);
  if (holder) {
    if (!running)
      throw new UserFault(
        `Another ./longshore up (process ${holder.pid}) is just starting; wait for it, or stop it with ./longshore down.`,
      );
    if (options.rebuildRelay)
      throw new UserFault(
        'A relay is made anew at a start: run ./longshore down first, then ./longshore up --rebuild-relay again.',
      );
    if (options.acceptLossSince !== undefined)
      throw new UserFault(
        'A loss is accepted at a start: run ./longshore down first, then ./longshore up --accept-loss-since … again.',
      );
    if (journal && journal.shown !== running.journal)
      throw new UserFault(
        `Longshore is running here, and its journal is in ${running.journal ?? 'NATS'}: to change that, stop it first (./longshore down).`,
      );
    return joinRunning(layout, running, merged.desired, port, options.logLevel);
  }
  if (options.rebuildRelay && !journal)
    throw new UserFault(`--rebuild-relay is for a journal in KurrentDB: ${JOURNAL_VARIABLE} does not name one.`);
  makeDirectories(layout);
  writeAtomically(layout.desired, JSON.stringify(merged.desired));
  if (options.detach) return detach(layout, main, argumentsOf(options));
  const { logLevel, rebuildRelay } = options;
  const { serve } = await import('../supervise/control-plane.js');
  return serve(layout, { desired: merged.desired, port: port ?? DEFAULT_PORT, logLevel, acceptLossSince, rebuildRelay });
}

/** What was typed now has to be this machine's; what is remembered may come back later (DHCP), and is tried until then. */
function checkAddresses(options: UpOptions, { listen, address }: Desired): void {
  const own = ownAddresses();
  const problem =
    (options.listen && listen && addressProblem('--listen', listen.host, own)) ||
    (options.address && address && addressProblem('--address', address, own));
  if (problem) throw new UserFault(problem);
}

/** Hosts keep the region that they registered in, and what is there of another region would be left without any. */
function checkRegion(layout: Layout, before: Desired, { region = DEFAULT_REGION }: Desired): void {
  const { region: known = DEFAULT_REGION } = before;
  if (region === known || !hasJournal(layout)) return;
  throw new UserFault(
    `This installation is in ${known}, which its first ./longshore up said. For another region begin anew: ./longshore down --purge, then ./longshore up --region ${region}.`,
  );
}

/** A supervisor writes its state a moment after it has taken the lock. */
async function stateOf(layout: Layout, pid: number): Promise<RunState | undefined> {
  await until(() => runningState(layout)?.supervisor.pid === pid, 2_000);
  return runningState(layout);
}

/** Something runs already: say so, and change its scale when that was asked for. */
async function joinRunning(
  layout: Layout,
  running: RunState,
  desired: Desired,
  port: number | undefined,
  logLevel: string,
): Promise<number> {
  const where = `Longshore is already running here: ${running.endpoint} (supervisor: process ${running.supervisor.pid}).`;
  if (port !== undefined && new URL(running.endpoint).port !== String(port))
    throw new UserFault(`${where} To change its port, stop it first: ./longshore down.`);
  say(where);
  const others = running.settings ? otherSettings(running.settings, process.env, logLevel) : [];
  if (others.length > 0)
    say(
      `It goes on with the settings of its start, which differ in ${others.join(', ')}: ./longshore down, then up applies yours.`,
    );
  if (isDeepStrictEqual(desired, running.desired)) return 0;
  writeAtomically(layout.desired, JSON.stringify(desired));
  say('Changing what runs …');
  const wanted = {
    endpoint: running.endpoint,
    credentials: ensureSecrets(layout),
    instanceIds: instanceIdsOf(layout, desired.agents),
    desired,
  };
  return changeRunning(layout, running, async (state) =>
    isDeepStrictEqual(state.desired, desired) ? missing(state.processes, wanted) : 'its supervisor',
  );
}

/** What it listens on is on disk already. */
function argumentsOf(options: UpOptions): string[] {
  const args = ['--log-level', options.logLevel];
  for (const name of ['port', 'scale', 'agents', 'simulate'] as const) if (options[name]) args.push(`--${name}`, options[name]);
  if (options.acceptLossSince) args.push('--accept-loss-since', options.acceptLossSince);
  if (options.rebuildRelay) args.push('--rebuild-relay');
  return args;
}

function lossSince(text: string): AcceptedLoss {
  const { revision, journal: named = 'ecs' } = revisionIn(text) ?? {};
  const journal = JOURNALS.find((known) => known === named);
  if (revision === undefined || !journal)
    throw new UserFault('--accept-loss-since takes the revision that Longshore names, for example r361.');
  return { journal, revision };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new UserFault('--port takes a number from 1 to 65535.');
  return port;
}
