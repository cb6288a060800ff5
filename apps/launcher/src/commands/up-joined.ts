import { detach } from '../supervise/detach.js';
import { addressProblem } from '../host/domain/listen-address.js';
import { UserFault } from '../terminal/fault.js';
import { readJoined, writeJoined, type JoinedHost } from '../joining/joined-host-file.js';
import { serveJoined } from '../supervise/joined-host.js';
import { joinCluster } from '../joining/joining.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { ownAddresses } from '../host/own-addresses.js';
import type { RunState } from '../supervise/run-state.js';
import { say } from '../terminal/terminal.js';
import type { UpOptions } from './up-options.js';

const FOREIGN = ['port', 'scale', 'agents', 'simulate', 'listen'] as const;

/** `up` on a host that joins, or has joined, another one's control plane: its agent, and nothing else. */
export async function upJoined(layout: Layout, options: UpOptions, running: RunState | undefined, main: string): Promise<number> {
  if (running && !running.joined)
    throw new UserFault(`A control plane runs here already (${running.endpoint}): --join is for another machine.`);
  const foreign = FOREIGN.find((name) => options[name] !== undefined);
  if (foreign) throw new UserFault(`--${foreign} is for the host of the control plane; a joined host runs one agent.`);
  if (options.address === 'loopback') throw new UserFault('--address takes an address that clients of this host can reach.');
  const problem = options.address && addressProblem('--address', options.address, ownAddresses());
  if (problem) throw new UserFault(problem);
  const before = options.join === undefined ? readJoined(layout)! : await joinCluster(layout, options.join, options.address);
  if (running) return alreadyRunning(running, options.address);
  const joined: JoinedHost = { ...before, address: options.address ?? before.address };
  makeDirectories(layout);
  writeJoined(layout, joined);
  if (options.detach) return detach(layout, main, ['--log-level', options.logLevel]);
  return serveJoined(layout, { joined, logLevel: options.logLevel });
}

function alreadyRunning({ supervisor, joined }: RunState, address: string | undefined): number {
  const where = `Longshore is already running here (supervisor: process ${supervisor.pid}).`;
  if (address !== undefined && address !== joined!.address)
    throw new UserFault(`${where} To change its address, stop it first: ./longshore down.`);
  say(where);
  return 0;
}
