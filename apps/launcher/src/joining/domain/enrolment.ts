import type { HostGrant } from '#lib/ecs/model';

/** What the first host remembers of a token and of the host that used it. */
export interface HostRecord {
  readonly instanceId: string;
  readonly cluster: string;
  /** What it may say of itself; anything that a host may, when its token was made before this was asked. */
  readonly grant?: HostGrant;
  readonly tokenExpiresAt: string;
  /** The public key of the newest token's user, until it was used or withdrawn. */
  readonly tokenKey?: string;
  /** Those of tokens that were used or withdrawn, and when: the broker refuses them from then on. */
  readonly spentTokenKeys?: Readonly<Record<string, string>>;
  /** From here on only once a host has joined. */
  readonly publicKey?: string;
  readonly hostName?: string;
  readonly address?: string;
  readonly joinedAt?: string;
  /** Its NATS user is refused from then on. */
  readonly revokedAt?: string;
}

/** A host asks for its NATS user; the subject has proved which token, or which joined host, it has. */
export interface JoinRequest {
  /** Of the key that the host has made for itself. */
  readonly publicKey: string;
  readonly hostName: string;
  readonly address: string;
  /** It has what it asked for, on its disk: its token is of no more use. */
  readonly hasUser?: boolean;
}

export type EnrolmentOutcome = { readonly record: HostRecord } | { readonly refusal: string };

const ANOTHER = 'Make one for this host with ./longshore join-token on the first host.';

/**
 * One token, one host: whoever comes first with its key has the instance, for two agents of one identity would both run its tasks. The same
 * key may ask again, because an answer can be lost; once the host says that it has its user, the token is spent, and cannot even connect any
 * more. The same record when nothing has changed: not writing it leaves alone what `hosts revoke`, another process, writes at that moment.
 */
export function decideEnrolment(record: HostRecord | undefined, request: JoinRequest, now: number): EnrolmentOutcome {
  if (!record) return { refusal: `The first host does not know this token (any more). ${ANOTHER}` };
  if (record.revokedAt) {
    const what = record.joinedAt ? 'This host was shut out' : 'This token was withdrawn';
    return { refusal: `${what} at ${record.revokedAt}. ${ANOTHER}` };
  }
  const { publicKey, hostName, address, hasUser } = request;
  const at = new Date(now).toISOString();
  if (record.publicKey === publicKey) {
    const known = hasUser ? withoutToken(record, at) : record;
    return { record: known.hostName === hostName && known.address === address ? known : { ...known, hostName, address } };
  }
  if (record.publicKey)
    return {
      refusal: `This token was used already, by ${record.hostName} (${record.address}) at ${record.joinedAt}. ${ANOTHER}`,
    };
  if (Date.parse(record.tokenExpiresAt) <= now) return { refusal: expiredSentence(record.tokenExpiresAt) };
  return { record: { ...record, publicKey, hostName, address, joinedAt: at } };
}

/** `hosts revoke`: neither the host nor a token of its can come any more. */
export const revoked = (record: HostRecord, at: string): HostRecord => ({
  ...withoutToken(record, at),
  revokedAt: record.revokedAt ?? at,
});

/** Nobody may come with the newest token any more. The same record when there is none. */
export function withoutToken(record: HostRecord, at: string): HostRecord {
  const { tokenKey, ...rest } = record;
  return tokenKey ? { ...rest, spentTokenKeys: { ...rest.spentTokenKeys, [tokenKey]: at } } : record;
}

/** The users of hosts that the broker has to refuse, by public key, and since when (milliseconds). */
export function refusedUsers(records: readonly HostRecord[]): Map<string, number> {
  const refused = new Map<string, number>();
  for (const { publicKey, revokedAt, spentTokenKeys = {} } of records) {
    if (publicKey && revokedAt) refused.set(publicKey, Date.parse(revokedAt));
    for (const [key, at] of Object.entries(spentTokenKeys)) refused.set(key, Date.parse(at));
  }
  return refused;
}

export const expiredSentence = (expiresAt: string): string => `This token expired at ${expiresAt}. ${ANOTHER}`;
