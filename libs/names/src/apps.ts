import type { JournalName } from './journals.js';

/** What an app of the control plane is on the bus. All lists of apps, actors and permissions follow from its row in `APPS`. */
export interface AppRow {
  /** In sentences for people. */
  readonly title: string;
  /** Journals that it writes: its replicas take turns. */
  readonly owns?: readonly JournalName[];
  /** Journals of others that it keeps a fold of. */
  readonly folds?: readonly JournalName[];
  /** Answers operations of the API. */
  readonly servesApi?: true;
  /** Others' operations that it asks by itself: `[service, operation]`. */
  readonly asks?: readonly (readonly [service: string, operation: string])[];
  /** Its replicas tell each other what each of them sees. */
  readonly hasPeers?: true;
  /** Tells what its traffic was, every ten seconds. */
  readonly tellsTraffic?: true;
  /** Asks the others' operations, for clients. */
  readonly callsApi?: true;
  /** Hears what agents say. */
  readonly hearsAgents?: true;
  /** Hears the lines that agents ship, and tells the metrics that are made of them. */
  readonly hearsLogs?: true;
  /** Gives agents the secrets of their tasks. */
  readonly givesSecrets?: true;
  /** Gives tasks their network interfaces. */
  readonly givesNetworks?: true;
  /** Hears what agents measure of tasks, what load balancers carry, and what metric filters find. */
  readonly hearsMetrics?: true;
  /** Has the launcher start and end hosts. */
  readonly startsHosts?: true;
  /** Gives agents their assignments. */
  readonly writesAssignments?: true;
  /** Tells live listeners what happened. */
  readonly tellsEvents?: true;
  /** `up --scale name=n`. The gateway holds the one API port of this host, the registry its files. */
  readonly scalable: boolean;
}

/** The one table of apps: a new one is a row here and a folder in apps/ (docs/how-to/add-an-app.md). In the order of their start. */
export const APPS = {
  'state-store': {
    title: 'the state store',
    owns: ['ecs'],
    servesApi: true,
    writesAssignments: true,
    tellsEvents: true,
    asks: [
      ['elasticloadbalancing', 'DescribeTargetGroups'],
      ['servicediscovery', 'GetService'],
      ['servicediscovery', 'GetNamespace'],
      ['servicediscovery', 'ListNamespaces'],
      ['autoscaling', 'DescribeAutoScalingGroups'],
      ['autoscaling', 'DescribeScalingActivities'],
      ['elasticloadbalancing', 'DescribeRules'],
      ['elasticloadbalancing', 'DescribeListeners'],
      ['ec2', 'DescribeSubnets'],
      ['ec2', 'DescribeSecurityGroups'],
    ],
    scalable: true,
  },
  scheduler: {
    title: 'the scheduler',
    folds: ['ecs'],
    servesApi: true,
    asks: [
      ['ec2', 'DescribeSubnets'],
      ['ec2', 'DescribeSecurityGroups'],
    ],
    scalable: true,
  },
  'health-monitor': {
    title: 'the health monitor',
    folds: ['ecs'],
    servesApi: true,
    hearsAgents: true,
    asks: [['longshore', 'IssueTaskCredentials']],
    scalable: true,
  },
  'load-balancer': {
    title: 'the load balancer',
    owns: ['load-balancing'],
    folds: ['ecs'],
    servesApi: true,
    asks: [['ec2', 'DescribeSubnets']],
    hasPeers: true,
    tellsTraffic: true,
    scalable: true,
  },
  'log-aggregator': {
    title: 'the log aggregator',
    owns: ['logging'],
    folds: ['ecs'],
    servesApi: true,
    hearsLogs: true,
    hasPeers: true,
    scalable: true,
  },
  secrets: {
    title: 'the keeper of secrets',
    owns: ['secrets'],
    folds: ['ecs'],
    servesApi: true,
    givesSecrets: true,
    scalable: true,
  },
  network: { title: 'the network', owns: ['network'], folds: ['ecs'], servesApi: true, givesNetworks: true, scalable: true },
  registry: { title: 'the registry', owns: ['registry'], folds: ['ecs'], servesApi: true, scalable: false },
  autoscaler: {
    title: 'the autoscaler',
    owns: ['scaling'],
    folds: ['ecs'],
    servesApi: true,
    asks: [
      ['ecs', 'DeregisterContainerInstance'],
      ['ecs', 'RunTask'],
      ['ec2', 'DescribeLaunchTemplateVersions'],
      ['longshore', 'ReadEvents'],
      ['longshore', 'ReadLoadBalancingEvents'],
      ['longshore', 'ReadScalingEvents'],
      ['logs', 'CreateLogStream'],
      ['logs', 'PutLogEvents'],
    ],
    startsHosts: true,
    hearsMetrics: true,
    hasPeers: true,
    scalable: true,
  },
  gateway: { title: 'the gateway', callsApi: true, scalable: false },
} as const satisfies Readonly<Record<string, AppRow>>;

/** Of an app on one host. */
export const MOST_REPLICAS = 8;

export type ControlPlaneApp = keyof typeof APPS;
export const CONTROL_PLANE_APPS = Object.keys(APPS) as readonly ControlPlaneApp[];
export const appRow = (app: ControlPlaneApp): AppRow => APPS[app];

/** Who speaks: the token of `cmd.*` subjects, the NATS user's name, and the row of the table "who may write what". */
export type Actor = ControlPlaneApp | 'agent';

/** In the environment of the load balancer's HAProxy: the data directory whose it is. It outlives the app, so `down` looks for it. */
export const HAPROXY_VARIABLE = 'LONGSHORE_HAPROXY_OF';

/**
 * The tables that an agent keeps in the host's nftables, in the families `inet` and `bridge`, and the alias of the devices that lead from its bridges to
 * other hosts. They outlive it, so `down --purge` looks for them.
 */
export const packetFilterTable = (instanceId: string): string => `longshore-${instanceId.slice(0, 16)}`;
/** What the names of its tasks' control groups begin with, which outlive it likewise. No dash: to systemd that is a level. */
export const controlGroupPrefix = (instanceId: string): string => `longshore${instanceId.slice(0, 16)}t`;
export const PACKET_FILTER_FAMILIES = ['inet', 'bridge'] as const;
/**
 * Where an agent keeps rules of iptables under that name: the engine asks this chain before all rules of its own, and never writes to it. An
 * engine that works without iptables has none.
 */
export const PASSAGE_CHAIN = 'DOCKER-USER';
