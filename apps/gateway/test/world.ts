import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '@smithy/core/checksum';
import { Registry } from 'prom-client';
import type { HttpRequest, HttpResponse } from '#lib/aws-api';
import { apiHeaders, type ApiReply, type Bus, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, type Logger, sealSecret, seededRandom, silentLogger } from '#lib/platform';
import { Authenticator } from '../src/authenticator.js';
import { Authorizer } from '../src/authorizer.js';
import { Gateway } from '../src/gateway.js';
import { BusKeySource } from '../src/key-source.js';
import { DEFAULT_LIMITS, type Limits } from '../src/limits.js';
import { GatewayMetrics } from '../src/metrics.js';
import { Upstream } from '../src/upstream.js';

/** Time that passes only by being waited for. */
export class TestClock implements Clock {
  elapsedMs = 0;
  constructor(private readonly startAt = Date.parse('2026-11-22T11:13:00Z')) {}
  now = () => this.startAt + this.elapsedMs;
  monotonicMs = () => this.elapsedMs;
  sleep = (ms: number) => {
    this.elapsedMs += ms;
    return Promise.resolve();
  };
  after = () => {
    throw new Error('the gateway sets no timers');
  };
}

export interface SeenRequest {
  readonly subject: string;
  readonly input: unknown;
  readonly headers: Readonly<Record<string, string>>;
}
export type Answer = ApiReply | 'no-responders' | 'timeout' | 'failed';

/** A bus whose far side is a function for each subject. */
export class TestBus implements Bus {
  readonly requests: SeenRequest[] = [];
  private readonly answers = new Map<string, (request: SeenRequest) => Answer | Promise<Answer>>();
  replyHeaders: Record<string, string> = {};

  constructor(private readonly clock?: TestClock) {}

  on(service: string, operation: string, answer: (request: SeenRequest) => Answer | Promise<Answer>): this {
    this.answers.set(subjects.api(service, operation), answer);
    return this;
  }
  of(service: string, operation: string): SeenRequest[] {
    return this.requests.filter((request) => request.subject === subjects.api(service, operation));
  }

  async request(
    subject: string,
    payload: Uint8Array,
    options: { timeoutMs: number; headers?: Readonly<Record<string, string>> },
  ): Promise<RequestOutcome> {
    const request = { subject, input: fromJson(payload), headers: options.headers ?? {} };
    this.requests.push(request);
    const answer = (await this.answers.get(subject)?.(request)) ?? 'no-responders';
    if (answer === 'timeout') void this.clock?.sleep(options.timeoutMs);
    if (answer === 'failed') return { outcome: 'failed', error: new Error('the connection is closed') };
    if (typeof answer === 'string') return { outcome: answer };
    return { outcome: 'reply', payload: toJson(answer), headers: this.replyHeaders };
  }
  publish = () => undefined;
  subscribe = () => {
    throw new Error('the gateway subscribes to nothing');
  };
}

export const MASTER_KEY = new Uint8Array(32).fill(1);
export const ACCOUNT = '111122223333';
export const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:root`;

/** The state store's answer about AKIDEXAMPLE, whose secret is `secret`. */
export const resolveKnownKey = ({ input }: SeenRequest): Answer => {
  const { accessKeyId } = input as { accessKeyId: string };
  if (accessKeyId !== 'AKIDEXAMPLE') return { rejection: { code: 'UnrecognizedClientException', message: 'm', status: 400 } };
  const sealedSecret = sealSecret(MASTER_KEY, accessKeyId, 'secret');
  return { output: { accessKeyId, accountId: ACCOUNT, principalArn: PRINCIPAL, sealedSecret, status: 'Active' } };
};

/** Operations that count as served although nobody may answer them. */
export const servedOperations = (...served: string[]) => ({
  has: (service: string, operation: string) => served.includes(`${service}.${operation}`),
});

export function createWorld(options: { limits?: Partial<Limits>; served?: string[]; logger?: Logger } = {}) {
  const clock = new TestClock();
  const bus = new TestBus(clock).on('longshore', 'ResolveAccessKey', resolveKnownKey);
  const random = seededRandom(1);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const upstream = new Upstream({ bus, clock, operations: servedOperations(...(options.served ?? [])) }, limits);
  const keys = new BusKeySource({
    bus,
    clock,
    random,
    logger: silentLogger,
    masterKey: MASTER_KEY,
    revisions: () => upstream.revisions(),
  });
  const registry = new Registry();
  const metrics = new GatewayMetrics(registry);
  const authenticator = new Authenticator({ keys, clock });
  const authorizer = new Authorizer({ upstream, random });
  const gateway = new Gateway({
    upstream,
    authenticator,
    authorizer,
    clock,
    random,
    logger: options.logger ?? silentLogger,
    metrics,
    processes: { read: () => Promise.resolve('longshore_process_up{app="gateway",replica="1"} 1\n') },
    limits,
  });
  const send = async (target: string | undefined, call: CallOptions) => gateway.handle(await signed(clock, target, call));
  return {
    clock,
    bus,
    upstream,
    keys,
    authenticator,
    authorizer,
    gateway,
    registry,
    /** An operation of ECS. */
    ecs: (operation: string, call: CallOptions = {}) => send(ecsTarget(operation), call),
    /** `parameters`: with the Action, as a form has them. */
    ec2: (parameters: string) =>
      send(undefined, {
        service: 'ec2',
        body: `Version=2016-11-15&${parameters}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
  };
}

/** A world in which ECS lists clusters, and nobody runs the tasks that may be run. */
export function createWorldOfClusters() {
  const world = createWorld({ served: ['ecs.RunTask', 'ecs.ListClusters'] });
  world.bus.on('ecs', 'ListClusters', ({ input }) => ({ output: { clusterArns: [], ...(input as object) } }));
  return world;
}

export interface CallOptions {
  /** Default POST. */
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly service?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secret?: string;
  readonly signedAt?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** A signed request as a client sends it. */
export async function signed(clock: Clock, target: string | undefined, options: CallOptions = {}): Promise<HttpRequest> {
  const signer = new SignatureV4({
    service: options.service ?? 'ecs',
    region: options.region ?? 'eu-central-1',
    credentials: { accessKeyId: options.accessKeyId ?? 'AKIDEXAMPLE', secretAccessKey: options.secret ?? 'secret' },
    sha256: Sha256,
    applyChecksum: false,
  });
  const { method = 'POST', path = '/', query = {} } = options;
  const body = Buffer.from(options.body ?? '{}');
  const { headers } = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query,
      headers: {
        host: '127.0.0.1:4566',
        'content-type': 'application/x-amz-json-1.1',
        ...(target ? { 'x-amz-target': target } : {}),
        ...options.headers,
      },
      body,
    },
    { signingDate: new Date(options.signedAt ?? clock.now()) },
  );
  const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return { method, target: search.length === 0 ? path : `${path}?${search.join('&')}`, headers, body };
}

export const ecsTarget = (operation: string) => `AmazonEC2ContainerServiceV20141113.${operation}`;
export const bodyOf = (response: HttpResponse) => Buffer.from(response.body).toString();
export const jsonOf = (response: HttpResponse) => JSON.parse(bodyOf(response)) as Record<string, unknown>;
export const revisionsHeader = (revisions: object) => ({ [apiHeaders.revisions]: JSON.stringify(revisions) });
