import { say } from '../terminal/terminal.js';
import { findProgram, lastLine, run } from './command.js';
import { isRoot } from './debian.js';

/** Of the networks for benchmarks (RFC 2544), which nobody routes: what it has here is this host's own. */
export const CONTAINER_ADDRESSES = '198.18.0.0/16';

/**
 * Containers do not reach their host's loopback, so load balancers have addresses for them too: a range that this host takes for its
 * own (a local route, as for its loopback). Undefined where it cannot be made, and said; then load balancers are for the host only.
 */
export async function ensureContainerAddresses(): Promise<string | undefined> {
  const without = 'Tasks do not reach load balancers';
  const ip = findProgram('ip');
  if (!ip || !isRoot()) {
    say(`${without}: that needs root and the program ip (Debian: iproute2).`);
    return undefined;
  }
  const { code, output } = await run(ip, ['route', 'replace', 'local', CONTAINER_ADDRESSES, 'dev', 'lo']);
  if (code === 0) return CONTAINER_ADDRESSES;
  say(`${without}: ip route replace local ${CONTAINER_ADDRESSES} dev lo: ${lastLine(output)}`);
  return undefined;
}
