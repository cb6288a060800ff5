import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { AccessKeyCredentials } from './secrets.js';

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
}

export async function callApi(call: ApiCall): Promise<ApiAnswer> {
  const url = new URL(call.endpoint);
  const body = JSON.stringify(call.input);
  const signer = new SignatureV4({
    service: call.service,
    region: call.region,
    credentials: call.credentials,
    sha256: NodeSha256,
    applyChecksum: false,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    headers: { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': call.target },
    body,
  });
  try {
    const headers = { ...signed.headers };
    delete headers.host; // fetch sets it itself, to the same value
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(call.timeoutMs ?? 10_000) });
    const text = await response.text();
    if (response.ok) return { outcome: 'answer', output: JSON.parse(text) };
    const error = parseError(text);
    return { outcome: 'refused', status: response.status, ...error };
  } catch (error) {
    return { outcome: 'unreachable', message: (error as Error).message };
  }
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
