import type { Constraint, Member, OperationModel, ServiceModel, Shape, StructureShape } from './model.js';

/**
 * The service `longshore`: what an operator asks beside ECS. AWS JSON 1.1, signed for the name `longshore`. Its journal-facing
 * sister `ResolveAccessKey` is deliberately not in this model: it answers sealed secrets and is reachable over NATS only; as are
 * `ResolveTaskRole` and `IssueTaskCredentials`.
 */
const member = (shape: Shape, constraint?: Constraint & { sensitive?: boolean }): Member => ({
  shape,
  wireName: 'member',
  flattened: false,
  sensitive: constraint?.sensitive ?? false,
  required: constraint?.required ?? false,
  emptyIsAbsent: shape.kind === 'string' && !constraint?.required,
  constraint,
});
const structure = (name: string, members: Record<string, Member>): StructureShape => ({
  kind: 'structure',
  name,
  members: new Map(Object.entries(members).map(([key, value]) => [key, { ...value, wireName: key }])),
});
const answer = (name: string, members: Record<string, Member>): StructureShape => ({ ...structure(name, members), open: true });
const listOf = (shape: Shape): Shape => ({ kind: 'list', element: member(shape) });
const string: Shape = { kind: 'string' };
const timestamp: Shape = { kind: 'timestamp' };
const integer: Shape = { kind: 'integer' };
const long: Shape = { kind: 'long' };
const boolean: Shape = { kind: 'boolean' };
const document: Shape = { kind: 'document' };

const ACCOUNT_ID: Constraint = { pattern: '[0-9]{12}' };
/** An id or an ARN; what it has to look like, Explain says itself. */
const NAME: Constraint = { min: 1, max: 512 };
const ACCESS_KEY_ID: Constraint = { pattern: '[A-Z0-9]{16,128}' };
const FILTER: Constraint = { max: 100, each: { max: 1_024 } };

/** What readers of any journal's public events may say, and get. */
const EVENTS = {
  after: member(string, { max: 64 }),
  detailTypes: member(listOf(string), FILTER),
  resources: member(listOf(string), FILTER),
  maxResults: member(integer, { min: 1, max: 500 }),
  waitMs: member(integer, { min: 0, max: 2_500 }),
};
const EVENTS_PAGE = {
  /** EventBridge's envelopes, as they are. */
  events: member(listOf(document)),
  cursor: member(string),
  caughtUp: member(boolean),
};

/** Whose lines a search means. */
const LINES = {
  query: member(string, { max: 4_096 }),
  logGroups: member(listOf(string), FILTER),
  cluster: member(string, NAME),
  services: member(listOf(string), FILTER),
  clusters: member(listOf(string), FILTER),
  tasks: member(listOf(string), FILTER),
};

const accessKey = answer('AccessKey', {
  accessKeyId: member(string),
  accountId: member(string),
  principalArn: member(string),
  status: member(string),
  role: member(string),
  policy: member(string),
  expiresAt: member(timestamp),
  createdAt: member(timestamp),
});
const createdAccessKey = answer('CreatedAccessKey', {
  ...Object.fromEntries(accessKey.members),
  /** Shown once; the journal has only the sealed form. */
  secretAccessKey: member(string, { sensitive: true }),
});

/** Members of `answer`s that are not named here leave as they are: instants as ISO-8601 text. */
const explanation = answer('ExplainResponse', { summary: member(string), text: member(string) });

const operations: Readonly<Record<string, OperationModel>> = {
  CreateAccessKey: {
    name: 'CreateAccessKey',
    input: structure('CreateAccessKeyRequest', {
      accountId: member(string, ACCOUNT_ID),
      /** Of the user that the key belongs to; without one it is the account's root. */
      name: member(string, { pattern: '[\\w+=,.@-]{1,64}' }),
      /** Instead: of the role whose tasks have the key's rights. */
      taskRole: member(string, { pattern: '[\\w+=,.@-]{1,64}' }),
      role: member(string, { enum: ['admin', 'deploy', 'read'] }),
      policy: member(string, { max: 65_536 }),
      expiresInSeconds: member(integer, { min: 1 }),
    }),
    output: answer('CreateAccessKeyResponse', { accessKey: member(createdAccessKey) }),
  },
  DeleteAccessKey: {
    name: 'DeleteAccessKey',
    input: structure('DeleteAccessKeyRequest', { accessKeyId: member(string, { ...ACCESS_KEY_ID, required: true }) }),
    output: answer('DeleteAccessKeyResponse', {}),
  },
  RotateAccessKey: {
    name: 'RotateAccessKey',
    input: structure('RotateAccessKeyRequest', { accessKeyId: member(string, { ...ACCESS_KEY_ID, required: true }) }),
    output: answer('RotateAccessKeyResponse', { accessKey: member(createdAccessKey) }),
  },
  /** Whether the task definitions of an account may reach into hosts. */
  PutHostAccess: {
    name: 'PutHostAccess',
    input: structure('PutHostAccessRequest', {
      accountId: member(string, { ...ACCOUNT_ID, required: true }),
      hostAccess: member(string, { enum: ['allowed', 'denied'], required: true }),
    }),
    output: answer('PutHostAccessResponse', { accountId: member(string), hostAccess: member(string) }),
  },
  ListAccessKeys: {
    name: 'ListAccessKeys',
    input: structure('ListAccessKeysRequest', { accountId: member(string, ACCOUNT_ID) }),
    output: answer('ListAccessKeysResponse', { accessKeys: member(listOf(accessKey)) }),
  },
  /** The public events after a place in their stream; what a server-sent events connection is made of. */
  ReadEvents: {
    name: 'ReadEvents',
    input: structure('ReadEventsRequest', {
      ...EVENTS,
      clusters: member(listOf(string), FILTER),
      services: member(listOf(string), FILTER),
      groups: member(listOf(string), FILTER),
    }),
    output: answer('ReadEventsResponse', EVENTS_PAGE),
  },
  /** The same of load balancing, which has a journal and so an order of its own; `GET /events/load-balancing` asks it. */
  ReadLoadBalancingEvents: {
    name: 'ReadLoadBalancingEvents',
    input: structure('ReadLoadBalancingEventsRequest', EVENTS),
    output: answer('ReadLoadBalancingEventsResponse', EVENTS_PAGE),
  },
  /** The same of scaling: states of alarms and scaling activities; `GET /events/scaling` asks it. */
  ReadScalingEvents: {
    name: 'ReadScalingEvents',
    input: structure('ReadScalingEventsRequest', EVENTS),
    output: answer('ReadScalingEventsResponse', EVENTS_PAGE),
  },
  /** Lines of containers, the newest first unless `oldestFirst`; `GET /logs/search` asks it. */
  SearchLogs: {
    name: 'SearchLogs',
    input: structure('SearchLogsRequest', {
      ...LINES,
      startTime: member(long, { min: 0 }),
      endTime: member(long, { min: 0 }),
      limit: member(integer, { min: 1, max: 1_000 }),
      nextToken: member(string, { min: 1, max: 2_048 }),
      oldestFirst: member(boolean),
      binSeconds: member(integer, { min: 0, max: 604_800 }),
    }),
    output: answer('SearchLogsResponse', {
      events: member(listOf(document)),
      nextToken: member(string),
      cursor: member(string),
      bins: member(listOf(document)),
    }),
  },
  /** Lines as they come, behind a place in their stream; what `GET /logs/search?follow` is made of. */
  TailLogs: {
    name: 'TailLogs',
    input: structure('TailLogsRequest', {
      ...LINES,
      after: member(string, { max: 64 }),
      waitMs: member(integer, { min: 0, max: 2_500 }),
    }),
    output: answer('TailLogsResponse', {
      events: member(listOf(document)),
      cursor: member(string),
      missed: member(boolean),
      caughtUp: member(boolean),
    }),
  },
  /** The account's metrics as they are now, as text that Prometheus scrapes; `GET /metrics` asks it. */
  ReadMetrics: {
    name: 'ReadMetrics',
    input: structure('ReadMetricsRequest', {}),
    output: answer('ReadMetricsResponse', { status: member(integer), body: member(string) }),
  },
  /** What services and tasks use now, those of all clusters or of one; `./longshore top` asks it. */
  ReadUsage: {
    name: 'ReadUsage',
    input: structure('ReadUsageRequest', {
      cluster: member(string, NAME),
      services: member(listOf(string), FILTER),
    }),
    output: answer('ReadUsageResponse', {
      at: member(string),
      services: member(listOf(document)),
      tasks: member(listOf(document)),
      omittedServices: member(integer),
      omittedTasks: member(integer),
    }),
  },
  /** PromQL over the account's metrics; `/prometheus/api/v1` asks it. `form`: Prometheus' parameters. */
  SearchMetrics: {
    name: 'SearchMetrics',
    input: structure('SearchMetricsRequest', {
      api: member(string, {
        enum: ['query', 'query_range', 'series', 'labels', 'label/values', 'metadata', 'status/buildinfo'],
        required: true,
      }),
      label: member(string, { pattern: '[A-Za-z_][A-Za-z0-9_]{0,255}' }),
      form: member(string, { max: 65_536 }),
    }),
    output: answer('SearchMetricsResponse', { status: member(integer), body: member(string) }),
  },
  /** The account's load balancers with what ELBv2's API does not tell: where they listen. */
  ListLoadBalancers: {
    name: 'ListLoadBalancers',
    input: structure('ListLoadBalancersRequest', {}),
    output: answer('ListLoadBalancersResponse', { loadBalancers: member(listOf(document)) }),
  },
  /** Why a task or a service is as it is: `libs/ecs/src/explain/explanation.ts` has the shape of the answer. */
  Explain: {
    name: 'Explain',
    input: structure('ExplainRequest', {
      task: member(string, NAME),
      service: member(string, NAME),
      cluster: member(string, NAME),
    }),
    output: explanation,
  },
  /** Where the requests of a load balancer go, or who sends some to a target group and what its targets are. */
  ExplainBalancing: {
    name: 'ExplainBalancing',
    input: structure('ExplainBalancingRequest', {
      loadBalancer: member(string, NAME),
      targetGroup: member(string, NAME),
    }),
    output: answer('ExplainBalancingResponse', { summary: member(string), text: member(string) }),
  },
  /** Which metric, value and policy scale a service from and to what, and why nothing does now. */
  ExplainScaling: {
    name: 'ExplainScaling',
    input: structure('ExplainScalingRequest', {
      service: member(string, { ...NAME, required: true }),
      cluster: member(string, NAME),
    }),
    output: answer('ExplainScalingResponse', { summary: member(string), text: member(string) }),
  },
  /** Which rules of security groups let a connection through, or that none does. */
  ExplainConnection: {
    name: 'ExplainConnection',
    input: structure('ExplainConnectionRequest', {
      from: member(string, { ...NAME, required: true }),
      to: member(string, { ...NAME, required: true }),
      port: member(integer, { min: 0, max: 65_535, required: true }),
      protocol: member(string, { enum: ['tcp', 'udp'] }),
    }),
    output: answer('ExplainConnectionResponse', { allowed: member(boolean), summary: member(string), text: member(string) }),
  },
};

export const longshoreModel: ServiceModel = {
  service: 'longshore',
  targetPrefix: 'Longshore_20261122',
  version: '2026-11-22',
  xmlNamespace: 'urn:longshore:2026-11-22',
  protocols: ['json'],
  validationErrorCode: 'ValidationException',
  operation: (name) => (Object.hasOwn(operations, name) ? operations[name] : undefined),
  operationNames: () => Object.keys(operations),
  queryError: () => undefined,
  errorId: () => undefined,
};
