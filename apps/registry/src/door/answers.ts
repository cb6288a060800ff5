import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { RegistryError } from '../storage/image-store.js';

/** A refusal in the registry's protocol: what clients print are code and message. */
export interface Refused {
  readonly status: number;
  readonly errors: readonly RegistryError[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const refused = (status: number, code: string, message: string, headers?: Refused['headers']): Refused => ({
  status,
  errors: [{ code, message }],
  ...(headers ? { headers } : {}),
});

export const HEADERS = { 'docker-distribution-api-version': 'registry/2.0', 'x-content-type-options': 'nosniff' };

export function refuse(response: ServerResponse, isHead: boolean, { status, errors, headers }: Refused): void {
  const text = JSON.stringify({ errors });
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(isHead ? undefined : text);
}

export function give(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = value === undefined ? '' : JSON.stringify(value);
  const type = value === undefined ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...HEADERS, ...type, ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** What of a request the store has to know. */
const PASSED_IN = ['accept', 'content-length', 'content-range', 'content-type', 'if-none-match', 'range', 'transfer-encoding'];
/** What is of one connection only, and not of the answer. */
const KEPT_BACK: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export const passedIn = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(PASSED_IN.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
export const passedOut = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !KEPT_BACK.has(name)));
