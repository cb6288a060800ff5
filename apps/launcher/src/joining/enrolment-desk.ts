import { fromPublic, NKeysError } from '@nats-io/nkeys';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { encodeHostGrant } from '#lib/ecs/model';
import { agentPermissions, agentOfSubject, subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import { decideEnrolment, withoutToken } from './domain/enrolment.js';
import { messageOf } from '../terminal/fault.js';
import { readHost, writeHost } from './host-records.js';
import type { Layout } from '../host/layout.js';
import { LauncherConnection } from '../broker/launcher-connection.js';
import { loadIdentities, userJwt } from '../broker/nats-users.js';
import { JOIN_PATIENCE_MS } from './first-host.js';

/** Another machine's words, which `up` and `hosts` write to a terminal. */
const shown = z
  .string()
  .max(255)
  .regex(/^\P{Cc}*$/u, 'must be without control characters');
const request = z.object({
  publicKey: z.string().refine(isUserKey, 'must be the public key of a NATS user'),
  hostName: shown,
  address: shown,
  hasUser: z.boolean().optional(),
});

/** With a right check sum: nothing is written for a key that no user can be made of. */
function isUserKey(text: string): boolean {
  if (!text.startsWith('U')) return false;
  try {
    return fromPublic(text).getPublicKey() === text;
  } catch (error) {
    if (error instanceof NKeysError) return false;
    throw error;
  }
}

/** Hosts that join one after another share what cuts all connections. */
const REFUSED_AFTER_MS = 1_500;
/** The token of a host that has had its answer and does not say so: longer than it asks again. */
const SPENT_AFTER_MS = 2 * JOIN_PATIENCE_MS;

/** The answer to a host that asks to join: its user's JWT and what it may say of itself, or why it gets none. */
export type JoinReply =
  { readonly jwt: string; readonly grant?: string; readonly registry?: string } | { readonly refusal: string };

/**
 * Gives joining hosts their NATS users, while the supervisor runs and `listen` is wanted: only the launcher holds the key that
 * signs users. The host makes its own key and shows the public half, so no token ever contains what an agent works with.
 */
export class EnrolmentDesk {
  private readonly connection: LauncherConnection;
  private registry: string | undefined;
  private isRefusing = false;
  /** What spends the tokens of hosts that have had their answer, by token. */
  private readonly unconfirmed = new Map<string, () => void>();

  constructor(
    private readonly layout: Layout,
    private readonly clock: Clock,
    private readonly say: (text: string) => void,
    /** Lets the broker refuse the tokens that were used. */
    private readonly refuseSpent: () => Promise<void>,
  ) {
    this.connection = new LauncherConnection({
      layout,
      clock,
      serve: (connection) => this.serve(connection),
      problem: (why) => say(`Hosts cannot join now: ${why}`),
    });
  }

  /** `registry`: what images of the own registry begin with. */
  open(natsUrl: string, registry: string): void {
    this.registry = registry;
    this.connection.open(natsUrl);
  }

  async close(): Promise<void> {
    for (const cancel of this.unconfirmed.values()) cancel();
    this.unconfirmed.clear();
    await this.connection.close();
  }

  private serve(connection: NatsConnection): void {
    connection.subscribe(subjects.allJoins(), {
      callback: (error, message) => {
        if (!error) void this.answer(connection, message);
      },
    });
  }

  private async answer(connection: NatsConnection, message: Msg): Promise<void> {
    let reply: JoinReply;
    let isSpent = false;
    try {
      ({ reply, isSpent } = await this.enrol(connection, message));
    } catch (error) {
      this.say(`A host could not be enrolled: ${messageOf(error)}`);
      reply = { refusal: 'The first host could not enrol this one; the output of its ./longshore up says why.' };
    }
    // Closed meanwhile: the host asks again.
    if (connection.isClosed()) return;
    message.respond(JSON.stringify(reply));
    if (isSpent) await this.refuse(connection);
  }

  /** Nobody else gets an answer by a token meanwhile: its record has the key of the first. A launcher that ends leaves it until it expires. */
  private spendLater(connection: NatsConnection, instanceId: string, tokenKey: string): void {
    if (this.unconfirmed.has(tokenKey)) return;
    const spend = () => {
      this.unconfirmed.delete(tokenKey);
      const record = readHost(this.layout, instanceId);
      if (record?.tokenKey !== tokenKey) return;
      writeHost(this.layout, withoutToken(record, new Date(this.clock.now()).toISOString()));
      void this.refuse(connection);
    };
    this.unconfirmed.set(tokenKey, this.clock.after(SPENT_AFTER_MS, spend));
  }

  /** The broker cuts all connections then, and those of spent tokens for good. */
  private async refuse(connection: NatsConnection): Promise<void> {
    if (this.isRefusing) return;
    this.isRefusing = true;
    await this.clock.sleep(REFUSED_AFTER_MS);
    this.isRefusing = false;
    // With the launcher: what it writes at its next start refuses them.
    if (connection.isClosed()) return;
    try {
      await connection.flush();
      await this.refuseSpent();
    } catch (error) {
      this.say(`The broker still takes a used token, until the next start: ${messageOf(error)}`);
    }
  }

  private async enrol(connection: NatsConnection, message: Msg): Promise<{ reply: JoinReply; isSpent: boolean }> {
    const agent = agentOfSubject(message.subject);
    const parsed = request.safeParse(jsonOf(message));
    if (!parsed.success) return refused('The first host does not understand this one: both need the same version of Longshore.');
    const before = readHost(this.layout, agent.instanceId);
    const decision = decideEnrolment(before, parsed.data, this.clock.now());
    if ('refusal' in decision) return refused(decision.refusal);
    const { cluster, grant: granted } = decision.record;
    const grant = granted && encodeHostGrant(granted);
    const permissions = agentPermissions(agent, cluster, grant);
    const jwt = await userJwt(loadIdentities(this.layout), agent.instanceId, permissions, parsed.data.publicKey);
    // On disk before the host can use it: a second one must find the token taken.
    if (decision.record !== before) writeHost(this.layout, decision.record);
    if (!before!.joinedAt)
      this.say(`${parsed.data.hostName} (${parsed.data.address}) joins as the instance ${agent.instanceId}.`);
    const { tokenKey } = decision.record;
    if (tokenKey) this.spendLater(connection, agent.instanceId, tokenKey);
    const { registry } = this;
    return { reply: { jwt, registry, ...(grant ? { grant } : {}) }, isSpent: before!.tokenKey !== tokenKey };
  }
}

const refused = (refusal: string) => ({ reply: { refusal }, isSpent: false });

function jsonOf(message: Msg): unknown {
  try {
    return message.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
