import type { RevisionVector } from '#lib/journal';
import { type Access, accessOf, NO_ACCESS } from '#lib/ecs/authorization';
import type { AccessRole } from '#lib/ecs/model';
import { apiHeaders, type ApiReply, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, type Logger, openSession, type Random, SESSION_KEY_PREFIX, unsealSecret } from '#lib/platform';
import { Remembered, type Resolved } from './remembered.js';

/** Who an access key is, and the secret that its signatures are made with. */
export interface CallerKey {
  readonly secret: string;
  readonly accountId: string;
  /** Of the installation's first account, whose processes these are. */
  readonly administrator?: boolean;
  readonly principalArn: string;
  readonly access: Access;
  /** In milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

export type ResolvedKey = Resolved<CallerKey>;

export interface KeySource {
  /** `sessionToken`: of keys that only count together with it. */
  resolve(accessKeyId: string, sessionToken?: string): Promise<ResolvedKey>;
}

/** What the state store answers to `api.longshore.ResolveAccessKey`. */
interface AccessKeyRecord {
  readonly accountId: string;
  readonly principalArn: string;
  readonly sealedSecret: string;
  readonly status: 'Active' | 'Inactive';
  readonly role?: AccessRole;
  readonly policy?: string;
  readonly expiresAt?: string;
  readonly administrator?: boolean;
}

/** What it answers to `ResolveTaskRole`. */
interface TaskRoleRecord {
  readonly rights?: { readonly role?: AccessRole; readonly policy?: string };
}

const ASK_TIMEOUT_MS = 1_500;

/** Asks the state store over the bus, unseals with the master key, and remembers. */
export class BusKeySource implements KeySource {
  private readonly keys: Remembered<CallerKey>;
  private readonly roles: Remembered<Access>;

  constructor(
    private readonly deps: {
      bus: Bus;
      clock: Clock;
      random: Random;
      logger: Logger;
      masterKey: Uint8Array;
      /** What the gateway has seen: a key that was just made is known to whoever answers. */
      revisions: () => RevisionVector;
    },
  ) {
    this.keys = new Remembered((accessKeyId) => this.askForKey(accessKeyId), deps.clock);
    this.roles = new Remembered((role) => this.askForRole(role), deps.clock);
  }

  resolve(accessKeyId: string, sessionToken?: string): Promise<ResolvedKey> {
    return sessionToken !== undefined && accessKeyId.startsWith(SESSION_KEY_PREFIX)
      ? this.ofSession(accessKeyId, sessionToken)
      : this.keys.resolve(accessKeyId);
  }

  /** The token says who it is; what the role may do is looked up, as it is now. */
  private async ofSession(accessKeyId: string, sessionToken: string): Promise<ResolvedKey> {
    const session = openSession(this.deps.masterKey, accessKeyId, sessionToken);
    if (!session) return undefined;
    const { accountId, roleName, sessionName, secretAccessKey: secret } = session;
    const access = await this.roles.resolve(`${accountId}/${roleName}`);
    if (access === 'unavailable') return access;
    const principalArn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
    const expiresAtMs = Date.parse(session.expiresAt);
    return { secret, accountId, principalArn, access: access ?? NO_ACCESS, expiresAtMs };
  }

  private async askForRole(role: string): Promise<Resolved<Access>> {
    const [accountId, roleName] = role.split('/');
    const answer = await this.ask<TaskRoleRecord>('ResolveTaskRole', { accountId, roleName });
    return typeof answer === 'object' ? answer.rights && accessOf(answer.rights) : answer;
  }

  private async askForKey(accessKeyId: string): Promise<ResolvedKey> {
    const { logger, masterKey } = this.deps;
    const answer = await this.ask<AccessKeyRecord>('ResolveAccessKey', { accessKeyId });
    if (typeof answer !== 'object') return answer;
    const { accountId, principalArn, sealedSecret, status, expiresAt, administrator, ...rights } = answer;
    if (status !== 'Active') return undefined;
    const secret = unsealSecret(masterKey, accessKeyId, sealedSecret);
    const expiry = expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) };
    const ofFirst = administrator ? { administrator } : {};
    if (secret !== undefined) return { secret, accountId, ...ofFirst, principalArn, access: accessOf(rights), ...expiry };
    logger.error(
      { accessKeyId },
      'the secret was sealed with another master key than this gateway has; is LONGSHORE_MASTER_KEY_FILE right?',
    );
    return 'unavailable';
  }

  private async ask<Answer>(operation: string, input: object): Promise<Resolved<Answer>> {
    const { bus, random, revisions } = this.deps;
    const outcome = await bus.request(subjects.api('longshore', operation), toJson(input), {
      timeoutMs: ASK_TIMEOUT_MS,
      headers: {
        [apiHeaders.requestId]: random.hex(16),
        [apiHeaders.principal]: 'gateway',
        [apiHeaders.timeout]: String(ASK_TIMEOUT_MS),
        [apiHeaders.revisions]: JSON.stringify(revisions()),
      },
    });
    if (outcome.outcome !== 'reply') return 'unavailable';
    const reply = fromJson(outcome.payload) as ApiReply;
    if ('rejection' in reply && reply.rejection.status < 500) return undefined;
    return 'output' in reply ? (reply.output as Answer) : 'unavailable';
  }
}
