import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { UserFault } from '../terminal/fault.js';
import type { AccessKeyCredentials } from '../host/secrets.js';

/** A signed AWS JSON 1.1 call to the gateway. `unreachable`: nothing answered; `refused`: an AWS error. */
export type ApiAnswer =
  | { readonly outcome: 'answer'; readonly output: unknown }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string; readonly status: number }
  | { readonly outcome: 'unreachable'; readonly message: string };

export interface ApiCall {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
  readonly region: string;
  /** The signing name: `ecs`, `longshore`. */
  readonly service: string;
  readonly target: string;
  readonly input: unknown;
  readonly timeoutMs?: number;
  /** A moment of the past to read from: an instant or `ecs.r<revision>`. */
  readonly asOf?: string;
}

export async function callApi(call: ApiCall): Promise<ApiAnswer> {
  // The signer encodes the path once more, as the gateway does; on the wire it goes as it is.
  const url = new URL(call.asOf === undefined ? '/' : `/as-of/${call.asOf}`, call.endpoint);
  const body = JSON.stringify(call.input);
  const headers = await signedHeaders(call, url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': call.target },
    body,
  });
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(call.timeoutMs ?? 10_000) });
    if (response.ok) return { outcome: 'answer', output: await response.json() };
    return { outcome: 'refused', ...(await refusalOf(response)) };
  } catch (error) {
    return { outcome: 'unreachable', message: (error as Error).message };
  }
}

/** What a call to the first account's own Longshore answers; a refusal or silence is the end of the command. */
export async function askApi(call: ApiCall): Promise<unknown> {
  const answer = await callApi(call);
  if (answer.outcome === 'answer') return answer.output;
  if (answer.outcome === 'refused') throw new UserFault(`${answer.code}: ${answer.message}`);
  throw new UserFault(`The gateway does not answer (${answer.message}); see ./longshore status.`);
}

type Signer = Pick<ApiCall, 'credentials' | 'region' | 'service'>;
const signerOf = ({ credentials, region, service }: Signer) =>
  new SignatureV4({ service, region, credentials, sha256: NodeSha256, applyChecksum: false });

function requestTo(url: URL, method: 'GET' | 'POST', headers: Record<string, string> = {}) {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const { protocol, hostname, pathname: path, host } = url;
  return { method, protocol, hostname, port: Number(url.port), path, query, headers: { host, ...headers } };
}

/** For `fetch`, which sets `host` itself, to the same value. */
export async function signedHeaders(
  signer: Signer,
  url: URL,
  {
    method,
    headers,
    body,
  }: { readonly method: 'GET' | 'POST'; readonly headers?: Record<string, string>; readonly body?: string },
): Promise<Record<string, string>> {
  const signed = await signerOf(signer).sign({ ...requestTo(url, method, headers), body });
  const { host: _host, ...rest } = signed.headers;
  return rest;
}

/** A URL that whoever has it may GET until it expires, without any header. */
export async function presignedUrl(signer: Signer, url: URL, expiresSeconds: number): Promise<string> {
  const { query } = await signerOf(signer).presign(requestTo(url, 'GET'), { expiresIn: expiresSeconds });
  const presigned = new URL(url.pathname, url);
  for (const [name, values] of Object.entries(query!))
    for (const value of [values].flat()) presigned.searchParams.append(name, value!);
  // As in every other URL: not all programs read + as a blank.
  return presigned.href.replaceAll('+', '%20');
}

export async function refusalOf(response: Response): Promise<{ code: string; message: string; status: number }> {
  return { status: response.status, ...parseError(await response.text()) };
}

function parseError(text: string): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as { __type?: string; message?: string; Message?: string };
    return { code: body.__type?.split('#').at(-1) ?? 'UnknownError', message: body.message ?? body.Message ?? text };
  } catch (error) {
    if (error instanceof SyntaxError) return { code: 'UnknownError', message: text };
    throw error;
  }
}

/** The hash that the signer asks for, from Node itself. */
class NodeSha256 {
  private hash: Hash | Hmac;

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.fresh();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.hash.digest()));
  }

  reset(): void {
    this.hash = this.fresh();
  }

  private fresh(): Hash | Hmac {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.secret));
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
