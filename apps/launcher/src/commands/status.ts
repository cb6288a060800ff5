import { authority, isEveryAddress } from '../host/domain/listen-address.js';
import { holesOf } from '../broker/domain/nats-holes.js';
import { freeSpace, type FreeSpace } from '#lib/platform';
import { LEAST_FREE_BYTES } from '../host/free-space.js';
import { probe, type ProbeOutcome } from '../supervise/health.js';
import { hostsText, knownHosts, type KnownHost } from './hosts.js';
import { hostRefused, isRefusal } from '../joining/domain/refusals.js';
import { knownLoadBalancers, loadBalancersText } from './load-balancers.js';
import { findLeftovers } from '../supervise/leftovers.js';
import type { Layout } from '../host/layout.js';
import { runningState, type ProcessRecord, type RunState } from '../supervise/run-state.js';
import { brokerVersion } from '../supervise/sign-of-life.js';
import { table } from '../terminal/table.js';
import { say } from '../terminal/terminal.js';

/** `status`: exit code 0 when everything is ready, 1 when something is not, 3 when nothing runs. */
export async function status(layout: Layout, options: { json?: boolean }): Promise<number> {
  const state = runningState(layout);
  if (!state) {
    const leftovers = findLeftovers(layout.data).length;
    say(options.json ? JSON.stringify({ running: false, leftovers }) : notRunning(leftovers));
    return 3;
  }
  const rows = await Promise.all(state.processes.map(async (record) => ({ record, outcome: await probe(record) })));
  const allReady = rows.every(({ outcome }) => outcome.ready);
  const hosts = state.joined ? [] : await knownHosts(layout, state);
  // Nobody waits here for an app that the table below says is not ready.
  const isReady = (app: string) => rows.some(({ record, outcome }) => record.app === app && outcome.ready);
  const loadBalancers = isReady('gateway') && isReady('load-balancer') ? await knownLoadBalancers(layout, state) : [];
  const space = freeSpace(layout.data);
  // While it starts there is no broker yet.
  const version = state.natsUrl === '' ? undefined : await brokerVersion(state.natsUrl);
  const broker = { version, holes: version === undefined ? [] : holesOf(version) };
  say(
    options.json
      ? JSON.stringify({ ...asJson(state, rows, hosts, space), ...(state.joined ? {} : { loadBalancers, broker }) }, null, 2)
      : [
          statusText(state, rows, hosts, space, Date.now()),
          ...(loadBalancers.length > 0 ? ['', loadBalancersText(loadBalancers)] : []),
          ...namesText(rows),
          ...metricsText(rows),
          ...broker.holes,
        ].join('\n'),
  );
  return allReady ? 0 : 1;
}

/** Where names of services and load balancers are asked for. */
export function namesText(rows: readonly Row[]): readonly string[] {
  const told = rows.flatMap(({ outcome }) => (outcome.status?.dns ? [outcome.status.dns] : []));
  const endpoints = told.flat();
  if (told.length === 0) return [];
  if (endpoints.length === 0)
    return ['', 'Names are answered nowhere: another program has the port (the log of load-balancer says which).'];
  const [address, port] = endpoints[0]!.split(':');
  return ['', `Names are answered at ${endpoints.join(', ')}: dig @${address}${port === '53' ? '' : ` -p ${port}`} <name> SRV`];
}

/** Where metrics beyond the autoscaler's memory are, when that is nowhere. */
export function metricsText(rows: readonly Row[]): readonly string[] {
  const told = rows.flatMap(({ outcome }) => (outcome.status?.metrics ? [outcome.status.metrics] : []));
  const why = told.some(({ keptIn }) => keptIn === 'memory')
    ? 'no store is named'
    : told.find(({ away }) => away !== undefined)?.away?.replace(/\.$/, '');
  return why === undefined ? [] : ['', `Metrics are kept in memory only, for a day or until the autoscaler ends: ${why}.`];
}

const notRunning = (leftovers: number): string =>
  leftovers === 0
    ? 'Longshore is not running; start it with ./longshore up.'
    : `The supervisor was killed; ${leftovers} of its processes still run. ./longshore up takes over, ./longshore down ends them.`;

export type Row = { readonly record: ProcessRecord; readonly outcome: ProbeOutcome };

const asJson = (state: RunState, rows: readonly Row[], hosts: readonly KnownHost[], space: FreeSpace) => ({
  running: true,
  ...(state.joined ? { joined: state.joined } : { endpoint: state.endpoint, hosts }),
  ...(state.journal ? { journal: state.journal } : {}),
  supervisor: state.supervisor.pid,
  phase: state.phase,
  disk: space,
  processes: rows.map(({ record, outcome }) => ({ ...record, ready: outcome.ready, reason: outcome.reason, ...outcome.status })),
});

export function statusText(
  state: RunState,
  rows: readonly Row[],
  hosts: readonly KnownHost[],
  space: FreeSpace,
  now: number,
): string {
  const header = ['APP', 'REPLICA', 'STATE', 'LEADER', 'REVISION', 'LAG', 'CRASHES', 'HEALTH PORT', 'PID'];
  const { listen } = state.desired;
  return [
    `${whatRuns(state)}, up ${elapsed(now - Date.parse(state.startedAt))} (supervisor: process ${state.supervisor.pid})`,
    ...(listen
      ? [
          `Other hosts join at ${isEveryAddress(listen.host) ? `every address, port ${listen.port}` : authority(listen)}: ./longshore join-token`,
        ]
      : []),
    ...(state.journal ? [journalText(state.journal, rows)] : []),
    '',
    table([header, ...rows.map(cells)]),
    ...notes(rows, space),
    ...(state.joined && rows.some(({ outcome }) => isRefusal(outcome.reason ?? ''))
      ? [hostRefused(state.joined.instanceId)]
      : []),
    ...(hosts.length > 0 ? ['', hostsText(hosts)] : []),
  ].join('\n');
}

/** The writer alone knows how far behind NATS is. */
function journalText(journal: string, rows: readonly Row[]): string {
  const lag = rows.map(({ outcome }) => outcome.status?.relayLag).find((known) => known !== undefined);
  const relay = lag === undefined ? 'nobody writes it now' : lag === 0 ? 'NATS has all of it' : `NATS is ${lag} commits behind`;
  return `The journal is kept in ${journal}: ${relay}`;
}

/** Where fewer bytes are free than this, somebody should look before the journal cannot grow. */
const FEW_FREE_BYTES = 1024 ** 3;

const notes = (rows: readonly Row[], space: FreeSpace): string[] => [
  // Below the table, which a sentence would make as wide as itself.
  ...rows.flatMap(({ record, outcome }) =>
    outcome.ready ? [] : [`${record.name} is not ready: ${outcome.reason ?? 'no reason given'}`],
  ),
  ...rows.flatMap(({ record }) =>
    record.lastExit && record.process ? [`${record.name} was started again at ${record.startedAt}: ${record.lastExit}`] : [],
  ),
  ...rows.flatMap(({ record, outcome }) => busyNote(record, outcome)),
  ...(space.freeBytes < FEW_FREE_BYTES ? [diskNote(space)] : []),
];

/** A lease lasts 2 s, and agents beat once a second. */
const BUSY_MS = 1_000;

const busyNote = ({ name }: ProcessRecord, { status: told }: ProbeOutcome): string[] =>
  (told?.eventLoopDelayMs ?? 0) < BUSY_MS
    ? []
    : [
        `${name} did not get to answer anybody for ${told!.eventLoopDelayMs} ms in the last seconds: this machine, or it, has too much to do.`,
      ];

const diskNote = ({ freeBytes }: FreeSpace): string => {
  const free = `${Math.floor(freeBytes / 1024 ** 2)} MiB are free where the journal is`;
  return freeBytes < LEAST_FREE_BYTES
    ? `The disk is full: ${free}. Changes are refused until there is space; nothing has to be started again then.`
    : `The disk is nearly full: ${free}.`;
};

const whatRuns = ({ endpoint, joined }: RunState): string =>
  joined
    ? `Longshore: a joined host of ${joined.brokers.join(', ')}: container instance ${joined.instanceId} of the cluster ` +
      `${joined.cluster}, ports on ${joined.address}`
    : `Longshore: ${endpoint}`;

function cells({ record, outcome }: Row): string[] {
  const dash = (value: number | undefined) => (value === undefined ? '-' : String(value));
  const { status: told } = outcome;
  return [
    record.app,
    String(record.replica),
    outcome.ready ? `ready${clockNote(told?.timeAheadMs)}` : 'not ready',
    told?.leader === undefined ? '-' : told.leader ? 'yes' : 'no',
    dash(told?.revision),
    dash(told?.foldLag),
    String(record.crashes),
    dash(record.healthPort),
    dash(record.process?.pid),
  ];
}

/** A journal that was written with a wrong clock goes on from there: its deadlines hold, its dates are off. */
const clockNote = (aheadMs = 0): string => (aheadMs < 60_000 ? '' : `, ${elapsed(aheadMs)} ahead of the clock`);

function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}
