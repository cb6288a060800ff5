import { copyFileSync, chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, isExecutable, run } from '../host/command.js';
import { hasApt, unpackPrivately } from '../host/debian.js';
import { canSyncAlways, OLDEST_NATS } from './domain/nats-config.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { say } from '../terminal/terminal.js';

/** Suites whose nats-server is new enough; `undefined` is whatever the machine's own sources offer. */
const CANDIDATE_SUITES = [undefined, 'trixie', 'forky'] as const;

/**
 * The path of a nats-server that can fsync before it acknowledges: from LONGSHORE_NATS_SERVER, PATH, an earlier download, or a
 * private download. An older one is never used: its acknowledgement means "in memory".
 */
export async function ensureNatsServer(layout: Layout): Promise<string> {
  const downloaded = join(layout.bin, 'nats-server');
  const named = process.env.LONGSHORE_NATS_SERVER;
  for (const candidate of [named, findProgram('nats-server'), downloaded]) {
    if (candidate && isExecutable(candidate) && (await isNewEnough(candidate))) return candidate;
  }
  const manually = `install nats-server ${OLDEST_NATS} or newer on PATH (github.com/nats-io/nats-server/releases has static binaries)`;
  if (!hasApt()) throw new UserFault(`Longshore keeps its journal on nats-server ≥ ${OLDEST_NATS}: ${manually}.`);
  say(`Fetching a nats-server that is new enough (≥ ${OLDEST_NATS}) for this checkout …`);
  const problems: string[] = [];
  for (const suite of CANDIDATE_SUITES) {
    const problem = await fetchFrom(suite, layout, downloaded);
    if (!problem) return downloaded;
    problems.push(`${suite ?? 'own sources'}: ${problem}`);
  }
  throw new UserFault(`No nats-server ≥ ${OLDEST_NATS} could be fetched (${problems.join('; ')}): ${manually}.`);
}

/** Undefined on success, else what was wrong. */
async function fetchFrom(suite: string | undefined, layout: Layout, target: string): Promise<string | undefined> {
  if (!suite && !(await offersNewEnough())) return 'too old';
  const directory = mkdtempSync(join(layout.bin, 'unpack-'));
  try {
    await unpackPrivately('nats-server', directory, suite);
    const binary = ['usr/sbin/nats-server', 'usr/bin/nats-server'].map((path) => join(directory, path)).find(isExecutable);
    if (!binary || !(await isNewEnough(binary))) return 'too old';
    copyFileSync(binary, `${target}.new`);
    chmodSync(`${target}.new`, 0o755);
    renameSync(`${target}.new`, target);
    return undefined;
  } catch (error) {
    if (error instanceof UserFault) return messageOf(error);
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function offersNewEnough(): Promise<boolean> {
  const policy = await run('apt-cache', ['policy', 'nats-server']);
  return canSyncAlways(/Candidate: (\S+)/.exec(policy.stdout)?.[1] ?? '');
}

export async function isNewEnough(binary: string): Promise<boolean> {
  return canSyncAlways((await run(binary, ['--version'])).output);
}
