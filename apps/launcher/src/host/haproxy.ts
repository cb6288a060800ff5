import { say } from '../terminal/terminal.js';
import { findProgram } from './command.js';
import { hasApt, installPackages, isRoot } from './debian.js';

/**
 * HAProxy, which carries the traffic of load balancers: installed from the distribution (≥ 2.6) when it is missing. Everything else
 * works without it, so where it cannot be installed it is said, and `up` goes on; load balancers say why they do not serve.
 */
export async function ensureHaproxy(): Promise<void> {
  if (findProgram('haproxy')) return;
  if (!hasApt() || !isRoot()) {
    say('Load balancers need HAProxy, which is not installed: run "sudo apt-get install haproxy", or ./longshore as root.');
    return;
  }
  say('Installing HAProxy (haproxy, from the distribution) …');
  await installPackages(['haproxy'], 'balance load');
}
