import { errorPage, NO_TARGET_GROUP, quoted, SERVER_HEADER } from './config-text.js';
import type { Backend, Frontend, ProxyModel } from './model.js';
import { slotsFor } from './runtime.js';

/** Where and as whom HAProxy runs. */
export interface Settings {
  /** Of the files that the configuration names; `render` gives only their names. */
  readonly directory: string;
  readonly socketPath: string;
  /** Absent: as whoever started it. */
  readonly user?: string;
  readonly maxConnections: number;
  readonly threads?: number;
  /** What connections of an old process have to end in after a reload. */
  readonly longestReloadSeconds: number;
  /** Every request, as HAProxy's own log line; otherwise only some, for the latencies. */
  readonly accessLog: boolean;
}

export interface Rendered {
  readonly config: string;
  /** By name: maps, bodies, lists. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The whole configuration. Targets that are known to be healthy (`isUp`) are in it as they are, so that a start is no gap; every other
 * one comes in over the runtime socket and has to pass a check first. `withoutEndpoints`: those that cannot be bound.
 */
export function render(
  model: ProxyModel,
  settings: Settings,
  isUp: (backend: string, address: string) => boolean,
  withoutEndpoints: ReadonlySet<string> = new Set(),
): Rendered {
  const files = new Map<string, string>(ERROR_FILES);
  for (const { maps, files: others } of model.frontends.values()) {
    for (const [name, lines] of maps) files.set(name, textOf(lines));
    for (const [name, text] of others) files.set(name, text);
  }
  const frontends = [...model.frontends.values()].filter(({ endpoints }) =>
    endpoints.some((endpoint) => !withoutEndpoints.has(endpoint)),
  );
  const config = [
    ...globalLines(settings, model),
    ...frontends.flatMap((frontend) => [`frontend ${frontend.name}`, ...indented(frontendLines(frontend, withoutEndpoints))]),
    ...[...model.backends.values()].flatMap((backend) => [
      `backend ${backend.name}`,
      ...indented([...sectionLines(backend), ...serverLines(backend, isUp)]),
    ]),
    `backend ${NO_TARGET_GROUP}`,
    ...indented(NO_TARGET_LINES),
  ];
  return { config: textOf(config), files };
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

export const TELEMETRY = 'telemetry';
/** Of a line of the telemetry that is about a request: backend, milliseconds to the answer's head, status. */
export const REQUEST_MARK = 'request';

/** Of requests beyond so many a second, which latencies need not all be told of. */
const TOLD_PER_SECOND = 100;

function globalLines(settings: Settings, model: ProxyModel) {
  const { directory, socketPath, user, maxConnections, threads, longestReloadSeconds, accessLog } = settings;
  return [
    'global',
    ...indented([
      `stats socket ${quoted(socketPath)} mode 600 level admin expose-fd listeners`,
      'stats timeout 1d',
      `default-path origin ${quoted(directory)}`,
      `maxconn ${maxConnections}`,
      ...(threads === undefined ? [] : [`nbthread ${threads}`]),
      `hard-stop-after ${longestReloadSeconds}s`,
      `max-spread-checks ${shortestInterval(model)}ms`,
      ...(user === undefined ? [] : [`user ${user}`, `group ${user}`]),
      'ssl-default-bind-options ssl-min-ver TLSv1.0',
    ]),
    `ring ${TELEMETRY}`,
    ...indented(['format raw', 'maxlen 1024', 'size 262144']),
    'defaults',
    ...indented([
      'mode http',
      'timeout connect 3s',
      'timeout client 60s',
      'timeout server 60s',
      'timeout http-request 60s',
      // A process that is replaced answers once more on each connection before it closes it; a client that is sending would lose that.
      'option idle-close-on-response',
      `log ring@${TELEMETRY} local0`,
      ...(accessLog ? ['option httplog'] : [`log-format '${REQUEST_MARK} %b %Tr %ST'`]),
      ...[...ERROR_FILES.keys()].map((file) => `errorfile ${file.slice(0, 3)} ${file}`),
    ]),
  ];
}

const LONGEST_SPREAD_MS = 30_000;

/** HAProxy begins its checks spread over the longest pause of all; a target whose checks are close together would wait as long for its first. */
const shortestInterval = ({ backends }: ProxyModel): number =>
  Math.min(LONGEST_SPREAD_MS, ...[...backends.values()].flatMap(({ check }) => (check ? [check.intervalMs] : [])));

/** What of a frontend only a reload changes, where all its endpoints can be bound. */
export function frontendLines({ lines, endpoints, bindOptions }: Frontend, without: ReadonlySet<string> = new Set()) {
  const binds = endpoints.filter((endpoint) => !without.has(endpoint));
  const quiet = lines.includes('mode http')
    ? [`http-request set-log-level silent if { fe_req_rate gt ${TOLD_PER_SECOND} } !{ rand(${TOLD_PER_SECOND}) eq 0 }`]
    : [];
  return [...binds.map((endpoint) => `bind ${endpoint} ${bindOptions}`.trim()), ...quiet, ...lines];
}

/** What of a backend only a reload changes, but for how many slots it has. */
export const sectionLines = ({ lines, serverOptions }: Backend): readonly string[] => [
  ...lines,
  `default-server ${serverOptions}`.trim(),
];

export const slotName = (index: number): string => `s${index + 1}`;

/** The address of a slot that has none: nothing is ever sent there, for it is in maintenance. */
export const NOWHERE = '127.0.0.1:1';

function serverLines({ name, servers }: Backend, isUp: (backend: string, address: string) => boolean): readonly string[] {
  const live = [...servers.values()].filter(({ address, draining }) => !draining && isUp(name, address));
  const slots = slotsFor(servers.size);
  return Array.from({ length: slots }, (_, index) => {
    const address = live[index]?.address;
    return `server ${slotName(index)} ${address ?? `${NOWHERE} disabled`}`;
  });
}

const answer = (status: string): string => {
  const page = errorPage(status);
  const head = [`HTTP/1.1 ${status}`, `Server: ${SERVER_HEADER}`, 'Content-Type: text/html', `Content-Length: ${page.length}`];
  return `${head.join('\r\n')}\r\n\r\n${page}`;
};

/** HAProxy's own answers in ELB's form. Its 503 is a target that could not be reached, which ELB calls a bad gateway. */
const ERROR_FILES: ReadonlyMap<string, string> = new Map([
  ['400.http', answer('400 Bad Request')],
  ['408.http', answer('408 Request Timeout')],
  ['500.http', answer('500 Internal Server Error')],
  ['502.http', answer('502 Bad Gateway')],
  ['503.http', answer('502 Bad Gateway')],
  ['504.http', answer('504 Gateway Time-out')],
]);

const NO_TARGET_LINES = [
  'mode http',
  `http-request return status 503 content-type text/html lf-string ${quoted(
    errorPage('503 Service Temporarily Unavailable').replaceAll('\r\n', ''),
  )} hdr Server ${SERVER_HEADER}`,
];
