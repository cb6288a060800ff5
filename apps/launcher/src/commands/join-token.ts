import { randomBytes } from 'node:crypto';
import type { HostGrant } from '#lib/ecs/model';
import { hostAccessText, type Desired } from '../supervise/domain/desired.js';
import type { HostRecord } from '../joining/domain/enrolment.js';
import { grantFrom } from '../joining/domain/grant-options.js';
import { parseLifetime } from '../joining/domain/join-token.js';
import { brokersOf, makeJoinToken } from '../joining/make-join-token.js';
import { reachableAddresses } from '../host/domain/listen-address.js';
import { UserFault } from '../terminal/fault.js';
import { readJson } from '../host/files.js';
import { listHosts } from '../joining/host-records.js';
import { readJoined } from '../joining/joined-host-file.js';
import type { Layout } from '../host/layout.js';
import { ownAddresses } from '../host/own-addresses.js';
import { regionOf, scopeOf } from '../host/secrets.js';
import { runningState } from '../supervise/run-state.js';
import { say, warn } from '../terminal/terminal.js';

export interface JoinTokenOptions {
  /** `30m`, `1h`, `7d`. */
  readonly expires: string;
  readonly cluster: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly attributes?: string;
  readonly zone?: string;
  /** What the host is asked to let containers reach of it. */
  readonly allow?: string;
  /** The instance of a host that has joined and shall get a user once more; by default one of its own. */
  readonly again?: string;
  /** What the new host reaches this one by, when that is none of this machine's own addresses. */
  readonly address?: string;
}

/** `join-token`: prints a token for one new host (standard output has nothing else) and remembers that it was made. */
export async function printJoinToken(layout: Layout, options: JoinTokenOptions): Promise<void> {
  if (readJoined(layout))
    throw new UserFault('This host has joined another one: tokens are made there, where ./longshore up --listen runs.');
  const lifetimeMs = parseLifetime(options.expires);
  if (lifetimeMs === undefined) throw new UserFault('--expires takes minutes, hours or days, at most 30 days: 30m, 1h, 7d.');
  const state = runningState(layout);
  const listen = (state?.desired ?? readJson<Desired>(layout.desired))?.listen;
  if (!state || !listen)
    throw new UserFault(
      `Other hosts cannot reach this one${state ? '' : ' (Longshore is not running)'}: ./longshore up --listen ${exampleAddress()} opens the way for them.`,
    );
  const brokers = brokersOf(listen, options.address);
  const known = options.again === undefined ? undefined : hostToLetInAgain(layout, options.again);
  const instanceId = known?.instanceId ?? randomBytes(16).toString('hex');
  const cluster = known?.cluster ?? options.cluster;
  const granted = grantFrom(options, known ? known.grant : defaultGrant(layout));
  if (granted && 'problem' in granted) throw new UserFault(granted.problem);
  const access = options.allow === undefined ? undefined : hostAccessText(options.allow);
  if (access && 'problem' in access) throw new UserFault(access.problem);
  const { token, expiresAt } = await makeJoinToken(layout, {
    agent: { ...scopeOf(layout), instanceId },
    cluster,
    brokers,
    lifetimeMs,
    ...(granted ? { grant: granted.grant } : {}),
    ...(access ? { hostAccess: access.text } : {}),
    ...(known ? { known } : {}),
  });
  // The sentences go to standard error, so that the token can be piped.
  warn(
    known
      ? `A token for ${known.hostName} (${known.address}), valid until ${expiresAt}; of no use to any other host.`
      : `A token for one new host, valid until ${expiresAt}. It is a secret: whoever has it can join as that host.`,
  );
  warn(`There: ./longshore up -d --join <token>     (it reaches this host at ${brokers.join(' or ')})\n`);
  say(token);
}

/** One that says nothing of itself is in the region's first zone, as every instance that is not told another. */
const defaultGrant = (layout: Layout): HostGrant => ({ attributes: { 'ecs.availability-zone': `${regionOf(layout)}a` } });

/** With its own key only: the token is of no use to another machine. */
function hostToLetInAgain(layout: Layout, instanceId: string): HostRecord {
  const host = listHosts(layout).find((record) => record.instanceId === instanceId);
  if (!host?.joinedAt)
    throw new UserFault(`No host has joined as the instance "${instanceId}"; ./longshore hosts lists those that did.`);
  if (host.revokedAt)
    throw new UserFault(`${host.hostName} was shut out at ${host.revokedAt}: it can only join as a new instance.`);
  return host;
}

const exampleAddress = (): string => reachableAddresses(ownAddresses())[0] ?? '<an address of this machine>';
