import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ApiContext } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Scope } from '#lib/kernel';
import { findImage, imagesOf, tagsOf } from '../domain/lookup.js';
import type { Repository } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import { type RegistryState, repositoryKey } from '../domain/state.js';
import { isThere, type Pushes } from '../pushes.js';
import { ANY_MANIFEST, type ImageStore, manifestPath } from '../storage/image-store.js';
import type { BlobFiles } from '../storage/blob-files.js';
import { ProgramMissing } from '../storage/registry-process.js';
import { give, HEADERS, passedIn, passedOut, type Refused, refuse, refused } from './answers.js';
import type { Bearer, Bearers } from './bearers.js';
import { type Route, routeOf } from './route.js';

export interface DoorDeps {
  readonly state: RegistryState;
  readonly bearers: Pick<Bearers, 'of' | 'ofPassword' | 'refusal'>;
  readonly store: Pick<ImageStore, 'open'>;
  readonly files: Pick<BlobFiles, 'open'>;
  readonly pushes: Pick<Pushes, 'push'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type InRepository = Exclude<Route, { readonly kind: 'base' | 'catalog' }>;
type Of<K extends InRepository['kind']> = Extract<InRepository, { readonly kind: K }>;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly isHead: boolean;
}

const MANIFEST_BYTES = 4 * 1024 * 1024;
/** Of a layer on its way out. */
const CHUNK_BYTES = 1024 * 1024;
const PUSH_TIMEOUT_MS = 10_000;
/** Of a password in the URL that GetDownloadUrlForLayer gives. */
export const PASSWORD_PARAMETER = 'longshore-password';

const NOT_THERE = refused(404, 'NAME_UNKNOWN', 'images are named <account>/<region>/<repository>');
const UNSUPPORTED = refused(405, 'UNSUPPORTED', 'The operation is unsupported. Images are deleted with BatchDeleteImage.');
const CHALLENGE = { 'www-authenticate': 'Basic realm="Longshore",service="ecr"' };
const UNAUTHORIZED = refused(
  401,
  'UNAUTHORIZED',
  'authentication required: docker login --username AWS, with the password of aws ecr get-login-password',
  CHALLENGE,
);
const EXPIRED = refused(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.');

/**
 * What clients of images speak to: the registry's own protocol, in front of the store of images. Who asks, what they may, which
 * repositories and images there are and what their tags mean is decided here and in the journal; the store has manifests by their
 * digests, and layers.
 */
export class Door {
  constructor(private readonly deps: DoorDeps) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://registry');
    const exchange = { request, response, url, isHead: request.method === 'HEAD' };
    this.answer(exchange).catch((error: unknown) => {
      this.deps.logger.warn({ err: error, method: request.method, path: url.pathname }, 'a request of an image client failed');
      if (response.headersSent) response.destroy();
      else refuse(response, exchange.isHead, refusedFor(error as Error));
    });
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { request, response, url, isHead } = exchange;
    const no = (refusal: Refused) => refuse(response, isHead, refusal);
    const { bearers } = this.deps;
    const password = url.searchParams.get(PASSWORD_PARAMETER);
    const known = password === null ? bearers.of(request.headers.authorization) : bearers.ofPassword(password);
    if ('why' in known) return no(known.why === 'expired' ? EXPIRED : UNAUTHORIZED);
    const route = routeOf(request.method!, url);
    if (route === undefined) return no(NOT_THERE);
    if (route === 'unsupported') return no(UNSUPPORTED);
    if (route.kind === 'base') return give(response, 200, {});
    if (route.kind === 'catalog') return this.catalog(exchange, known.bearer);
    const { scope, repository: name, needs } = route;
    const rejection = await bearers.refusal(known.bearer, scope, needs, name);
    if (rejection) return no(refused(403, 'DENIED', rejection.message));
    const repository = this.deps.state.repositories.get(repositoryKey(scope, name));
    if (!repository) return no(refused(404, 'NAME_UNKNOWN', refusals.noRepository(name, scope.accountId).message));
    switch (route.kind) {
      case 'tags':
        return this.tags(exchange, repository);
      case 'manifest':
        return request.method === 'PUT'
          ? this.push(exchange, route, repository, known.bearer)
          : this.manifest(exchange, route, repository);
      case 'blob':
        return request.method === 'GET' && request.headers.range === undefined
          ? this.layer(exchange, repository, route.digest)
          : this.pass(exchange, url.pathname);
      case 'upload':
        return this.pass(exchange, await this.uploadPath(url, route, known.bearer));
    }
  }

  private async catalog({ response }: Exchange, bearer: Bearer): Promise<void> {
    const { state, bearers } = this.deps;
    const names: string[] = [];
    for (const { accountId, region, name } of state.repositories.values()) {
      const scope = { accountId, region };
      if (accountId !== bearer.accountId) continue;
      if (!(await bearers.refusal(bearer, scope, 'DescribeRepositories', name))) names.push(repositoryKey(scope, name));
    }
    give(response, 200, { repositories: names.sort() });
  }

  private tags({ response }: Exchange, repository: Repository): void {
    const tags = imagesOf(this.deps.state, repository).flatMap((image) => tagsOf(this.deps.state, image));
    give(response, 200, { name: repositoryKey(repository, repository.name), tags: tags.sort() });
  }

  private async manifest(exchange: Exchange, { reference }: Of<'manifest'>, repository: Repository): Promise<void> {
    const id = 'tag' in reference ? { imageTag: reference.tag } : { imageDigest: reference.digest };
    const image = findImage(this.deps.state, repository, id);
    const path = image && manifestPath(repositoryKey(repository, repository.name), image.digest);
    // As it was pushed, whatever the client would rather have.
    if (path) return this.pass(exchange, path, { accept: ANY_MANIFEST });
    const { message } = refusals.noImage(id, repository.name, repository.accountId);
    refuse(exchange.response, exchange.isHead, refused(404, 'MANIFEST_UNKNOWN', message));
  }

  private async push(
    { request, response, url }: Exchange,
    { scope, repository, reference }: Of<'manifest'>,
    { name }: Repository,
    bearer: Bearer,
  ): Promise<void> {
    const no = (refusal: Refused) => refuse(response, false, refusal);
    const text = await textOf(request);
    if (text === undefined) return no(refused(413, 'MANIFEST_INVALID', 'manifest invalid: it is larger than 4 MiB'));
    const pushed = { scope, repository, ...reference, mediaType: request.headers['content-type'], text };
    const outcome = await this.deps.pushes.push(pushed, this.contextOf(scope, bearer));
    if ('invalid' in outcome)
      return no(
        outcome.invalid === 'digest'
          ? refused(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
          : refused(400, 'MANIFEST_INVALID', 'manifest invalid: it is to be one of OCI or of Docker (schema 2)'),
      );
    if ('errors' in outcome) return no({ status: 400, errors: outcome.errors });
    const { digest, answer } = outcome;
    if ('unavailable' in answer) return no(refused(503, 'UNAVAILABLE', `${answer.unavailable}. Try again.`));
    if ('rejection' in answer && !isThere(answer.rejection)) {
      const { code, message } = answer.rejection;
      if (code === 'RepositoryNotFoundException') return no(refused(404, 'NAME_UNKNOWN', message));
      return no(refused(400, code === 'ImageTagAlreadyExistsException' ? 'TAG_INVALID' : 'MANIFEST_INVALID', message));
    }
    this.deps.logger.info({ repository: name, digest, ...reference }, 'an image was pushed');
    give(response, 201, undefined, { location: url.pathname, 'docker-content-digest': digest });
  }

  private contextOf({ accountId, region }: Scope, { principal, accessKeyId }: Bearer): ApiContext {
    const requestId = this.deps.random.hex(16);
    const deadlineAtMs = this.deps.clock.monotonicMs() + PUSH_TIMEOUT_MS;
    return { requestId, principal, accessKeyId, accountId, region, deadlineAtMs, revisions: {} };
  }

  /** A layer of another repository is taken over where the client may read it there; otherwise it is sent. */
  private async uploadPath(url: URL, { mount }: Of<'upload'>, bearer: Bearer): Promise<string> {
    const mayMount = mount !== undefined && (await this.mayRead(mount.from, bearer));
    const query = new URLSearchParams(url.searchParams);
    if (!mayMount) for (const name of ['mount', 'from']) query.delete(name);
    return query.size > 0 ? `${url.pathname}?${query.toString()}` : url.pathname;
  }

  private async mayRead(from: string, bearer: Bearer): Promise<boolean> {
    const repository = this.deps.state.repositories.get(from);
    if (!repository) return false;
    return !(await this.deps.bearers.refusal(bearer, repository, 'BatchCheckLayerAvailability', repository.name));
  }

  /** What is read most, from the disk at once: through the store a layer costs this process five times as much. */
  private async layer(exchange: Exchange, repository: Repository, digest: string): Promise<void> {
    const found = await this.deps.files.open(repositoryKey(repository, repository.name), digest);
    if (!found) return this.pass(exchange, exchange.url.pathname);
    const { file, size } = found;
    exchange.response.writeHead(200, {
      ...HEADERS,
      'content-type': 'application/octet-stream',
      'content-length': size,
      'docker-content-digest': digest,
      etag: `"${digest}"`,
    });
    await pipeline(file.createReadStream({ highWaterMark: CHUNK_BYTES }), exchange.response);
  }

  private async pass({ request, response, isHead }: Exchange, path: string, more: IncomingHttpHeaders = {}): Promise<void> {
    const { method, headers } = request;
    const hasBody = !['GET', 'HEAD'].includes(method!);
    const answer = await this.deps.store.open({
      method: method!,
      path,
      headers: { ...passedIn(headers), ...more },
      ...(hasBody ? { body: request } : {}),
    });
    response.writeHead(answer.statusCode!, passedOut(answer.headers));
    if (isHead) {
      answer.resume();
      response.end();
      return;
    }
    await pipeline(answer, response);
  }
}

/** Clients print what comes with a 4xx, and try a 5xx again. */
const refusedFor = (error: Error): Refused =>
  error instanceof ProgramMissing
    ? refused(405, 'UNSUPPORTED', `${error.message}.`)
    : refused(503, 'UNAVAILABLE', `${error.message}. Try again.`);

/** Undefined: too large for a manifest. */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MANIFEST_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
