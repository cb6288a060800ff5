import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { MANIFEST_TYPES } from '../domain/manifest.js';
import type { Reliance } from './reliance.js';
import type { RegistryProcess } from './registry-process.js';

export interface StoreRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer | NodeJS.ReadableStream;
}

export interface StoreReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Manifest {
  readonly mediaType: string;
  readonly text: string;
}

/** What a registry says of a request that it refuses. */
export interface RegistryError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** Where manifests and layers are kept: the registry's own protocol, to a process that only this app reaches. */
export class ImageStore {
  constructor(
    private readonly process: Pick<RegistryProcess, 'ready' | 'socketPath'>,
    private readonly relied: Pick<Reliance, 'note'>,
  ) {}

  /** The answer as it begins; its body is still to be read. */
  async open({ method, path, headers = {}, body }: StoreRequest): Promise<IncomingMessage> {
    // Before it is asked: what it answers may be relied on. Clients write a digest's colon either way.
    this.relied.note(path.replaceAll(/%3a/gi, ':'));
    await this.process.ready();
    const { socketPath } = this.process;
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath, method, path, headers: { host: 'registry', ...headers } }, resolve);
      request.once('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) request.end(body);
      else pipeline(body, request).catch(reject);
    });
  }

  async ask(request: StoreRequest): Promise<StoreReply> {
    const response = await this.open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) };
  }

  /** Undefined: stored. */
  async putManifest(
    repository: string,
    digest: string,
    { mediaType, text }: Manifest,
  ): Promise<readonly RegistryError[] | undefined> {
    this.relied.note(text);
    const headers = { 'content-type': mediaType };
    const reply = await this.ask({ method: 'PUT', path: manifestPath(repository, digest), headers, body: Buffer.from(text) });
    return reply.status === 201 ? undefined : errorsOf(reply);
  }

  async manifest(repository: string, digest: string): Promise<Manifest | undefined> {
    const reply = await this.ask({ method: 'GET', path: manifestPath(repository, digest), headers: { accept: ANY_MANIFEST } });
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw new Error(`the store of images answered ${reply.status}: ${reply.body.toString()}`);
    return { mediaType: reply.headers['content-type']!, text: reply.body.toString() };
  }

  /** Bytes; undefined where it is not. */
  async blobSize(repository: string, digest: string): Promise<number | undefined> {
    const { status, headers } = await this.ask({ method: 'HEAD', path: blobPath(repository, digest) });
    return status === 200 ? Number(headers['content-length']) : undefined;
  }
}

export const ANY_MANIFEST = MANIFEST_TYPES.join(', ');

export const manifestPath = (repository: string, digest: string): string => `/v2/${repository}/manifests/${digest}`;
export const blobPath = (repository: string, digest: string): string => `/v2/${repository}/blobs/${digest}`;
export const uploadsPath = (repository: string): string => `/v2/${repository}/blobs/uploads/`;

export function errorsOf({ status, body }: Pick<StoreReply, 'status' | 'body'>): readonly RegistryError[] {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: readonly RegistryError[] };
    if (Array.isArray(errors) && errors.length > 0) return errors as readonly RegistryError[];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [{ code: 'UNKNOWN', message: `the store of images answered ${status}` }];
}
