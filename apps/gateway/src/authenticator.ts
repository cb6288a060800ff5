import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, type HttpRequest, type ParsedSignature, SignatureVerifier, UNKNOWN_TOKEN } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import { Backoff, type Clock } from '#lib/platform';
import type { CallerKey, KeySource } from './key-source.js';
import { PAUSES } from './limits.js';
import type { BasicKey } from './prometheus/basic-key.js';

/** Who signed a request, and for which region. */
export interface Caller extends CallerKey {
  readonly accessKeyId: string;
  readonly region: string;
  readonly sessionToken?: string;
}

type KeyName = Pick<Caller, 'accessKeyId' | 'sessionToken'>;

/** Signature and key of a request, from its header or its presigned query. */
export class Authenticator {
  private readonly signatures = new SignatureVerifier();

  constructor(private readonly deps: { readonly keys: KeySource; readonly clock: Clock }) {}

  /** `service`: the signing name of what is called. `deadlineAtMs` on the monotonic clock; then a 503. */
  async authenticate(
    request: HttpRequest,
    parsed: ParsedSignature,
    service: string,
    deadlineAtMs: number,
    signal?: AbortSignal,
  ): Promise<Caller | { rejection: Rejection }> {
    if ('rejection' in parsed) return parsed;
    const { accessKeyId, sessionToken, scope } = parsed.signature;
    const key = await this.key({ accessKeyId, sessionToken }, deadlineAtMs, signal);
    if (key === 'unavailable') return { rejection: UNAVAILABLE };
    if (!key) return { rejection: { code: 'UnrecognizedClientException', message: UNKNOWN_TOKEN, status: 400 } };
    const rejection = this.signatures.verify(parsed.signature, request, key.secret, service, this.deps.clock.now());
    if (!rejection && isExpired(key, this.deps.clock)) return { rejection: EXPIRED };
    return rejection ? { rejection } : { ...key, accessKeyId, sessionToken, region: scope.region };
  }

  /** For clients that cannot sign. Keys of sessions, which count only with their token, are not taken. */
  async authenticateBasic(
    { accessKeyId, secret, region }: BasicKey,
    deadlineAtMs: number,
  ): Promise<Caller | { rejection: Rejection }> {
    const key = await this.key({ accessKeyId }, deadlineAtMs, undefined);
    if (key === 'unavailable') return { rejection: UNAVAILABLE };
    if (!key || !isSame(key.secret, secret))
      return { rejection: { code: 'UnrecognizedClientException', message: UNKNOWN_TOKEN, status: 400 } };
    return isExpired(key, this.deps.clock) ? { rejection: EXPIRED } : { ...key, accessKeyId, region };
  }

  /** False once it is known that the key was deleted, has expired or is not active; a key that cannot be checked stays valid. */
  async stillValid({ accessKeyId, sessionToken }: KeyName): Promise<boolean> {
    const key = await this.deps.keys.resolve(accessKeyId, sessionToken);
    return key === 'unavailable' || (key !== undefined && !isExpired(key, this.deps.clock));
  }

  /** A control plane that is just starting is waited for, as everything else is. */
  private async key(
    { accessKeyId, sessionToken }: KeyName,
    deadlineAtMs: number,
    signal: AbortSignal | undefined,
  ): Promise<CallerKey | undefined | 'unavailable'> {
    const { keys, clock } = this.deps;
    for (const backoff = new Backoff(clock, PAUSES); ; await backoff.pause({ deadlineAtMs })) {
      const key = await keys.resolve(accessKeyId, sessionToken);
      if (key !== 'unavailable' || clock.monotonicMs() >= deadlineAtMs || signal?.aborted) return key;
    }
  }
}

const isExpired = ({ expiresAtMs }: CallerKey, clock: Clock) => expiresAtMs !== undefined && clock.now() >= expiresAtMs;

/** In the same time whatever differs. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digestOf(a), digestOf(b));
const digestOf = (text: string) => createHash('sha256').update(text).digest();

const UNAVAILABLE = errors.unavailable('The access key cannot be checked at the moment. Try again.');
const EXPIRED: Rejection = {
  code: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
  status: 400,
};
