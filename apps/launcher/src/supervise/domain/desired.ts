import { parseHostAccess } from '#lib/ecs/placement';
import { isRegion } from '#lib/kernel';
import { MOST_REPLICAS } from '#lib/names';
import { PROGRAMS, type ProgramName } from '../programs.js';
import { parseListenAddress, type ListenAddress } from '../../host/domain/listen-address.js';

/** How much of everything shall run; kept in `.longshore/desired.json`, so that the next `up` adopts every agent's containers. */
export interface Desired {
  readonly replicas: Readonly<Partial<Record<ProgramName, number>>>;
  /** Agents on this host, each a container instance with an equal share of it. */
  readonly agents: number;
  /** Simulated container instances, all in one process; 0 for none. */
  readonly simulate: number;
  /** Where other hosts reach the broker; absent: nowhere. */
  readonly listen?: ListenAddress;
  /** Where this host's tasks publish their ports for clients; absent: on its loopback. */
  readonly address?: string;
  /** What containers may reach of this host, as `--allow` says it; absent: everything, for it is its administrator's own. */
  readonly hostAccess?: string;
  /** Of this installation's own hosts, and of what its commands ask; absent: us-east-1. */
  readonly region?: string;
}

export const DEFAULT_DESIRED: Desired = { replicas: {}, agents: 1, simulate: 0 };

/** What the command line said; undefined where it was silent. */
export interface DesiredOptions {
  readonly scale?: string;
  readonly agents?: string;
  readonly simulate?: string;
  /** `off` takes it back. */
  readonly listen?: string;
  /** `loopback` takes it back. */
  readonly address?: string;
  /** `all` takes it back. */
  readonly allow?: string;
  readonly region?: string;
}

export type DesiredOutcome = { readonly desired: Desired } | { readonly problem: string };

const MAX_AGENTS = 16;
const MAX_SIMULATED = 5_000;

/** The command line over what was wanted before. `--simulate` alone asks for no real host: it needs no Docker Engine. */
export function mergeDesired(before: Desired, options: DesiredOptions, running: boolean): DesiredOutcome {
  const replicas: Partial<Record<ProgramName, number>> = { ...before.replicas };
  for (const part of (options.scale ?? '').split(',').filter(Boolean)) {
    const [name, count] = part.split('=') as [string, string | undefined];
    const app = PROGRAMS.find((candidate) => candidate.name === name);
    if (!app?.scalable)
      return {
        problem: `--scale knows ${scalableNames()}; "${part}" is none of them (example: --scale scheduler=2,state-store=2).`,
      };
    const replicaCount = wholeNumber(count, 1, MOST_REPLICAS);
    if (replicaCount === undefined) return { problem: `--scale ${name}= takes a number from 1 to ${MOST_REPLICAS}.` };
    replicas[app.name] = replicaCount;
  }
  const simulate = options.simulate === undefined ? before.simulate : wholeNumber(options.simulate, 0, MAX_SIMULATED);
  if (simulate === undefined) return { problem: `--simulate takes a number of instances from 0 to ${MAX_SIMULATED}.` };
  const agents = agentsOf(before, options, simulate, running);
  if (agents === undefined) return { problem: `--agents takes a number from 0 to ${MAX_AGENTS}.` };
  const listen =
    options.listen === undefined ? before.listen : options.listen === 'off' ? undefined : parseListenAddress(options.listen);
  if (listen && 'problem' in listen) return listen;
  const address = options.address === undefined ? before.address : options.address === 'loopback' ? undefined : options.address;
  if (address !== undefined && agents > 1)
    return { problem: 'Several agents share a host by addresses of its loopback: --address needs --agents 1.' };
  const access = options.allow === undefined ? { text: before.hostAccess ?? 'all' } : hostAccessText(options.allow);
  if ('problem' in access) return access;
  const region = options.region ?? before.region;
  if (region !== undefined && !isRegion(region))
    return { problem: `--region takes the name of a region (example: --region eu-west-1), which "${region}" is not.` };
  const hostAccess = access.text === 'all' ? undefined : access.text;
  return {
    desired: {
      replicas,
      agents,
      simulate,
      ...(listen ? { listen } : {}),
      ...(address ? { address } : {}),
      ...(hostAccess ? { hostAccess } : {}),
      ...(region ? { region } : {}),
    },
  };
}

/** Undefined: it was said, and is no number of agents. */
function agentsOf(before: Desired, options: DesiredOptions, simulate: number, running: boolean): number | undefined {
  if (options.agents !== undefined) return wholeNumber(options.agents, 0, MAX_AGENTS);
  // None, too: a control plane without a host of its own stays one.
  if (options.simulate === undefined) return before.agents;
  if (simulate === 0) return Math.max(before.agents, 1);
  return running ? before.agents : 0;
}

/** As it was meant: `all`, `none`, or what is allowed, with commas. */
export function hostAccessText(given: string): { readonly text: string } | { readonly problem: string } {
  const parsed = parseHostAccess(given);
  if ('problem' in parsed) return { problem: `--allow: ${parsed.problem}` };
  return { text: parsed.access === 'all' ? 'all' : parsed.access.join(',') || 'none' };
}

const scalableNames = (): string =>
  PROGRAMS.filter((app) => app.scalable)
    .map((app) => app.name)
    .join(', ');

function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
