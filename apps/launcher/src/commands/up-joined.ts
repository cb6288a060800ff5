import { isDeepStrictEqual } from 'node:util';
import { detach } from '../supervise/detach.js';
import { hostAccessText } from '../supervise/domain/desired.js';
import { addressProblem } from '../host/domain/listen-address.js';
import { UserFault } from '../terminal/fault.js';
import { readJoined, writeJoined, type JoinedHost } from '../joining/joined-host-file.js';
import { serveJoined } from '../supervise/joined-host.js';
import { joinCluster, type HostChoices } from '../joining/joining.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { ownAddresses } from '../host/own-addresses.js';
import { notReady } from '../supervise/health.js';
import type { RunState } from '../supervise/run-state.js';
import { changeRunning } from './change-running.js';
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
  const access = options.allow === undefined ? undefined : hostAccessText(options.allow);
  if (access && 'problem' in access) throw new UserFault(access.problem);
  const chosen = { address: options.address, hostAccess: access?.text };
  if (running) refuseChanges(running, chosen);
  const { joined: before, hasNewUser } =
    options.join === undefined
      ? { joined: readJoined(layout)!, hasNewUser: false }
      : await joinCluster(layout, options.join, chosen);
  if (running) return alreadyRunning(layout, running, hasNewUser);
  const { address = before.address, hostAccess = before.hostAccess ?? 'none' } = chosen;
  const joined: JoinedHost = { ...before, address, hostAccess };
  checkClaims(joined);
  makeDirectories(layout);
  writeJoined(layout, joined);
  if (options.detach) return detach(layout, main, ['--log-level', options.logLevel]);
  if (hostAccess === 'none')
    say('Containers may reach nothing of this host (privileged, host paths, …); ./longshore up --allow changes that.');
  else say(`Containers may reach of this host: ${hostAccess}.`);
  return serveJoined(layout, { joined, logLevel: options.logLevel });
}

/** Said here, where it can be read: the control plane refuses an agent that says more of itself than its token was made for. */
function checkClaims({ grant }: JoinedHost): void {
  const claimed = ['LONGSHORE_ATTRIBUTES', 'LONGSHORE_AVAILABILITY_ZONE'].filter((name) => process.env[name]);
  if (grant === undefined || claimed.length === 0) return;
  throw new UserFault(
    `${claimed.join(' and ')}: a joined host has the attributes and the zone that its token was made with (./longshore join-token --attributes … --zone … on the first host).`,
  );
}

const whereItRuns = ({ supervisor }: RunState): string =>
  `Longshore is already running here (supervisor: process ${supervisor.pid}).`;

function refuseChanges(running: RunState, { address, hostAccess }: HostChoices): void {
  const { joined } = running;
  if (address !== undefined && address !== joined!.address)
    throw new UserFault(`${whereItRuns(running)} To change its address, stop it first: ./longshore down.`);
  if (hostAccess !== undefined && hostAccess !== joined!.hostAccess)
    throw new UserFault(`${whereItRuns(running)} To change what containers may reach, stop it first: ./longshore down.`);
}

async function alreadyRunning(layout: Layout, running: RunState, hasNewUser: boolean): Promise<number> {
  say(whereItRuns(running));
  if (!hasNewUser) return 0;
  say('Starting its agent again, with its new user …');
  const before = running.processes[0]?.process;
  return changeRunning(layout, running, async ({ processes }) =>
    isDeepStrictEqual(processes[0]?.process, before) ? 'its supervisor' : notReady(processes),
  );
}
