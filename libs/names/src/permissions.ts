import { AGENT_VERBS, buckets, inboxPrefix, streams, subjects, type Actor, type AgentName } from './subjects.js';

/**
 * What each NATS user may publish and subscribe to: "who may write what", enforced by the server. A claim about the sender of a
 * command or a report cannot be forged, because only its owner's user may publish on its subject.
 *
 * Pure: the launcher signs these into user JWTs, a contract test checks them against a real nats-server.
 */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer a request that it received, whatever the reply subject is; and nothing else there. */
  readonly responses: boolean;
}

export type ControlPlaneApp = Exclude<Actor, 'agent'>;

/** Users with a fixed name. An agent's user is named by its instance id. */
export const OPERATOR_USER = 'operator';
export const SIMULATOR_USER = 'simulator';
export const LISTENER_USER = 'listener';
export const LAUNCHER_USER = 'launcher';

/** With the common `_INBOX`, every user could read everyone's replies. */
const inboxOf = (user: string): string => `${inboxPrefix(user)}.>`;

const kvStream = (bucket: string): string => `KV_${bucket}`;
const kvKey = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;

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

/** An app that folds `ecs`: journal and snapshots to read, its leases, its row of the operations table. */
function foldingApp(app: ControlPlaneApp): string[] {
  return [
    ...ANY_JETSTREAM,
    ...readStream(streams.journal('ecs')),
    ...readStream(kvStream(buckets.snapshots)),
    ...readStream(kvStream(buckets.leases)),
    ...readStream(kvStream(buckets.operations)),
    // Whoever comes first makes the bucket; with the same configuration the server answers the second one alike.
    `$JS.API.STREAM.CREATE.${kvStream(buckets.leases)}`,
    `$JS.API.STREAM.CREATE.${kvStream(buckets.operations)}`,
    // A journal's lease is its writer's alone; every other app has its own name as the first token of its keys.
    kvKey(buckets.leases, `${app}.>`),
    kvKey(buckets.operations, '>'),
    subjects.command('*', app, '*'),
  ];
}

export function appPermissions(app: ControlPlaneApp): NatsPermissions {
  switch (app) {
    case 'gateway':
      return {
        publish: [
          ...ANY_JETSTREAM,
          'api.>',
          ...readStream(kvStream(buckets.operations)),
          `$JS.API.STREAM.CREATE.${kvStream(buckets.operations)}`,
          subjects.command('*', app, '*'),
        ],
        subscribe: [inboxOf(app)],
        responses: true,
      };
    case 'state-store':
      return {
        // The one user that may write a journal, the assignments and the snapshots. The expected sequence of an append is the
        // fence between its replicas; a lease key only says who should try.
        publish: [
          '$JS.API.>',
          '$JS.ACK.>',
          '$JS.FC.>',
          subjects.journal('ecs'),
          kvKey(buckets.leases, '>'),
          kvKey(buckets.assignments, '>'),
          kvKey(buckets.operations, '>'),
          kvKey(buckets.marks, '>'),
          kvKey(buckets.snapshots, '>'),
          subjects.allEvents,
          subjects.command('*', app, '*'),
        ],
        subscribe: [inboxOf(app), 'api.>', subjects.commandsOf('ecs')],
        responses: true,
      };
    case 'scheduler':
      return {
        publish: foldingApp(app),
        subscribe: [inboxOf(app), 'api.>'],
        responses: true,
      };
    case 'health-monitor':
      return {
        publish: foldingApp(app),
        subscribe: [inboxOf(app), 'api.>', ...AGENT_VERBS.map((verb) => subjects.allAgents(verb))],
        responses: true,
      };
  }
}

/**
 * One instance: its own verbs and its own key of the assignments, nothing else. The key is part of the subject of the consumer's
 * creation and of the direct get, so the server checks it there.
 */
export function agentPermissions(agent: AgentName): NatsPermissions {
  const own = hostPermissions(agent, agent.instanceId);
  // Its launcher asks for the user anew, with the permissions of the control plane's version.
  return { ...own, publish: [...own.publish, subjects.join(agent)] };
}

/** The user in a join token, for a host that does not exist yet: it may ask for that one instance's own user. */
export const joinUserOf = (agent: AgentName): string => `join-${agent.instanceId}`;

export function joinPermissions(agent: AgentName): NatsPermissions {
  return { publish: [subjects.join(agent)], subscribe: [inboxOf(joinUserOf(agent))], responses: false };
}

/** The supervisor, while hosts may join: hears who asks, and can only answer. */
export function launcherPermissions(): NatsPermissions {
  return { publish: [], subscribe: [subjects.allJoins()], responses: true };
}

/** Many simulated instances in one process: any instance id of one (account, region). Made only for `up --simulate`. */
export function simulatorPermissions(scope: Omit<AgentName, 'instanceId'>): NatsPermissions {
  return hostPermissions({ ...scope, instanceId: '*' }, SIMULATOR_USER);
}

function hostPermissions(agent: AgentName, user: string): NatsPermissions {
  const stream = kvStream(buckets.assignments);
  const key = kvKey(buckets.assignments, agent.instanceId);
  return {
    publish: [
      ...AGENT_VERBS.map((verb) => subjects.agent(agent, verb)),
      ...ANY_JETSTREAM,
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.*.${key}`,
      `$JS.API.DIRECT.GET.${stream}.${key}`,
    ],
    subscribe: [inboxOf(user)],
    responses: false,
  };
}

/** For people at the machine: `journal inspect`, `journal tail`. Reads every journal, writes nothing. */
export function operatorPermissions(): NatsPermissions {
  const journals = ['ecs', 'load-balancing', 'scaling', 'logging'];
  return {
    publish: [...ANY_JETSTREAM, ...journals.flatMap((journal) => readStream(streams.journal(journal)))],
    subscribe: [inboxOf(OPERATOR_USER)],
    responses: false,
  };
}

/** For programs that want to hear public events as they happen: all accounts', and nothing else. */
export function listenerPermissions(): NatsPermissions {
  return { publish: [], subscribe: [inboxOf(LISTENER_USER), subjects.allEvents], responses: false };
}
