import { connect, credsAuthenticator, NoRespondersError, RequestError, type NatsConnection } from '@nats-io/transport-node';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { brokerTls } from '#lib/messaging';
import { inboxPrefix, subjects } from '#lib/names';
import { until } from '../host/wait.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import type { JoinRequest } from './domain/enrolment.js';
import { isRefusal } from './domain/refusals.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** Lost, too, when the broker cuts all connections, which it does whenever another host has joined. */
const ANSWER_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 200;
/** The first host's supervisor may just be starting. */
const PATIENCE_MS = 10_000;
/** Of a host that has no user yet, and would need another token: others that join may have cut its connection, more than once. */
export const JOIN_PATIENCE_MS = 30_000;

const reply = z.union([
  z.object({ jwt: z.string(), grant: z.string().optional(), registry: z.string().optional() }),
  z.object({ refusal: z.string() }),
]);

/** The first host says no: nothing of this host's own can change that. */
export class RefusedFault extends UserFault {}

/** With the credentials of a token, or of a host that has joined. `refused` is the sentence for when they are not taken. */
export async function connectToFirstHost(
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
      reconnectTimeWait: RECONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectJitterTLS: 0,
      ignoreClusterUpdates: true,
      // While the broker reads its configuration anew it may refuse anybody, also twice.
      ignoreAuthErrorAbort: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
  } catch (error) {
    if (isRefusal(messageOf(error))) throw new RefusedFault(refused);
    throw new UserFault(unreachableSentence(brokers.join(', '), error));
  }
}

function unreachableSentence(brokers: string, error: unknown): string {
  const message = messageOf(error);
  const code = codeOf(error);
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

/** Its account, region and id say where it asks. */
export interface JoiningAgent {
  readonly accountId: string;
  readonly region: string;
  readonly instanceId: string;
}

/** The JWT of this host's user, which the first host signs; patient while that is starting. */
export async function askForUser(
  connection: NatsConnection,
  agent: JoiningAgent,
  body: JoinRequest,
  patienceMs = PATIENCE_MS,
): Promise<{ jwt: string; grant?: string; registry?: string }> {
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
    patienceMs,
    500,
  );
  if (!answer)
    throw new UserFault(`The first host does not answer: ${problem}. Try again once ./longshore status there is well.`);
  if ('refusal' in answer) throw new UserFault(answer.refusal);
  return answer;
}

/**
 * Tells the first host that this one has its user on disk, so that its token is refused. One that this does not reach (the broker may just be
 * cutting all connections for another host's token) refuses it a minute later by itself: nothing is to be done, nobody waits.
 */
export async function confirmUser(connection: NatsConnection, agent: JoiningAgent, body: JoinRequest): Promise<void> {
  const payload = JSON.stringify({ ...body, hasUser: true });
  await connection.request(subjects.join(agent), payload, { timeout: ANSWER_TIMEOUT_MS }).catch(() => undefined);
}

/** The address by which this machine goes to the broker: where, most likely, others reach it too. Connecting UDP sends nothing. */
export function localAddressTowards(server: string): Promise<string> {
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
