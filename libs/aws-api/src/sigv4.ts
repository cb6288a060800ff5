import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Rejection } from '#lib/kernel';
import type { HttpRequest } from './protocols/wire.js';
import { basicFormat, instantOf, MISMATCH, type Signature } from './signature.js';

/**
 * Verifies AWS Signature Version 4 with node:crypto. `@smithy/signature-v4` verifies the same captured requests, but it is made for
 * signing: it wants its own request class, hashes asynchronously and normalises headers that must be taken as they came. This is
 * forty lines and about 10 µs a request once the signing key is cached.
 */
export class SignatureVerifier {
  /** A signing key serves one day, region and service; deriving it costs four HMACs. Oldest out first. */
  private readonly signingKeys = new Map<string, Buffer>();

  /** Undefined when the signature is good. `now` in milliseconds since the epoch. */
  verify(claim: Signature, request: HttpRequest, secret: string, calledService: string, now: number): Rejection | undefined {
    if (claim.scope.service !== calledService) {
      return invalid(`Credential should be scoped to correct service: '${calledService}'.`);
    }
    const late = timeliness(claim, now);
    if (late) return late;
    const unsigned = mustBeSigned(request, claim).filter((name) => !claim.signedHeaders.includes(name));
    if (unsigned.length > 0) return invalid(`'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`);
    const { date, region, service } = claim.scope;
    const scope = `${date}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${claim.signedAt}\n${scope}\n${sha256(canonicalRequest(claim, request))}`;
    const expected = hmac(this.signingKey(secret, date, region, service), toSign);
    return timingSafeEqual(expected, Buffer.from(claim.signature, 'hex')) ? undefined : invalid(MISMATCH);
  }

  private signingKey(secret: string, date: string, region: string, service: string): Buffer {
    const name = `${sha256(secret)}/${date}/${region}/${service}`;
    const known = this.signingKeys.get(name);
    if (known) return known;
    const key = [date, region, service, 'aws4_request'].reduce(
      (k: Buffer | string, part) => hmac(k, part),
      `AWS4${secret}`,
    ) as Buffer;
    if (this.signingKeys.size >= MAX_SIGNING_KEYS) this.signingKeys.delete(this.signingKeys.keys().next().value!);
    this.signingKeys.set(name, key);
    return key;
  }
}

const MAX_SIGNING_KEYS = 1_000;
const MAX_SKEW_MS = 15 * 60_000;

function timeliness(claim: Signature, now: number): Rejection | undefined {
  const signedAtMs = instantOf(claim.signedAt);
  if (signedAtMs > now + MAX_SKEW_MS) {
    const limit = basicFormat(now + MAX_SKEW_MS);
    return invalid(`Signature not yet current: ${claim.signedAt} is still later than ${limit} (${basicFormat(now)} + 15 min.)`);
  }
  if (claim.expiresSeconds !== undefined) {
    return now > signedAtMs + claim.expiresSeconds * 1000
      ? invalid(
          `Signature expired: ${claim.signedAt} was valid for ${claim.expiresSeconds} seconds; it is ${basicFormat(now)} now.`,
        )
      : undefined;
  }
  if (signedAtMs >= now - MAX_SKEW_MS) return undefined;
  const limit = basicFormat(now - MAX_SKEW_MS);
  return invalid(`Signature expired: ${claim.signedAt} is now earlier than ${limit} (${basicFormat(now)} - 15 min.)`);
}

/** Without these in the signature a request could be sent elsewhere, or mean another operation. */
function mustBeSigned(request: HttpRequest, claim: Signature): string[] {
  const names = ['host', 'x-amz-target', 'x-amz-security-token'].filter(
    (name) => name === 'host' || request.headers[name] !== undefined,
  );
  return claim.expiresSeconds === undefined ? [...names, 'x-amz-date'] : names;
}

function canonicalRequest(claim: Signature, request: HttpRequest): string {
  const mark = request.target.indexOf('?');
  const path = mark < 0 ? request.target : request.target.slice(0, mark);
  const query = mark < 0 ? '' : request.target.slice(mark + 1);
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...claim.signedHeaders.map((name) => `${name}:${sentHeader(request, name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    claim.signedHeaders.join(';'),
    // Of the bytes as they came (compressed, if they were): never the hash that the caller claims in x-amz-content-sha256.
    sha256(request.body),
  ].join('\n');
}

/** Names come from the caller, before anything is verified: `__proto__` is none that was sent, and node gives `set-cookie` as a list. */
function sentHeader({ headers }: HttpRequest, name: string): string {
  const value: unknown = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/**
 * Dot segments and doubled slashes are resolved and each raw segment is percent-encoded once more: clients send `:` as it is but sign
 * `%3A`, and what they send as `%3A` they sign as `%253A`. A trailing slash (the JavaScript SDK's) is part of it.
 */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  return segments.length === 0 ? '/' : `/${segments.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [reencode(name), reencode(value)] as const;
    })
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~`. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Query values are signed decoded and encoded again, so `%7e` and `~` are the same; what cannot be decoded is signed as it is. A
 * blank that is sent as `+` (botocore's header signatures, every `URLSearchParams`) is signed as `%20`.
 */
function reencode(text: string): string {
  try {
    return encode(decodeURIComponent(text.replaceAll('+', ' ')));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return encode(text);
  }
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
const invalid = (message: string): Rejection => ({ code: 'InvalidSignatureException', message, status: 400 });
