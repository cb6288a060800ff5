import type { RevisionVector } from '#lib/journal';
import { type Access, accessOf } from '#lib/ecs/authorization';
import type { AccessRole } from '#lib/ecs/model';
import { apiHeaders, type ApiReply, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, type Logger, type Random, unsealSecret } from '#lib/platform';

/** Who an access key is, and the secret that its signatures are made with. */
export interface CallerKey {
  readonly secret: string;
  readonly accountId: string;
  readonly principalArn: string;
  readonly access: Access;
  /** In milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

/** `undefined`: there is no such key (or it is not active). `unavailable`: nobody could be asked. */
export type ResolvedKey = CallerKey | undefined | 'unavailable';

export interface KeySource {
  resolve(accessKeyId: string): Promise<ResolvedKey>;
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
}

/** A key that was deleted works this much longer at most. */
const FRESH_MS = 10_000;
/** While the state store cannot be reached, a known key goes on working: reads by standbys need it. */
const STALE_MS = 5 * 60_000;
/** A new key is asked for again after this. */
const UNKNOWN_MS = 1_000;
const ASK_TIMEOUT_MS = 1_500;
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly key: CallerKey | undefined;
  readonly resolvedAtMs: number;
  /** Not asked again before this. */
  askAtMs: number;
}

/** Asks the state store over the bus, unseals with the master key, and remembers. */
export class BusKeySource implements KeySource {
  /** Oldest out first: a stranger who tries many key ids costs a bounded amount of memory. */
  private readonly entries = new Map<string, Entry>();
  private readonly asking = new Map<string, Promise<ResolvedKey>>();

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
  ) {}

  async resolve(accessKeyId: string): Promise<ResolvedKey> {
    const entry = this.entries.get(accessKeyId);
    if (entry && this.deps.clock.monotonicMs() < entry.askAtMs) return entry.key;
    // One question at a time for a key, however many requests wait for its answer.
    let asked = this.asking.get(accessKeyId);
    if (!asked) {
      asked = this.refresh(accessKeyId, entry).finally(() => this.asking.delete(accessKeyId));
      this.asking.set(accessKeyId, asked);
    }
    return asked;
  }

  private async refresh(accessKeyId: string, known: Entry | undefined): Promise<ResolvedKey> {
    const answer = await this.ask(accessKeyId);
    const now = this.deps.clock.monotonicMs();
    if (answer !== 'unavailable') {
      this.remember(accessKeyId, { key: answer, resolvedAtMs: now, askAtMs: now + (answer ? FRESH_MS : UNKNOWN_MS) });
      return answer;
    }
    if (!known?.key || now - known.resolvedAtMs > STALE_MS) return 'unavailable';
    known.askAtMs = now + UNKNOWN_MS;
    return known.key;
  }

  private async ask(accessKeyId: string): Promise<ResolvedKey> {
    const { bus, random, logger, masterKey, revisions } = this.deps;
    const outcome = await bus.request(subjects.api('longshore', 'ResolveAccessKey'), toJson({ accessKeyId }), {
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
    if (!('output' in reply)) return 'unavailable';
    const { accountId, principalArn, sealedSecret, status, expiresAt, ...rights } = reply.output as AccessKeyRecord;
    if (status !== 'Active') return undefined;
    const secret = unsealSecret(masterKey, accessKeyId, sealedSecret);
    const expiry = expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) };
    if (secret !== undefined) return { secret, accountId, principalArn, access: accessOf(rights), ...expiry };
    logger.error(
      { accessKeyId },
      'the secret was sealed with another master key than this gateway has; is LONGSHORE_MASTER_KEY_FILE right?',
    );
    return 'unavailable';
  }

  private remember(accessKeyId: string, entry: Entry): void {
    this.entries.delete(accessKeyId);
    if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(accessKeyId, entry);
  }
}
