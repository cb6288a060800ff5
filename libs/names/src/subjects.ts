/**
 * Every NATS subject, stream and bucket name of Longshore is built here, and nowhere else. Tokens that users give are encoded
 * by `token`, because log groups and detail-types contain dots and blanks.
 */

/** One subject token for any text: `%XX` for every byte that is not a letter, a digit, `-` or `_`. */
export function token(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

const ofAgent = ({ accountId, region, instanceId }: AgentName, verb: AgentVerb): string =>
  `agent.${accountId}.${region}.${instanceId}.${verb}`;

export const subjects = {
  /** An API operation: request/reply with the owning app (queue group = the app's name). */
  api: (service: string, operation: string) => `api.${token(service)}.${token(operation)}`,
  /** A command for a journal's writer; only the lease holder subscribes. */
  command: (journal: string, actor: string, command: string) => `cmd.${journal}.${actor}.${command}`,
  commandsOf: (journal: string) => `cmd.${journal}.*.*`,
  /** A message of one agent to the control plane; its NATS user may publish only its own. */
  agent: (agent: AgentName, verb: Exclude<AgentVerb, 'register'>) => ofAgent(agent, verb),
  /**
   * With the cluster, so that the user of a host that joins one cluster can become an instance of no other (undefined: any), and
   * with what a host that has joined may say of itself (one token of its user's permissions).
   */
  register: (agent: AgentName, cluster: string | undefined, grant?: string) =>
    `${ofAgent(agent, 'register')}.${cluster === undefined ? '*' : token(cluster)}${grant === undefined ? '' : `.${grant}`}`,
  /** A container's lines, for whoever serves the partition. Beside the verbs: who hears agents does not hear these. */
  logBatch: ({ accountId, region, instanceId }: AgentName, partition: number | '*') =>
    `agent.${accountId}.${region}.${instanceId}.logs.${partition}`,
  /** What one of an instance's tasks is given in secret. Beside the verbs, as its lines are. */
  taskSecrets: ({ accountId, region, instanceId }: AgentName) => `agent.${accountId}.${region}.${instanceId}.secrets`,
  allTaskSecrets: () => 'agent.*.*.*.secrets',
  allLogBatches: (partition: number | '*') => `agent.*.*.*.logs.${partition}`,
  /** Under which address a task has the network. Beside the verbs, as its secrets are. */
  taskNetwork: ({ accountId, region, instanceId }: AgentName) => `agent.${accountId}.${region}.${instanceId}.network`,
  allTaskNetworks: () => 'agent.*.*.*.network',
  /** What the security groups of a host's tasks let through; answered when it is another than the host has. */
  packetFilter: ({ accountId, region, instanceId }: AgentName) => `agent.${accountId}.${region}.${instanceId}.packet-filter`,
  allPacketFilters: () => 'agent.*.*.*.packet-filter',
  /** What the tasks of a host use, every 10 s, for every replica of the autoscaler: nobody answers, the broker keeps it for minutes. */
  taskMetrics: ({ accountId, region, instanceId }: AgentName) => `agent.${accountId}.${region}.${instanceId}.metrics`,
  allTaskMetrics: 'agent.*.*.*.metrics',
  allAgents: (verb: AgentVerb) => (verb === 'register' ? 'agent.*.*.*.register.>' : `agent.*.*.*.${verb}`),
  /** Public events for live listeners, in EventBridge's envelope. `slug`: the detail type, e.g. `task-state-change`. */
  events: ({ accountId, region }: Omit<AgentName, 'instanceId'>, slug: string, cluster: string) =>
    `events.${token(accountId)}.${token(region)}.${token(slug)}.${token(cluster)}`,
  allEvents: 'events.>',
  /** Values of metric filters, each second: a `LogMetric`. */
  logMetrics: ({ accountId, region }: Omit<AgentName, 'instanceId'>) => `metrics.logs.${token(accountId)}.${token(region)}`,
  allLogMetrics: 'metrics.logs.*.*',
  /** Lines for which an account has a subscription filter, under a name of its own: one or more tokens, nothing of which is ours. */
  logSubscription: ({ accountId, region }: Omit<AgentName, 'instanceId'>, name: string) =>
    `subscriptions.logs.${token(accountId)}.${token(region)}.${name.split('.').map(token).join('.')}`,
  allLogSubscriptions: 'subscriptions.logs.>',
  /** A new host that asks for its NATS user with a token, or a joined one that asks for it anew; the launcher answers. */
  join: (agent: AgentName) => `join.${agent.accountId}.${agent.region}.${agent.instanceId}`,
  allJoins: () => 'join.*.*.*',
  /** What the autoscaler asks the launcher of hosts of Auto Scaling groups. */
  hosts: (verb: 'start' | 'end' | 'list') => `hosts.${verb}`,
  allHosts: 'hosts.*',
  /** Hosts' account only: a request for one instance's assignment, answered by the broker from its bucket. */
  assignmentRead: (instanceId: string) => `assignment.${instanceId}.read`,
  /** Hosts' account only: says that it may have changed. Whoever hears it reads: a reply of anybody's could be sent here. */
  assignmentChanged: (instanceId: string) => `assignment.${instanceId}.changed`,
  /** What the replicas of an app tell each other. */
  peers: (app: string) => `peers.${app}`,
  /** What one of them is asked by another: `process` is of one start, in hex. */
  peer: (app: string, process: string) => `peers.${app}.${process}`,
  /** The log aggregator that has the files of a place, for the others: a `StoreQuestion`. */
  logStore: (place: number | '*') => `log-store.${place}`,
  /** What each replica of the load balancer did within ten seconds, for whoever scales: a `MetricWindow`. */
  loadBalancingMetrics: 'metrics.load-balancing',
  /** What PutMetricData was given: on the broker's disk before it is answered. */
  metricPuts: 'metrics.puts',
  /** The gateway asks every process of the control plane for its own metrics, when it is scraped; each answers under its app's name. */
  scrape: 'scrape',
  scraped: (app: string) => `scraped.${app}`,
  allScraped: 'scraped.*',
  /** A journal's commits. */
  journal: (journal: string) => `journal.${journal}`,
} as const;

export interface AgentName {
  readonly accountId: string;
  readonly region: string;
  /** 32 hex digits. */
  readonly instanceId: string;
}

export const AGENT_VERBS = ['register', 'report', 'heartbeat', 'task-definition', 'strays', 'task'] as const;
export type AgentVerb = (typeof AGENT_VERBS)[number];

export function parseCommandSubject(subject: string): { journal: string; actor: string; command: string } {
  const [, journal, actor, command] = subject.split('.') as [string, string, string, string];
  return { journal, actor, command };
}

/** `clusterToken` and `grant`: of `register` only. */
export function parseAgentSubject(subject: string): AgentName & { verb: AgentVerb; clusterToken?: string; grant?: string } {
  const [, accountId, region, instanceId, verb, clusterToken, grant] = subject.split('.') as [
    string,
    string,
    string,
    string,
    AgentVerb,
    string?,
    string?,
  ];
  return { accountId, region, instanceId, verb, clusterToken, grant };
}

export function parseLogBatchSubject(subject: string): AgentName & { partition: number } {
  const [, accountId, region, instanceId, , partition] = subject.split('.') as [string, string, string, string, string, string];
  return { accountId, region, instanceId, partition: Number(partition) };
}

export function parseLogMetricsSubject(subject: string): Omit<AgentName, 'instanceId'> {
  const [, , accountId, region] = subject.split('.') as [string, string, string, string];
  return { accountId: decodeURIComponent(accountId), region: decodeURIComponent(region) };
}

/** Whose host it is: the first tokens of all that agents and joining hosts publish on. */
export function agentOfSubject(subject: string): AgentName {
  const [, accountId, region, instanceId] = subject.split('.') as [string, string, string, string];
  return { accountId, region, instanceId };
}

export const streams = {
  journal: (journal: string) => `JOURNAL_${journal.toUpperCase().replaceAll('-', '_')}`,
  /** File: what PutMetricData was given, until it is in history for good. */
  metricPuts: 'METRIC_PUTS',
  /** Memory: the last minutes of what is told of metrics. */
  metricReports: 'METRIC_REPORTS',
} as const;

export const buckets = {
  /** KV, memory: one key a journal (the writer) or a verdict. */
  leases: 'leases',
  /** KV, memory: one key an instance id. */
  assignments: 'assignments',
  /** KV, file: `service.Operation` → the app that serves it. */
  operations: 'operations',
  /** KV, file: one key a journal, the last commit known to be in it. */
  marks: 'marks',
  /** KV, file: a key a chunk. */
  snapshots: 'snapshots',
} as const;

/** Where a user's replies arrive; its permissions name just this. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;
