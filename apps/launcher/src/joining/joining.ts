import { connect, credsAuthenticator, NoRespondersError, RequestError, type NatsConnection } from '@nats-io/transport-node';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { brokerTls } from '#lib/messaging';
import { inboxPrefix, joinUserOf, subjects } from '#lib/names';
import { expiredSentence } from './domain/enrolment.js';
import { decodeJoinToken, type JoinToken } from './domain/join-token.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import { writeAtomically } from '../host/files.js';
import { readJoined, writeJoined, type JoinedHost } from './joined-host-file.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { credentialsPath, credentialsText, userKey } from '../broker/nats-users.js';
import { ensureInstanceId } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';
import { until } from '../host/wait.js';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** The first host's supervisor may just be starting. */
const PATIENCE_MS = 10_000;

const reply = z.union([z.object({ jwt: z.string(), grant: z.string().optional() }), z.object({ refusal: z.string() })]);

/** What the host's own command line says; undefined where it was silent. */
export interface HostChoices {
  readonly address?: string;
  readonly hostAccess?: string;
}

/** `up --join`: makes this data directory a joined host's, or says in a sentence why not. Joining twice with one token is joining once. */
export async function joinCluster(layout: Layout, given: string, chosen: HostChoices): Promise<JoinedHost> {
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
  return enrol(layout, token, chosen);
}

/** With a token that `join-token --again` has made, which lets a host in that the first one refuses by now; any other is spent. */
async function joinAgain(layout: Layout, token: JoinToken, joined: JoinedHost, chosen: HostChoices): Promise<JoinedHost> {
  try {
    const { address = joined.address, hostAccess = joined.hostAccess } = chosen;
    return { ...(await enrol(layout, token, { address, hostAccess })), joinedAt: joined.joinedAt };
  } catch (error) {
    if (!(error instanceof UserFault)) throw error;
    say(`This host has joined already. (${error.message})`);
    return joined;
  }
}

async function enrol(layout: Layout, token: JoinToken, chosen: HostChoices): Promise<JoinedHost> {
  const { brokers, accountId, region, cluster, instanceId, caCertificate } = token;
  say(`Joining ${brokers.join(', ')} …`);
  const connection = await connectWith(brokers, caCertificate, token.credentials, joinUserOf(token), TOKEN_REFUSED);
  try {
    const address = chosen.address ?? (await localAddressTowards(connection.getServer()));
    makeDirectories(layout);
    // The key first, on disk: when the answer gets lost, the same key may ask again.
    const key = userKey(layout, instanceId);
    const { jwt, grant } = await askForUser(connection, token, { publicKey: key.getPublicKey(), hostName: hostname(), address });
    writeAtomically(credentialsPath(layout, instanceId), credentialsText(jwt, key), 0o600);
    writeAtomically(layout.tls.caCertificate, caCertificate);
    ensureInstanceId(layout, 1, instanceId);
    const hostAccess = chosen.hostAccess ?? token.hostAccess ?? 'none';
    const joinedAt = new Date().toISOString();
    const joined = { brokers, accountId, region, cluster, instanceId, address, joinedAt, grant, hostAccess };
    writeJoined(layout, joined);
    return joined;
  } finally {
    await connection.close();
  }
}

/**
 * A joined host asks for its user anew at each start, so that it has the permissions of the control plane's version. Whatever
 * hinders that, it goes on with the user that it has.
 */
export async function renewUser(layout: Layout, joined: JoinedHost): Promise<JoinedHost> {
  const path = credentialsPath(layout, joined.instanceId);
  const caCertificate = readFileSync(layout.tls.caCertificate, 'utf8');
  try {
    const { brokers, instanceId } = joined;
    const credentials = readFileSync(path, 'utf8');
    const connection = await connectWith(brokers, caCertificate, credentials, instanceId, userRefused(instanceId));
    try {
      const key = userKey(layout, instanceId);
      const asked = { publicKey: key.getPublicKey(), hostName: hostname(), address: joined.address };
      const { jwt, grant } = await askForUser(connection, joined, asked);
      writeAtomically(path, credentialsText(jwt, key), 0o600);
      const renewed = { ...joined, grant };
      writeJoined(layout, renewed);
      return renewed;
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof UserFault)) throw error;
    say(`(${error.message})`);
    return joined;
  }
}

/** `--join -` reads standard input, `--join <file>` a file: a token on a command line is seen by everyone on the machine. */
function tokenText(given: string): string {
  if (given === '-') return readFileSync(0, 'utf8');
  return existsSync(given) ? readFileSync(given, 'utf8') : given;
}

async function connectWith(
  brokers: readonly string[],
  caCertificate: string,
  credentials: string,
  user: string,
  refused: string,
): Promise<NatsConnection> {
  try {
    return await connect({
      servers: [...brokers],
      noRandomize: true,
      tls: brokerTls(caCertificate),
      authenticator: credsAuthenticator(new TextEncoder().encode(credentials)),
      inboxPrefix: inboxPrefix(user),
      name: user,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
  } catch (error) {
    throw new UserFault(unreachableSentence(brokers.join(', '), error, refused));
  }
}

const TOKEN_REFUSED =
  'The first host refuses this token: it has expired, was used or was withdrawn. Make another one with ./longshore join-token there.';
const userRefused = (instanceId: string): string =>
  `The first host refuses this one: it was shut out, or it has joined before hosts had an account of their own. Then make a token there with ` +
  `./longshore join-token --again ${instanceId}, and here: ./longshore down, ./longshore up -d --join <token>.`;

function unreachableSentence(brokers: string, error: unknown, refused: string): string {
  const message = messageOf(error);
  const code = codeOf(error);
  if (/authorization|authentication|expired|revoked/i.test(message)) return refused;
  if (/SELF_SIGNED|UNABLE_TO|ALTNAME|CERT_SIGNATURE/.test(code))
    return `What answers at ${brokers} is not the broker that made this token: its certificate is another installation's.`;
  if (/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED/.test(code))
    return `The certificate of ${brokers} is not valid at this machine's time (${new Date().toISOString()}): is its clock right?`;
  return `Nothing answers at ${brokers} (${message}): does ./longshore up --listen run there, and may this host reach that port?`;
}

/** Node's or OpenSSL's code, which the NATS client wraps. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as Error & { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
}

async function askForUser(
  connection: NatsConnection,
  agent: { accountId: string; region: string; instanceId: string },
  body: { publicKey: string; hostName: string; address: string },
): Promise<{ jwt: string; grant?: string }> {
  let answer: z.infer<typeof reply> | undefined;
  let problem = '';
  const payload = JSON.stringify(body);
  await until(
    async () => {
      try {
        const message = await connection.request(subjects.join(agent), payload, { timeout: ANSWER_TIMEOUT_MS });
        answer = reply.parse(message.json());
        return true;
      } catch (error) {
        const nobody = error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
        problem = nobody ? 'its ./longshore up does not run' : messageOf(error);
        return connection.isClosed();
      }
    },
    PATIENCE_MS,
    500,
  );
  if (!answer)
    throw new UserFault(`The first host does not answer: ${problem}. Try again once ./longshore status there is well.`);
  if ('refusal' in answer) throw new UserFault(answer.refusal);
  return answer;
}

/** The address by which this machine goes to the broker: where, most likely, others reach it too. Connecting UDP sends nothing. */
function localAddressTowards(server: string): Promise<string> {
  const { hostname: host, port } = new URL(`udp://${server}`);
  const literal = host.replaceAll(/[[\]]/g, '');
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(literal) ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.connect(Number(port), literal, () => {
      resolve(socket.address().address);
      socket.close();
    });
  });
}
