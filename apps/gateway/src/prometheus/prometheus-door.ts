import {
  checkInput,
  errors,
  type HttpRequest,
  type HttpResponse,
  longshoreModel,
  parseSignature,
  scopedService,
} from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Random } from '#lib/platform';
import type { AuditLog } from '../audit-log.js';
import type { Authenticator, Caller } from '../authenticator.js';
import type { Authorizer } from '../authorizer.js';
import type { Limits } from '../limits.js';
import { requestIdOf } from '../request-id.js';
import type { AccountShares } from '../shares/account-shares.js';
import type { Upstream } from '../upstream.js';
import { basicKeyOf } from './basic-key.js';
import type { ProcessMetrics } from './process-metrics.js';
import { METRICS_PATH, prometheusCall } from './prometheus-request.js';

export interface PrometheusDoorDeps {
  readonly upstream: Upstream;
  readonly processes: Pick<ProcessMetrics, 'read'>;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly shares: AccountShares;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
}

export interface PrometheusAnswer {
  readonly operation: string;
  readonly response: HttpResponse;
}

/** Amazon Managed Service for Prometheus signs as `aps`, and so does Grafana with SigV4. */
const SIGNED_FOR = ['aps', 'longshore'];
const JSON_TYPE = 'application/json';
/** Prometheus gives a scrape up after 10 s; what is there is told before that. */
const SCRAPE_MS = 4_000;
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * What Prometheus and Grafana ask: `GET /metrics` and the reads of `/prometheus/api/v1`. Whose metrics are meant is the key's account and
 * region, never the request's; the app that owns the metrics answers. What processes say of themselves is the first account's beside it.
 */
export class PrometheusDoor {
  constructor(private readonly deps: PrometheusDoorDeps) {}

  /** Undefined: the request is none of Prometheus'. */
  async answer(request: HttpRequest, startedAtMs: number): Promise<PrometheusAnswer | undefined> {
    const call = prometheusCall(request.method, request.target, request.body);
    if (!call) return undefined;
    const isText = request.target.split('?', 1)[0] === METRICS_PATH;
    if ('problem' in call) return { operation: 'none', response: failure(call.status, call.errorType, call.problem) };
    const refuse = (rejection: Rejection): PrometheusAnswer => ({
      operation: call.operation,
      response: refusal(rejection, isText),
    });
    const { deadlineMs } = this.deps.limits;
    const deadlineAtMs = startedAtMs + (isText ? Math.min(SCRAPE_MS, deadlineMs) : deadlineMs);
    const caller = await this.authenticate(request, deadlineAtMs);
    if ('rejection' in caller) return refuse(caller.rejection);
    const admitted = this.deps.shares.admit(caller.accountId, call.operation);
    if ('rejection' in admitted) return refuse(admitted.rejection);
    try {
      const checked = checkInput(longshoreModel.operation(call.operation)!.input, call.input, longshoreModel.validationErrorCode);
      if ('rejection' in checked) return refuse(checked.rejection);
      const asked = { service: 'longshore', operation: call.operation, input: checked.input, deadlineAtMs };
      const denied = await this.deps.authorizer.refusal(caller, asked);
      if (denied) return refuse(denied);
      const ofProcesses = isText && caller.administrator ? this.deps.processes.read() : Promise.resolve('');
      const answer = await this.deps.upstream.call({
        ...asked,
        requestId: requestIdOf(request, caller.accessKeyId, request.body, this.deps.random),
        principal: caller.principalArn,
        accessKeyId: caller.accessKeyId,
        accountId: caller.accountId,
        region: caller.region,
      });
      const processes = await ofProcesses;
      if ('rejection' in answer) {
        if (processes === '' || answer.rejection.status < 500) return refuse(answer.rejection);
        const why = `# The account's metrics are not here: ${answer.rejection.message}\n`;
        return { operation: call.operation, response: respond(200, TEXT_TYPE, why + processes) };
      }
      const { status, body } = answer.output as { readonly status: number; readonly body: string };
      return { operation: call.operation, response: respond(status, isText ? TEXT_TYPE : JSON_TYPE, body + processes) };
    } finally {
      admitted.leave();
    }
  }

  private async authenticate(request: HttpRequest, deadlineAtMs: number): Promise<Caller | { readonly rejection: Rejection }> {
    const { authenticator, audit } = this.deps;
    const parsed = parseSignature(request);
    const signedFor = scopedService(parsed);
    const caller = isBasic(request.headers.authorization)
      ? await this.authenticateBasic(request.headers.authorization, deadlineAtMs)
      : await authenticator.authenticate(
          request,
          parsed,
          SIGNED_FOR.find((name) => name === signedFor) ?? 'longshore',
          deadlineAtMs,
        );
    if ('rejection' in caller) audit.refused(request, parsed, caller.rejection);
    return caller;
  }

  /** Whoever cannot sign is told of no signature. */
  private async authenticateBasic(
    authorization: string,
    deadlineAtMs: number,
  ): Promise<Caller | { readonly rejection: Rejection }> {
    const key = basicKeyOf(authorization);
    const caller = key && (await this.deps.authenticator.authenticateBasic(key, deadlineAtMs));
    if (caller && (!('rejection' in caller) || caller.rejection.status >= 500)) return caller;
    return { rejection: WRONG_KEY };
  }
}

const isBasic = (authorization: string | undefined): authorization is string => /^Basic\b/i.test(authorization ?? '');

const WRONG_KEY: Rejection = {
  code: 'UnrecognizedClientException',
  message:
    'The user name has to be the id of an access key (with a region behind it: AKIA…@eu-central-1) and the password its secret',
  status: 401,
};

const TYPES: Readonly<Record<number, string>> = {
  400: 'bad_data',
  401: 'unauthorized',
  403: 'forbidden',
  429: 'too_many_requests',
};

/** In Prometheus' words, with the status that its clients know. */
function refusal({ code, message, status }: Rejection, isText: boolean): HttpResponse {
  const shown = /AccessDenied/.test(code)
    ? 403
    : /Unrecognized|Incomplete|Signature|Token|Authentication/.test(code)
      ? 401
      : code === errors.throttled.code
        ? 429
        : code === 'UnsupportedFeatureException'
          ? 503
          : status;
  const response = isText
    ? respond(shown, TEXT_TYPE, `${message}\n`)
    : failure(shown, TYPES[shown] ?? (shown >= 500 ? 'unavailable' : 'bad_data'), message);
  return shown === 401
    ? { ...response, headers: { ...response.headers, 'www-authenticate': 'Basic realm="Longshore"' } }
    : response;
}

const failure = (status: number, errorType: string, error: string): HttpResponse =>
  respond(status, JSON_TYPE, JSON.stringify({ status: 'error', errorType, error }));

const respond = (status: number, type: string, body: string): HttpResponse => ({
  status,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body: new TextEncoder().encode(body),
});
