import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserFault } from '../terminal/fault.js';
import { warn } from '../terminal/terminal.js';
import { findProgram, isExecutable } from './command.js';
import { hasApt, unpackPrivately } from './debian.js';
import type { Layout } from './layout.js';

const PACKAGE = 'docker-registry';

/** Where the registry app looks for it when it is first needed: as it is named, the machine's own, or that of this checkout. */
export const dockerRegistryOf = (layout: Layout): string =>
  process.env.LONGSHORE_DOCKER_REGISTRY ?? findProgram(PACKAGE) ?? join(layout.bin, PACKAGE);

/**
 * Docker's registry, which keeps pushed images: unpacked privately from the distribution's package when it is missing (installed, it would
 * be a service of the machine's). Everything else works without it, so its failure stops nothing; pushes say why they fail.
 */
export async function tryToFetchDockerRegistry(layout: Layout): Promise<void> {
  try {
    await ensureDockerRegistry(layout);
  } catch (error) {
    warn(`Images cannot be pushed here: ${messageOf(error)}`);
  }
}

/** Suites that have it, where the machine's own lists are empty or old; `undefined` is whatever its sources offer. */
const CANDIDATE_SUITES = [undefined, 'bookworm', 'trixie'] as const;

async function unpack(directory: string): Promise<void> {
  const problems: string[] = [];
  for (const suite of CANDIDATE_SUITES) {
    try {
      return await unpackPrivately(PACKAGE, directory, suite);
    } catch (error) {
      if (!(error instanceof UserFault)) throw error;
      problems.push(`${suite ?? 'own sources'}: ${error.message}`);
    }
  }
  throw new UserFault(problems.join('; '));
}

/** Answers its path. */
export async function ensureDockerRegistry(layout: Layout): Promise<string> {
  const target = dockerRegistryOf(layout);
  if (isExecutable(target)) return target;
  if (!hasApt()) throw new UserFault(`install ${PACKAGE} (this machine has no apt).`);
  const directory = mkdtempSync(join(layout.bin, 'unpack-'));
  try {
    await unpack(directory);
    copyFileSync(join(directory, 'usr/bin', PACKAGE), `${target}.new`);
    chmodSync(`${target}.new`, 0o755);
    renameSync(`${target}.new`, target);
    return target;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
