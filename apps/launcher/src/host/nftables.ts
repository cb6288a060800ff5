import { UserFault } from '../terminal/fault.js';
import { say } from '../terminal/terminal.js';
import { findProgram } from './command.js';
import { hasApt, installPackages, isRoot } from './debian.js';

/**
 * `nft`, by which a host enforces the security groups of its tasks: installed from the distribution when it is missing. Where it cannot be
 * had, the host offers no tasks with addresses of their own; everything else works, so it is said, and `up` goes on.
 */
export async function ensureNftables(): Promise<void> {
  if (findProgram('nft')) return;
  if (!hasApt() || !isRoot())
    return say('awsvpc and Fargate need nftables: run "sudo apt-get install nftables", or ./longshore as root.');
  say('Installing nftables from the distribution …');
  try {
    await installPackages(['nftables'], 'enforce security groups');
  } catch (error) {
    if (!(error instanceof UserFault)) throw error;
    say(`${error.message} Until then this host offers neither awsvpc nor Fargate.`);
  }
}
