import {
  type Call,
  checkInput,
  DEFAULT_PROTOCOL,
  detectCall,
  errors,
  type HttpRequest,
  type HttpResponse,
  isRead,
  type OperationModel,
  otherService,
  parseSignature,
  type Protocol,
  restProtocolOf,
  scopedService,
  ServiceCatalog,
  type ServiceModel,
} from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Logger, Random } from '#lib/platform';
import { endpointPath } from './as-of-path.js';
import { AuditLog } from './audit-log.js';
import type { Authenticator, Caller } from './authenticator.js';
import type { Authorizer } from './authorizer.js';
import { inflate } from './inflate.js';
import { landing } from './landing.js';
import { type Limits, MAX_MESSAGE_CHARACTERS } from './limits.js';
import { searchCall } from './logs/search-request.js';
import type { GatewayMetrics } from './metrics.js';
import type { ProcessMetrics } from './prometheus/process-metrics.js';
import { PrometheusDoor } from './prometheus/prometheus-door.js';
import { randomRequestId, requestIdOf } from './request-id.js';
import { StreamedAnswers } from './streams/streamed-answers.js';
import { AccountShares } from './shares/account-shares.js';
import { UsedSignatures } from './shares/used-signatures.js';
import type { Upstream } from './upstream.js';

export interface GatewayDeps {
  readonly upstream: Upstream;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly processes: Pick<ProcessMetrics, 'read'>;
  readonly limits: Limits;
  readonly catalog?: ServiceCatalog;
}

/** One request as far as it has been understood; what the answer is written with, and what the log and the metrics say. */
interface Exchange {
  requestId: string;
  protocol: Protocol;
  model?: ServiceModel;
  operation?: OperationModel;
  caller?: Caller;
}

/** HTTP in, a message to the owning app, HTTP out. Knows every operation by its model and none by name. */
export class Gateway {
  private readonly catalog: ServiceCatalog;
  private readonly audit: AuditLog;
  private readonly shares: AccountShares;
  private readonly usedSignatures: UsedSignatures;
  private readonly streams: StreamedAnswers;
  private readonly prometheus: PrometheusDoor;

  constructor(private readonly deps: GatewayDeps) {
    this.catalog = deps.catalog ?? new ServiceCatalog();
    this.audit = new AuditLog(deps);
    this.shares = new AccountShares(deps.clock, deps.limits.shares, (why) => deps.metrics.refusedAsTooMany(why));
    this.usedSignatures = new UsedSignatures(deps.clock);
    this.streams = new StreamedAnswers(deps, deps.limits);
    this.prometheus = new PrometheusDoor({ ...deps, shares: this.shares, audit: this.audit });
  }

  /** Always answers, in the protocol of the request as far as there is one. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { clock, random, logger, metrics } = this.deps;
    const startedAtMs = clock.monotonicMs();
    const exchange: Exchange = { requestId: randomRequestId(random), protocol: DEFAULT_PROTOCOL };
    let response: HttpResponse;
    try {
      const asked = await this.prometheus.answer(request, startedAtMs);
      if (asked) metrics.answered('longshore', asked.operation, asked.response.status, clock.monotonicMs() - startedAtMs);
      if (asked) return asked.response;
      response = landing(request, exchange.requestId) ?? (await this.answer(request, exchange, startedAtMs));
    } catch (error) {
      logger.error({ err: error, requestId: exchange.requestId }, 'a request failed');
      response = this.refuse(exchange, errors.internal(exchange.requestId));
    }
    const ms = clock.monotonicMs() - startedAtMs;
    const [service, operation] = exchange.operation ? [exchange.model!.service, exchange.operation.name] : ['none', 'none'];
    metrics.answered(service, operation, response.status, ms);
    const { caller, requestId } = exchange;
    if (caller) this.audit.changed(request, caller, { service, operation, requestId, status: response.status });
    logger.debug({ requestId: exchange.requestId, service, operation, status: response.status, ms }, 'answered');
    return response;
  }

  /** Ends the answers that would go on for ever. */
  close(): void {
    this.streams.close();
  }

  /** For what the HTTP server itself refuses (a body that is too large, a broken request). */
  refusal(rejection: Rejection): HttpResponse {
    return this.refuse({ requestId: randomRequestId(this.deps.random), protocol: DEFAULT_PROTOCOL }, rejection);
  }

  private async answer(request: HttpRequest, exchange: Exchange, startedAtMs: number): Promise<HttpResponse> {
    const [path, query] = split(request.target);
    const endpoint = endpointPath(path);
    const { maxBodyBytes, largestBodyBytes } = this.deps.limits;
    const inflated = await inflate(request.body, request.headers['content-encoding'], largestBodyBytes);
    if ('rejection' in inflated) return this.refuse(exchange, inflated.rejection);
    const plain = { ...request, body: inflated.body };
    const parsed = parseSignature(request);
    const search = searchCall(request.method, endpoint.rest, query, this.deps.clock.now());
    if (search && 'rejection' in search) return this.refuse(exchange, search.rejection);
    const scoped = scopedService(parsed);
    const call = search ?? detectCall(this.catalog, plain, endpoint.rest, query, scoped);
    const elsewhere = scoped !== undefined && !this.catalog.named(scoped) ? scoped : undefined;
    if (!call && elsewhere) exchange.protocol = restProtocolOf(elsewhere);
    if (!call) return this.refuse(exchange, elsewhere ? otherService(elsewhere, undefined) : errors.unknownPath(request.method));
    exchange.protocol = call.protocol;
    exchange.model = call.model;
    const mostBytes = call.model?.takesLargeBodies ? largestBodyBytes : maxBodyBytes;
    if (inflated.body.byteLength > mostBytes) return this.refuse(exchange, errors.tooLarge(mostBytes));
    const refused = this.identify(call, exchange, search ? { ...endpoint, rest: '/' } : endpoint, elsewhere);
    if (refused) return this.refuse(exchange, refused);

    const deadlineAtMs = startedAtMs + this.deps.limits.deadlineMs;
    const caller = await this.deps.authenticator.authenticate(request, parsed, exchange.model!.service, deadlineAtMs);
    if ('rejection' in caller) {
      this.audit.refused(request, parsed, caller.rejection);
      return this.refuse(exchange, caller.rejection);
    }
    exchange.caller = caller;
    exchange.requestId = requestIdOf(request, caller.accessKeyId, inflated.body, this.deps.random);
    const { name } = exchange.operation!;
    const replayed = 'signature' in parsed && !isRead(name) ? this.usedSignatures.refusal(parsed.signature) : undefined;
    if (replayed) return this.refuse(exchange, replayed);
    const admitted = this.shares.admit(caller.accountId, name);
    if ('rejection' in admitted) return this.refuse(exchange, admitted.rejection);
    try {
      const asOf = 'asOf' in endpoint ? endpoint.asOf : undefined;
      return await this.forward(exchange, call, inflated.body, caller, asOf, deadlineAtMs);
    } finally {
      admitted.leave();
    }
  }

  /** Completes the exchange with the operation, or says why there is none. */
  private identify(
    call: Call,
    exchange: Exchange,
    endpoint: ReturnType<typeof endpointPath>,
    elsewhere: string | undefined,
  ): Rejection | undefined {
    if ('badAsOf' in endpoint) return errors.badAsOf(endpoint.badAsOf);
    if (!TOLD_BY_PATH.has(call.protocol.name) && endpoint.rest !== '/') return errors.unknownPath('find');
    exchange.operation = call.operationName === undefined ? undefined : call.model?.operation(call.operationName);
    if (exchange.operation) return undefined;
    const name = call.operationName?.slice(0, 100);
    if (!call.model && elsewhere) return otherService(elsewhere, name);
    // Of EC2 only the operations that are here are in the model.
    return name && call.model?.protocols.includes('ec2') ? errors.unsupportedOperation(name) : errors.unknownOperation(name);
  }

  private async forward(
    exchange: Exchange,
    call: Call,
    body: Uint8Array,
    caller: Caller,
    asOf: string | undefined,
    deadlineAtMs: number,
  ): Promise<HttpResponse> {
    const { requestId, protocol } = exchange;
    const [model, operation] = [exchange.model!, exchange.operation!];
    const decoded = protocol.decode(operation, call.form ?? body);
    if ('rejection' in decoded) return this.refuse(exchange, decoded.rejection);
    const { validationErrorCode, violationSentence } = model;
    const { invalid = validationErrorCode, missing = validationErrorCode } = model.inputErrorsOf?.[operation.name] ?? {};
    const notFiniteErrorCode = model.notFiniteErrorCode ?? invalid;
    const checked = checkInput(operation.input, decoded.raw, invalid, {
      notFiniteErrorCode,
      missingErrorCode: missing,
      violationSentence,
    });
    if ('rejection' in checked) return this.refuse(exchange, checked.rejection);
    const asked = { service: model.service, operation: operation.name, input: checked.input, deadlineAtMs };
    const denied = await this.deps.authorizer.refusal(caller, asked);
    if (denied) return this.refuse(exchange, denied);
    if (model.protocols.includes('ec2') && checked.input.DryRun === true) return this.refuse(exchange, errors.dryRun);
    const upstreamCall = {
      ...asked,
      requestId,
      principal: caller.principalArn,
      accessKeyId: caller.accessKeyId,
      accountId: caller.accountId,
      region: caller.region,
      asOf,
    };
    if (operation.eventStream !== undefined) {
      const begun = await this.streams.begin(operation, upstreamCall, caller);
      return 'rejection' in begun ? this.refuse(exchange, begun.rejection) : begun;
    }
    const answer = await this.deps.upstream.call(upstreamCall);
    if ('rejection' in answer) return this.refuse(exchange, answer.rejection);
    return protocol.output(model, operation, answer.output, requestId);
  }

  private refuse({ protocol, model, requestId }: Exchange, rejection: Rejection): HttpResponse {
    return protocol.error(model, { ...rejection, message: shortened(rejection.message) }, requestId);
  }
}

/** Protocols that say in the path what is called; the others are all sent to `/`. */
const TOLD_BY_PATH: ReadonlySet<string> = new Set(['cbor', 'rest-xml', 'rest-json']);

/** Sentences quote what the caller wrote, which may be a megabyte. */
const shortened = (message: string) =>
  message.length <= MAX_MESSAGE_CHARACTERS ? message : `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…`;

function split(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}
