import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { FirstCheck, ProxyModel, Server } from '../proxy/model.js';
import type { Runtime } from '../proxy/runtime.js';

/** A target that has passed its first check in this slot. */
export interface Passed {
  readonly backend: string;
  readonly slot: string;
  readonly enteredAtMs: number;
}

const AGAIN_AFTER_MS = 1_000;

/**
 * A server that leaves maintenance is checked by HAProxy at some time of the next interval, 30 seconds by default, and nothing on its
 * socket makes it look sooner; after a start the first one of any server may be later than that. ELB checks a new target at once; so the app does the first check, as HAProxy would, once a second until
 * it passes. From then on HAProxy's checks decide.
 */
export class FirstChecks {
  private readonly begunAtMs = new Map<string, number>();

  constructor(private readonly passed: (passed: Passed) => void) {}

  /** Begins what is due. Returns when the next one is, on the same clock; Infinity when none is. */
  round({ backends }: ProxyModel, { slots }: Runtime, nowMs: number): number {
    const waiting = new Set<string>();
    let nextMs = Infinity;
    for (const [backend, list] of slots) {
      const known = backends.get(backend);
      if (!known?.check?.first) continue;
      for (const { name: slot, state, address, isUp, enteredAtMs } of list) {
        const server = address === undefined ? undefined : known.servers.get(address);
        if (state !== 'in' || isUp || enteredAtMs === undefined || !server) continue;
        const key = `${backend}/${slot} ${enteredAtMs}`;
        waiting.add(key);
        const dueMs = (this.begunAtMs.get(key) ?? -Infinity) + AGAIN_AFTER_MS;
        if (dueMs <= nowMs) {
          this.begunAtMs.set(key, nowMs);
          void check(known.check.first, server).then((passes) => passes && this.passed({ backend, slot, enteredAtMs }));
        }
        nextMs = Math.min(nextMs, Math.max(dueMs, nowMs + AGAIN_AFTER_MS));
      }
    }
    for (const key of this.begunAtMs.keys()) if (!waiting.has(key)) this.begunAtMs.delete(key);
    return nextMs;
  }
}

/** Whether one check passes; whatever goes wrong is one that does not. */
export function check(
  { protocol, port: other, path, hostHeader, timeoutMs, codes }: FirstCheck,
  server: Server,
): Promise<boolean> {
  const { host } = server;
  const port = other ?? server.port;
  return new Promise((resolve) => {
    if (protocol === 'TCP') {
      const socket = connect({ host, port, timeout: timeoutMs }, () => end(true));
      const end = (passes: boolean) => {
        socket.destroy();
        resolve(passes);
      };
      socket.on('error', () => end(false));
      socket.on('timeout', () => end(false));
      return;
    }
    const headers = { host: hostHeader, 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' };
    // ELB does not verify the certificates of its targets.
    const options = {
      host,
      port,
      path,
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      rejectUnauthorized: false,
    };
    const asked = (protocol === 'HTTPS' ? requestHttps : requestHttp)(options, ({ statusCode = 0 }) => {
      resolve(codes.some(([from, to]) => statusCode >= from && statusCode <= to));
      asked.destroy();
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
