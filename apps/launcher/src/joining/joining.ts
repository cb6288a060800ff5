import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { joinUserOf } from '#lib/names';
import { expiredSentence } from './domain/enrolment.js';
import { decodeJoinToken, type JoinToken } from './domain/join-token.js';
import { hostRefused, TOKEN_REFUSED } from './domain/refusals.js';
import { UserFault } from '../terminal/fault.js';
import { writeAtomically } from '../host/files.js';
import {
  askForUser,
  confirmUser,
  JOIN_PATIENCE_MS,
  connectToFirstHost,
  localAddressTowards,
  RefusedFault,
} from './first-host.js';
import { readJoined, writeJoined, type JoinedHost } from './joined-host-file.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { credentialsPath, credentialsText, userKey } from '../broker/nats-users.js';
import { ensureInstanceId } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';

/** What the host's own command line says; undefined where it was silent. */
export interface HostChoices {
  readonly address?: string;
  readonly hostAccess?: string;
}

export interface Joining {
  readonly joined: JoinedHost;
  /** False: it had joined before, and is as it was. */
  readonly hasNewUser: boolean;
}

/** `up --join`: makes this data directory a joined host's, or says in a sentence why not. Joining twice with one token is joining once. */
export async function joinCluster(layout: Layout, given: string, chosen: HostChoices): Promise<Joining> {
  const decoded = decodeJoinToken(tokenText(given));
  if ('problem' in decoded) throw new UserFault(decoded.problem);
  const { token } = decoded;
  const joined = readJoined(layout);
  if (joined?.instanceId === token.instanceId) return joinAgain(layout, token, joined, chosen);
  if (joined)
    throw new UserFault(`This host has joined ${joined.brokers.join(', ')} already: first ./longshore down --purge, then join.`);
  if (existsSync(layout.masterKey))
    throw new UserFault(
      `${layout.data} holds a control plane of its own, with its journal: --join needs another place (LONGSHORE_DATA=…), or ` +
        'this one emptied with ./longshore down --purge.',
    );
  if (Date.parse(token.expiresAt) <= Date.now()) throw new UserFault(expiredSentence(token.expiresAt));
  return { joined: await enrol(layout, token, chosen), hasNewUser: true };
}

/** With a token that `join-token --again` has made, which lets a host in that the first one refuses by now; any other is spent. */
async function joinAgain(layout: Layout, token: JoinToken, joined: JoinedHost, chosen: HostChoices): Promise<Joining> {
  try {
    const { address = joined.address, hostAccess = joined.hostAccess } = chosen;
    const again = { ...(await enrol(layout, token, { address, hostAccess })), joinedAt: joined.joinedAt };
    return { joined: again, hasNewUser: true };
  } catch (error) {
    if (!(error instanceof UserFault)) throw error;
    say(`This host has joined already. (${error.message})`);
    return { joined, hasNewUser: false };
  }
}

async function enrol(layout: Layout, token: JoinToken, chosen: HostChoices): Promise<JoinedHost> {
  const { brokers, accountId, region, cluster, instanceId, caCertificate } = token;
  say(`Joining ${brokers.join(', ')} …`);
  const connection = await connectToFirstHost(brokers, caCertificate, token.credentials, joinUserOf(token), TOKEN_REFUSED);
  try {
    const address = chosen.address ?? (await localAddressTowards(connection.getServer()));
    makeDirectories(layout);
    // The key first, on disk: when the answer gets lost, the same key may ask again.
    const key = userKey(layout, instanceId);
    const asked = { publicKey: key.getPublicKey(), hostName: hostname(), address };
    const { jwt, grant, registry } = await askForUser(connection, token, asked, JOIN_PATIENCE_MS);
    writeAtomically(credentialsPath(layout, instanceId), credentialsText(jwt, key), 0o600);
    writeAtomically(layout.tls.caCertificate, caCertificate);
    ensureInstanceId(layout, 1, instanceId);
    const hostAccess = chosen.hostAccess ?? token.hostAccess ?? 'none';
    const joinedAt = new Date().toISOString();
    const joined = { brokers, accountId, region, cluster, instanceId, address, joinedAt, grant, hostAccess, registry };
    writeJoined(layout, joined);
    await confirmUser(connection, token, asked);
    return joined;
  } finally {
    await connection.close();
  }
}

/**
 * A joined host asks for its user anew at each start, so that it has the permissions of the control plane's version. Whatever
 * hinders that, it goes on with the user that it has; but one that is refused is of no use, and only people can help.
 */
export async function renewUser(layout: Layout, joined: JoinedHost): Promise<JoinedHost> {
  const path = credentialsPath(layout, joined.instanceId);
  const caCertificate = readFileSync(layout.tls.caCertificate, 'utf8');
  try {
    const { brokers, instanceId } = joined;
    const credentials = readFileSync(path, 'utf8');
    const connection = await connectToFirstHost(brokers, caCertificate, credentials, instanceId, hostRefused(instanceId));
    try {
      const key = userKey(layout, instanceId);
      const asked = { publicKey: key.getPublicKey(), hostName: hostname(), address: joined.address };
      const { jwt, grant, registry } = await askForUser(connection, joined, asked);
      writeAtomically(path, credentialsText(jwt, key), 0o600);
      const renewed = { ...joined, grant, registry };
      writeJoined(layout, renewed);
      return renewed;
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof UserFault) || error instanceof RefusedFault) throw error;
    say(`(${error.message})`);
    return joined;
  }
}

/** `--join -` reads standard input, `--join <file>` a file: a token on a command line is seen by everyone on the machine. */
function tokenText(given: string): string {
  if (given === '-') return readFileSync(0, 'utf8');
  return existsSync(given) ? readFileSync(given, 'utf8') : given;
}
