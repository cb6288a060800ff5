import { isRegion, type Rejection } from '#lib/kernel';
import type { HttpRequest } from './protocols/wire.js';

/** What a request claims about its signature (AWS Signature Version 4), read from its header or, presigned, from its query. */
export interface Signature {
  readonly accessKeyId: string;
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  /** Lower case, in the order that was signed. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
  /** `20261122T111301Z` */
  readonly signedAt: string;
  /** Presigned requests only. */
  readonly expiresSeconds?: number;
  /** With keys that only count together with it. */
  readonly sessionToken?: string;
}

export type ParsedSignature = { readonly signature: Signature } | { readonly rejection: Rejection };

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_EXPIRES_SECONDS = 604_800;

export function parseSignature(request: HttpRequest): ParsedSignature {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) return withToken(fromHeader(authorization, request), request.headers['x-amz-security-token']);
  const query = new URLSearchParams(request.target.split('?', 2)[1] ?? '');
  if (query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm')) {
    return withToken(fromQuery(query), query.get('X-Amz-Security-Token') ?? undefined);
  }
  return refuse('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
}

const withToken = (parsed: ParsedSignature, sessionToken: string | undefined): ParsedSignature =>
  'signature' in parsed && sessionToken ? { signature: { ...parsed.signature, sessionToken } } : parsed;

/** The service in the scope, before anything is verified: a Query request without a known version is routed by it. */
export const scopedService = (parsed: ParsedSignature): string | undefined =>
  'signature' in parsed ? parsed.signature.scope.service : undefined;

function fromHeader(authorization: string, request: HttpRequest): ParsedSignature {
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    return incomplete(`Unsupported AWS 'algorithm': '${authorization.split(' ', 1)[0]!.slice(0, 64)}'. Use ${ALGORITHM}.`);
  }
  const parameters = new Map<string, string>();
  for (const part of authorization.slice(ALGORITHM.length + 1).split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name));
  if (missing.length > 0) {
    return incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  const signedAt = request.headers['x-amz-date'];
  if (signedAt === undefined) return incomplete("Authorization header requires existence of an 'X-Amz-Date' header.");
  return assemble(parameters.get('Credential')!, parameters.get('SignedHeaders')!, parameters.get('Signature')!, signedAt);
}

function fromQuery(query: URLSearchParams): ParsedSignature {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) return incomplete(`X-Amz-Algorithm must be ${ALGORITHM}.`);
  const names = ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'];
  const missing = names.filter((name) => !query.get(name));
  if (missing.length > 0)
    return incomplete(missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(' '));
  const [credential, signedAt, expires, signedHeaders, signature] = names.map((name) => query.get(name)!) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const expiresSeconds = Number(expires);
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    return incomplete(`X-Amz-Expires must be between 1 and ${MAX_EXPIRES_SECONDS} seconds.`);
  }
  return assemble(credential, signedHeaders, signature, signedAt, expiresSeconds);
}

function assemble(
  credential: string,
  headers: string,
  signature: string,
  signedAt: string,
  expiresSeconds?: number,
): ParsedSignature {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    return incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request, got '${credential.slice(0, 200)}'`,
    );
  }
  if (!/^\w{1,128}$/.test(accessKeyId)) return refuse('UnrecognizedClientException', UNKNOWN_TOKEN);
  if (!isRegion(region)) return refuse('InvalidSignatureException', `Credential should be scoped to a valid region.`);
  if (!/^\d{8}T\d{6}Z$/.test(signedAt) || Number.isNaN(instantOf(signedAt))) {
    return incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${signedAt.slice(0, 64)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  if (signedAt.slice(0, 8) !== date) {
    const sentence = `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date.slice(0, 64)}' != '${signedAt.slice(0, 8)}', from '${signedAt}'.`;
    return refuse('InvalidSignatureException', sentence);
  }
  if (!/^[0-9a-f]{64}$/.test(signature)) return refuse('InvalidSignatureException', MISMATCH);
  const signedHeaders = headers.toLowerCase().split(';');
  return { signature: { accessKeyId, scope: { date, region, service }, signedHeaders, signature, signedAt, expiresSeconds } };
}

export const UNKNOWN_TOKEN = 'The security token included in the request is invalid.';
export const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** `20261122T111301Z` in milliseconds since the epoch. */
export function instantOf(basic: string): number {
  return Date.parse(basic.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** The reverse, in whole seconds. */
export const basicFormat = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const incomplete = (message: string) => refuse('IncompleteSignatureException', message);
const refuse = (code: string, message: string) => ({ rejection: { code, message, status: 400 } });
