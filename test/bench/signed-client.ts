import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { AccessKeyCredentials } from '../../apps/launcher/src/host/secrets.js';

export interface Target {
  readonly endpoint: string;
  readonly credentials: AccessKeyCredentials;
}

export type Call = readonly [operation: string, input: object];

const REGION = 'us-east-1';
const PREFIXES = { ecs: 'AmazonEC2ContainerServiceV20141113' } as const;

/**
 * A lean client of the API, because client and server share the machine: kept connections, AWS JSON 1.1, and Signature Version 4
 * without the SDK's generality (a signer of an SDK takes longer than the gateway's check).
 */
export class SignedClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly url: URL;
  private signingKey: { readonly day: string; readonly key: Buffer } | undefined;

  constructor(private readonly target: Target) {
    this.url = new URL(target.endpoint);
  }

  /** The answer; anything but 200 throws. */
  ecs<T>(operation: string, input: object): Promise<T> {
    const body = JSON.stringify(input);
    const headers = this.sign(`${PREFIXES.ecs}.${operation}`, body, new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, ''));
    return new Promise<T>((resolve, reject) => {
      const { hostname, port } = this.url;
      const sent = request({ hostname, port, path: '/', method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${operation}: ${response.statusCode} ${text.slice(0, 500)}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private sign(target: string, body: string, at: string): Record<string, string | number> {
    const contentType = 'application/x-amz-json-1.1';
    const { host } = this.url;
    const scope = `${at.slice(0, 8)}/${REGION}/ecs/aws4_request`;
    const signed = 'content-type;host;x-amz-date;x-amz-target';
    const lines = `content-type:${contentType}\nhost:${host}\nx-amz-date:${at}\nx-amz-target:${target}\n`;
    const canonical = sha256(`POST\n/\n\n${lines}\n${signed}\n${sha256(body)}`);
    const signature = hmac(this.keyOf(at.slice(0, 8)), `AWS4-HMAC-SHA256\n${at}\n${scope}\n${canonical}`).toString('hex');
    const credential = `${this.target.credentials.accessKeyId}/${scope}`;
    return {
      host,
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'x-amz-date': at,
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`,
    };
  }

  private keyOf(day: string): Buffer {
    if (this.signingKey?.day !== day) {
      const parts = [day, REGION, 'ecs', 'aws4_request'];
      const key = parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${this.target.credentials.secretAccessKey}`));
      this.signingKey = { day, key };
    }
    return this.signingKey.key;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
