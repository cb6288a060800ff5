import { appRow, type ControlPlaneApp } from './apps.js';
import { JOURNALS, type JournalName } from './journals.js';
import { AGENT_VERBS, type AgentName, buckets, inboxPrefix, streams, subjects } from './subjects.js';

/**
 * `hosts`: everybody who works on a host that is not ours, or only wants to. The server checks the subject of a publish, never its
 * reply subject, so in an account with the journal any request could have its answer written there.
 */
export type NatsAccount = 'control-plane' | 'hosts';

/**
 * What each NATS user may publish and subscribe to: "who may write what", enforced by the server. A claim about the sender of a
 * command or a report cannot be forged, because only its owner's user may publish on its subject.
 *
 * Pure: the launcher signs these into user JWTs, a contract test checks them against a real nats-server.
 */
export interface NatsPermissions {
  readonly account: NatsAccount;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer a request that it received, whatever the reply subject is; and nothing else there. */
  readonly responses: boolean;
}

/** Users with a fixed name. An agent's user is named by its instance id. */
export const OPERATOR_USER = 'operator';
export const SIMULATOR_USER = 'simulator';
export const LISTENER_USER = 'listener';
export const LAUNCHER_USER = 'launcher';

/** With the common `_INBOX`, every user could read everyone's replies. */
const inboxOf = (user: string): string => `${inboxPrefix(user)}.>`;

/** The stream that a bucket is kept in. */
export const kvStream = (bucket: string): string => `KV_${bucket}`;
export const kvKey = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;

/** Reading a stream: its state, single messages, ordered consumers. Never anything that changes it. */
function readStream(stream: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.ACK.${stream}.>`,
  ];
}

/** `$JS.FC.>` answers the flow control of push consumers; without it they stall. */
const ANY_JETSTREAM = ['$JS.API.INFO', '$JS.FC.>'];

/** Making a stream when it is not there; one that is, with another configuration, is left as it is. */
const createStream = (stream: string): string => `$JS.API.STREAM.CREATE.${stream}`;

const purgeStream = (stream: string): string => `$JS.API.STREAM.PURGE.${stream}`;

/** For the owners of journals, who have many: all of it is in the user's JWT, which has to fit a protocol line of 4 KiB. */
const READ_ANY_STREAM = readStream('*').map((subject) => subject.replace(/\*\.>$/, '>'));

/** Reading a journal: its commits and its snapshots. */
const readJournal = (journal: JournalName): string[] => [
  ...readStream(streams.journal(journal)),
  ...readStream(kvStream(buckets.snapshots)),
];

/**
 * Writing a journal, which its owner alone may, with its lease, its mark and its snapshots. The expected sequence of an append is the
 * fence between the owner's replicas; a lease key only says who should try. Nothing of a journal can be taken away: old snapshots
 * are all that is.
 */
const writeJournal = (journal: JournalName): string[] => [
  createStream(streams.journal(journal)),
  createStream(kvStream(buckets.marks)),
  createStream(kvStream(buckets.snapshots)),
  purgeStream(kvStream(buckets.snapshots)),
  subjects.journal(journal),
  kvKey(buckets.leases, journal),
  kvKey(buckets.marks, journal),
  kvKey(buckets.snapshots, `${journal}.>`),
];

/** Of installations that keep their journals elsewhere: a journal's stream is a copy then. */
export interface RelayPermissions {
  /** …that the operator lets go at this start. */
  readonly mayReplace: boolean;
}

/** It says of itself that it is a relay, and of how much. */
const labelRelay = (journal: JournalName, { mayReplace }: RelayPermissions): string[] =>
  ['UPDATE', ...(mayReplace ? ['DELETE'] : [])].map((verb) => `$JS.API.STREAM.${verb}.${streams.journal(journal)}`);

/** From the app's row alone: what it owns and folds, and whom it hears; and whether the broker only relays what it owns. */
export function appPermissions(app: ControlPlaneApp, relay?: RelayPermissions): NatsPermissions {
  const row = appRow(app);
  const { owns = [], folds = [], asks = [], servesApi, callsApi, hearsAgents, hearsLogs, writesAssignments } = row;
  const { hearsMetrics, tellsEvents, tellsTraffic, hasPeers, givesSecrets, givesNetworks, startsHosts } = row;
  const keepsState = owns.length + folds.length > 0;
  return {
    account: 'control-plane',
    publish: [
      ...ANY_JETSTREAM,
      ...owns.flatMap(writeJournal),
      ...(relay ? owns.flatMap((journal) => labelRelay(journal, relay)) : []),
      ...(owns.length > 0 ? READ_ANY_STREAM : [...folds.flatMap(readJournal), ...readStream(kvStream(buckets.operations))]),
      // Whoever comes first makes the bucket; with the same configuration the server answers the second one alike.
      createStream(kvStream(buckets.operations)),
      ...(keepsState
        ? [
            ...(owns.length > 0 ? [] : readStream(kvStream(buckets.leases))),
            createStream(kvStream(buckets.leases)),
            // A journal's lease is its owner's; every other lease has its app's name as the first token.
            kvKey(buckets.leases, `${app}.>`),
          ]
        : []),
      ...(servesApi ? [kvKey(buckets.operations, '>')] : []),
      ...(callsApi ? ['api.>', subjects.scrape] : []),
      subjects.scraped(app),
      ...asks.map(([service, operation]) => subjects.api(service, operation)),
      ...(writesAssignments
        ? [
            createStream(kvStream(buckets.assignments)),
            kvKey(buckets.assignments, '>'),
            purgeStream(kvStream(buckets.assignments)),
          ]
        : []),
      ...(tellsEvents ? [subjects.allEvents] : []),
      ...(hearsLogs ? [subjects.allLogMetrics, subjects.allLogSubscriptions, subjects.logStore('*')] : []),
      ...(hasPeers ? [subjects.peers(app), subjects.peer(app, '*')] : []),
      ...(hearsMetrics
        ? [...[streams.metricPuts, streams.metricReports].map(createStream), purgeStream(streams.metricPuts), subjects.metricPuts]
        : []),
      ...(startsHosts ? [subjects.allHosts] : []),
      ...(tellsTraffic ? [subjects.loadBalancingMetrics] : []),
      subjects.command('*', app, '*'),
    ],
    subscribe: [
      inboxOf(app),
      subjects.scrape,
      ...(callsApi ? [subjects.allScraped] : []),
      ...(servesApi ? ['api.>'] : []),
      ...owns.map((journal) => subjects.commandsOf(journal)),
      ...(hearsLogs ? [subjects.allLogBatches('*'), subjects.logStore('*')] : []),
      ...(givesSecrets ? [subjects.allTaskSecrets()] : []),
      ...(givesNetworks ? [subjects.allTaskNetworks(), subjects.allPacketFilters()] : []),
      ...(hasPeers ? [subjects.peers(app), subjects.peer(app, '*')] : []),
      ...(hearsAgents ? AGENT_VERBS.map((verb) => subjects.allAgents(verb)) : []),
    ],
    responses: servesApi === true,
  };
}

/** One instance: its own verbs and its own assignment, nothing else; in `cluster` and with `grant` only, where they are given. */
export function agentPermissions(agent: AgentName, cluster?: string, grant?: string): NatsPermissions {
  const own = hostPermissions(agent, agent.instanceId, cluster, grant);
  // Its launcher asks for the user anew, with the permissions of the control plane's version.
  return { ...own, publish: [...own.publish, subjects.join(agent)] };
}

/** The user in a join token, for a host that does not exist yet: it may ask for that one instance's own user. */
export const joinUserOf = (agent: AgentName): string => `join-${agent.instanceId}`;

export function joinPermissions(agent: AgentName): NatsPermissions {
  return { account: 'hosts', publish: [subjects.join(agent)], subscribe: [inboxOf(joinUserOf(agent))], responses: false };
}

/** The supervisor: hears which hosts ask to join and which are to be started, and can only answer. */
export function launcherPermissions(): NatsPermissions {
  return { account: 'control-plane', publish: [], subscribe: [subjects.allJoins(), subjects.allHosts], responses: true };
}

/** Many simulated instances in one process: any instance id of one (account, region). Made only for `up --simulate`. */
export function simulatorPermissions(scope: Omit<AgentName, 'instanceId'>): NatsPermissions {
  return hostPermissions({ ...scope, instanceId: '*' }, SIMULATOR_USER);
}

function hostPermissions(agent: AgentName, user: string, cluster?: string, grant?: string): NatsPermissions {
  return {
    account: 'hosts',
    publish: [
      ...AGENT_VERBS.map((verb) =>
        verb === 'register' ? subjects.register(agent, cluster, grant) : subjects.agent(agent, verb),
      ),
      subjects.logBatch(agent, '*'),
      subjects.taskSecrets(agent),
      subjects.taskNetwork(agent),
      subjects.packetFilter(agent),
      subjects.taskMetrics(agent),
      subjects.assignmentRead(agent.instanceId),
    ],
    subscribe: [inboxOf(user), subjects.assignmentChanged(agent.instanceId)],
    responses: false,
  };
}

/** What the control plane's account lends to the hosts' one; everything else of it does not exist there. */
export interface LentSubject {
  readonly name: string;
  /** `service`: requests go in, each answer finds its way back to the subject that the asker named, in the asker's account. */
  readonly kind: 'service' | 'stream';
  /** In the control plane's account. */
  readonly subject: string;
  /** In the hosts' account, where that is another one. `$1`: the first wildcard's token. */
  readonly hostsSubject?: string;
}

export const LENT_TO_HOSTS: readonly LentSubject[] = [
  // One export for all verbs: the server follows no answer into the export that it came from, so none can pass for a report.
  { name: 'agents', kind: 'service', subject: 'agent.>' },
  { name: 'joining', kind: 'service', subject: subjects.allJoins() },
  {
    name: 'assignments',
    kind: 'service',
    subject: `$JS.API.DIRECT.GET.${kvStream(buckets.assignments)}.${kvKey(buckets.assignments, '*')}`,
    hostsSubject: subjects.assignmentRead('$1'),
  },
  {
    name: 'changed-assignments',
    kind: 'stream',
    subject: kvKey(buckets.assignments, '*'),
    hostsSubject: subjects.assignmentChanged('$1'),
  },
];

/** For people at the machine: `journal inspect`, `journal tail`. Reads every journal, writes nothing. */
export function operatorPermissions(): NatsPermissions {
  return {
    account: 'control-plane',
    publish: [...ANY_JETSTREAM, ...JOURNALS.flatMap((journal) => readStream(streams.journal(journal)))],
    subscribe: [inboxOf(OPERATOR_USER)],
    responses: false,
  };
}

/** For programs that want to hear what is told as it happens: public events, and what logs' filters select; all accounts', and nothing else. */
export function listenerPermissions(): NatsPermissions {
  return {
    account: 'control-plane',
    publish: [],
    subscribe: [inboxOf(LISTENER_USER), subjects.allEvents, subjects.allLogMetrics, subjects.allLogSubscriptions],
    responses: false,
  };
}
