import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventLoopDelay } from './event-loop-delay.js';
import { freeSpace } from './free-space.js';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';

/** What an app says of itself on `/status`; `longshore status` prints it. */
export interface AppStatus {
  readonly app: string;
  readonly replica: number;
  readonly ready: boolean;
  /** Why it is not ready, for people. */
  readonly reason?: string;
  /** Whether this replica holds its app's lease; absent for apps without one. */
  readonly leader?: boolean;
  /** The journal that is folded, its revision, and how many commits are still to fold; absent for apps that do not fold. */
  readonly journal?: string;
  readonly revision?: number;
  readonly foldLag?: number;
  /** Commits that followers cannot see yet; on the writer of a journal that the broker only relays. */
  readonly relayLag?: number;
  /** By how much the journal's time is ahead of this host's clock; absent when it is not, or where nothing is folded. */
  readonly timeAheadMs?: number;
  /** Where this replica answers DNS: `address:port`. */
  readonly dns?: readonly string[];
  /** Where this replica keeps metrics beyond its memory (`memory`: nowhere), and why that does not answer. */
  readonly metrics?: { readonly keptIn: string; readonly away?: string };
  /** The longest that anything held the event loop in the last ten seconds or so: what answers, renews leases and beats waited for. */
  readonly eventLoopDelayMs: number;
}

export type StatusParts = Omit<AppStatus, 'app' | 'replica' | 'eventLoopDelayMs'>;

/** Asked at each request, so that it never lies: the parts of an app that have an opinion on readiness. */
export type StatusSource = () => StatusParts;

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What every app's `/metrics` shows of its status. */
function registerStatusMetrics(status: StatusSource): void {
  const gauge = (name: string, help: string, value: (parts: StatusParts) => number | undefined) =>
    new Gauge({
      name,
      help,
      collect() {
        const now = value(status());
        if (now !== undefined) this.set(now);
      },
    });
  const ofJournal = (name: string, help: string, value: (parts: StatusParts) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['journal'] as const,
      collect() {
        const parts = status();
        const now = value(parts);
        if (now !== undefined && parts.journal !== undefined) this.set({ journal: parts.journal }, now);
      },
    });
  gauge('longshore_ready', '1 when the app answers for itself', ({ ready }) => Number(ready));
  gauge('longshore_leader', '1 on the replica that holds the lease of its app', ({ leader }) =>
    leader === undefined ? undefined : Number(leader),
  );
  ofJournal('longshore_fold_revision', 'Revision of the journal that is folded', ({ revision }) => revision);
  ofJournal('longshore_fold_lag', 'Commits of the journal that are still to fold', ({ foldLag }) => foldLag);
  ofJournal(
    'longshore_relay_lag',
    'Commits of a journal kept elsewhere that the broker does not have yet',
    ({ relayLag }) => relayLag,
  );
  const home = process.env.LONGSHORE_HOME;
  if (home !== undefined)
    gauge('longshore_disk_free_bytes', 'Free space where this installation keeps its journal and logs', () => {
      return freeSpace(home).freeBytes;
    });
  collectDefaultMetrics();
}

const isLoopbackName = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
const hostOf = (header = ''): string => header.replace(/:\d+$/, '');

/** `/livez`, `/readyz`, `/metrics` (Prometheus) and `/status` (JSON) on a loopback port of the app's own. */
export async function startHealthServer(
  options: { app: string; replica: number; host: string; port: number },
  status: StatusSource,
): Promise<HealthServer> {
  registerStatusMetrics(status);
  const delay = new EventLoopDelay();
  const server: Server = createServer((request, response) => {
    const reply = (code: number, type: string, body: string) => {
      response.writeHead(code, { 'content-type': type });
      response.end(body);
    };
    // A name that somebody's page has made point here (DNS rebinding) is refused; an address that others shall reach has any name.
    if (isLoopbackName(options.host) && !isLoopbackName(hostOf(request.headers.host)))
      return reply(403, 'text/plain', 'This port answers requests to localhost only.\n');
    const parts = status();
    switch (request.url) {
      case '/livez':
        return reply(200, 'text/plain', 'ok\n');
      case '/readyz':
        return parts.ready ? reply(200, 'text/plain', 'ok\n') : reply(503, 'text/plain', `${parts.reason ?? 'not ready'}\n`);
      case '/status':
        return reply(
          200,
          'application/json',
          JSON.stringify({
            app: options.app,
            replica: options.replica,
            ...parts,
            eventLoopDelayMs: delay.longestMs(),
          } satisfies AppStatus),
        );
      case '/metrics':
        register.metrics().then(
          (text) => reply(200, register.contentType, text),
          (error: unknown) => reply(500, 'text/plain', `${String(error)}\n`),
        );
        return;
      default:
        return reply(404, 'text/plain', 'try /livez, /readyz, /status or /metrics\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        delay.stop();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
