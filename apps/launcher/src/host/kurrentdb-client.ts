import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CLIENT_PACKAGE } from '#lib/journal';
import { say } from '../terminal/terminal.js';
import { UserFault } from '../terminal/fault.js';
import { lastLine, run } from './command.js';

/**
 * KurrentDB's client is in no installation that does not ask for it: 26 MB, a part of it under another licence (docs/adr/0008-kurrentdb.md).
 * The version is the one that the tests run with.
 */
export async function ensureKurrentDbClient(root: string): Promise<void> {
  if (isInstalled(root)) return;
  say('Installing the client of KurrentDB …');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const wanted = `${CLIENT_PACKAGE}@${devDependencies[CLIENT_PACKAGE]}`;
  // `--save-prod`: of what production needs, although the lock has it for the tests; `--no-save`: and the lock stays as it is.
  const how = ['--no-save', '--save-prod', '--omit=dev', '--no-fund', '--no-audit'];
  const installed = await run('npm', ['--prefix', root, 'install', ...how, wanted]);
  if (installed.code !== 0 || !isInstalled(root))
    throw new UserFault(`npm could not install ${wanted}: ${lastLine(installed.output)}`);
}

function isInstalled(root: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve(CLIENT_PACKAGE);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}
