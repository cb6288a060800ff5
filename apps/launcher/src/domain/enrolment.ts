/** What the first host remembers of a token and of the host that used it. */
export interface HostRecord {
  readonly instanceId: string;
  readonly cluster: string;
  readonly tokenExpiresAt: string;
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
}

export type EnrolmentOutcome = { readonly record: HostRecord } | { readonly refusal: string };

const ANOTHER = 'Make one for this host with ./longshore join-token on the first host.';

/**
 * One token, one host: whoever comes first with its key has the instance; the same key may ask again, because an answer can be
 * lost. Two agents of one identity would both run its tasks. The same record when nothing has changed: not writing it leaves alone
 * what `hosts revoke`, another process, writes at that moment.
 */
export function decideEnrolment(record: HostRecord | undefined, request: JoinRequest, now: number): EnrolmentOutcome {
  if (!record) return { refusal: `The first host does not know this token (any more). ${ANOTHER}` };
  if (record.revokedAt) {
    const what = record.joinedAt ? 'This host was shut out' : 'This token was withdrawn';
    return { refusal: `${what} at ${record.revokedAt}. ${ANOTHER}` };
  }
  const { publicKey, hostName, address } = request;
  if (record.publicKey === publicKey) {
    const isSame = record.hostName === hostName && record.address === address;
    return { record: isSame ? record : { ...record, hostName, address } };
  }
  if (record.publicKey)
    return {
      refusal: `This token was used already, by ${record.hostName} (${record.address}) at ${record.joinedAt}. ${ANOTHER}`,
    };
  if (Date.parse(record.tokenExpiresAt) <= now) return { refusal: expiredSentence(record.tokenExpiresAt) };
  return { record: { ...record, publicKey, hostName, address, joinedAt: new Date(now).toISOString() } };
}

export const expiredSentence = (expiresAt: string): string => `This token expired at ${expiresAt}. ${ANOTHER}`;
