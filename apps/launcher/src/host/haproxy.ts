import { say } from '../terminal/terminal.js';
import { findProgram } from './command.js';
import { hasApt, installPackages, isRoot } from './debian.js';

/**
 * HAProxy, which carries the traffic of load balancers, and `ip`, which gives them addresses for containers: installed from the distribution (≥ 2.6) when they are missing. Everything else
 * works without it, so where they cannot be installed it is said, and `up` goes on; load balancers say why they do not serve.
 */
export async function ensureHaproxy(): Promise<void> {
  const missing = [...(findProgram('haproxy') ? [] : ['haproxy']), ...(findProgram('ip') ? [] : ['iproute2'])];
  if (missing.length === 0) return;
  if (!hasApt() || !isRoot()) {
    const packages = missing.join(' ');
    say(`Load balancers need ${packages}: run "sudo apt-get install ${packages}", or ./longshore as root.`);
    return;
  }
  say(`Installing ${missing.join(' and ')} from the distribution …`);
  await installPackages(missing, 'balance load');
}
