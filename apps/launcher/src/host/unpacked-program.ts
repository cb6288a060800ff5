import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserFault } from '../terminal/fault.js';
import { isExecutable } from './command.js';
import { hasApt, unpackPrivately } from './debian.js';
import type { Layout } from './layout.js';

/** Suites that have it, where the machine's own lists are empty or old; `undefined` is whatever its sources offer. */
const CANDIDATE_SUITES = [undefined, 'bookworm', 'trixie'] as const;

/**
 * The program of a distribution's package of the same name, at `target`: unpacked privately when it is missing (installed, it would be a
 * service of the machine's).
 */
export async function ensureUnpacked(layout: Layout, packageName: string, target: string): Promise<void> {
  if (isExecutable(target)) return;
  if (!hasApt()) throw new UserFault(`install ${packageName} (this machine has no apt).`);
  const directory = mkdtempSync(join(layout.bin, 'unpack-'));
  try {
    await unpack(packageName, directory);
    copyFileSync(join(directory, 'usr/bin', packageName), `${target}.new`);
    chmodSync(`${target}.new`, 0o755);
    renameSync(`${target}.new`, target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function unpack(packageName: string, directory: string): Promise<void> {
  const problems: string[] = [];
  for (const suite of CANDIDATE_SUITES) {
    try {
      return await unpackPrivately(packageName, directory, suite);
    } catch (error) {
      if (!(error instanceof UserFault)) throw error;
      problems.push(`${suite ?? 'own sources'}: ${error.message}`);
    }
  }
  throw new UserFault(problems.join('; '));
}
