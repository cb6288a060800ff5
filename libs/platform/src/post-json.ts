import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isForbidden } from './permitted-addresses.js';

/** What came of a POST. `none`: it may be tried again. */
export type PostOutcome = { readonly status: number; readonly body: string } | { readonly none: string };

export interface PostLimits {
  /** From the first byte to the last of the answer. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** A name is judged by the addresses that it has now, at the moment in which one of them is connected to. */
const lookup: LookupFunction = (hostname, options, callback) =>
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const permitted = (addresses ?? []).filter(({ address }) => !isForbidden(address));
    const [first] = permitted;
    if (error ?? !first) callback(error ?? new Error(`${hostname} has no address that may be called`), '', 0);
    else if (options.all) callback(null, permitted);
    else callback(null, first.address, first.family);
  });

/**
 * One POST of JSON to a server that a user named. No redirect is followed, and no proxy of the environment is used. What must not be
 * called has forbidden it.
 */
export function postJson(target: string, payload: object, signal: AbortSignal, limits: PostLimits): Promise<PostOutcome> {
  const url = new URL(target);
  if (isForbidden(url.hostname)) return Promise.resolve({ status: 403, body: '' });
  const body = JSON.stringify(payload);
  const send = url.protocol === 'https:' ? overHttps : overHttp;
  return new Promise((done) => {
    const outgoing = send(
      url,
      {
        method: 'POST',
        lookup,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]),
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), accept: 'application/json' },
      },
      (incoming) => {
        const parts: Buffer[] = [];
        let length = 0;
        incoming.on('data', (part: Buffer) => {
          length += part.length;
          if (length <= limits.mostBytes) return void parts.push(part);
          done({ status: 413, body: '' });
          outgoing.destroy();
        });
        incoming.on('end', () => done({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
        incoming.on('error', (error) => done({ none: error.message }));
      },
    );
    outgoing.on('error', (error) => done({ none: error.message }));
    outgoing.end(body);
  });
}
